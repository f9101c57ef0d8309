package redact

import (
	"slices"
	"sync"
)

// A change of the set takes effect at once, as a small segment of its own.
// Segments run side by side, so there must be few: small ones are rebuilt
// together with the change, larger ones in the background, to be put in place
// by a later change. Readers never wait for either.

const (
	// mergeNow is how many secrets may be rebuilt while a change waits: about a
	// tenth of a millisecond each.
	mergeNow = 8
	// mergeSoon is how many segments start a merge in the background.
	mergeSoon = 3
	// mergeRatio is how many times as large as all newer ones together a segment
	// is that is not merged with them.
	mergeRatio = 4
)

// A merger rebuilds segments for all the snapshots that descend from one call
// of NewMatcher. The zero merger is ready.
type merger struct {
	mu   sync.Mutex
	jobs []*mergeJob
}

// A mergeJob rebuilds segments that stand in a row. No two rebuild the same.
type mergeJob struct {
	from   []*segment
	result *segment // nil: not ready
}

// maxJobs is how many rebuilds run at a time: while all is rebuilt, which takes
// long, what is added meanwhile is merged too.
const maxJobs = 3

// busy returns how many segments, from the first on, are up to the last one that
// is being rebuilt or whose rebuild waits to be put in place.
func (g *merger) busy(segments []segmentRef) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.jobs) == 0 {
		return 0
	}
	for i := len(segments) - 1; i >= 0; i-- {
		for _, j := range g.jobs {
			if slices.Contains(j.from, segments[i].segment) {
				return i + 1
			}
		}
	}
	return 0
}

// start rebuilds a row of segments that are not busy.
func (g *merger) start(cfg *config, row []segmentRef) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.jobs) >= maxJobs {
		return
	}
	job := new(mergeJob)
	var secrets []*secret
	for _, seg := range row {
		secrets = append(secrets, seg.living()...)
		job.from = append(job.from, seg.segment)
	}
	g.jobs = append(g.jobs, job)
	go func() {
		result, err := newSegment(cfg, secrets)
		g.mu.Lock()
		defer g.mu.Unlock()
		if job.result = result; err != nil { // they stay as they are
			g.jobs = slices.DeleteFunc(g.jobs, func(j *mergeJob) bool { return j == job })
		}
	}()
}

// adopt puts rebuilt segments in the places of those that they stand for, as far
// as they are still there.
func (g *merger) adopt(segments []segmentRef) []segmentRef {
	g.mu.Lock()
	var ready []*mergeJob
	g.jobs = slices.DeleteFunc(g.jobs, func(j *mergeJob) bool {
		if j.result != nil {
			ready = append(ready, j)
		}
		return j.result != nil
	})
	g.mu.Unlock()
	for _, j := range ready {
		segments = j.adopt(segments)
	}
	return segments
}

func (j *mergeJob) adopt(segments []segmentRef) []segmentRef {
	at := slices.IndexFunc(segments, func(s segmentRef) bool { return s.segment == j.from[0] })
	if at < 0 || at+len(j.from) > len(segments) {
		return segments
	}
	alive := make(map[*secret]bool)
	for i, seg := range j.from {
		ref := segments[at+i]
		if ref.segment != seg {
			return segments
		}
		for _, s := range ref.living() {
			alive[s] = true
		}
	}
	ref := segmentRef{segment: j.result}
	known := make(map[*secret]bool)
	for k, s := range ref.secrets {
		known[s] = true
		if !alive[s] {
			if ref.dead == nil {
				ref.dead = make(bitset, (len(ref.secrets)+63)/64)
			}
			ref.dead[k>>6] |= 1 << (k & 63)
		}
	}
	for s := range alive {
		if !known[s] { // removed elsewhere, before the rebuild, and not here
			return segments
		}
	}
	return slices.Replace(slices.Clone(segments), at, at+len(j.from), ref)
}

// living returns the secrets of a segment that are still wanted.
func (s segmentRef) living() []*secret {
	out := make([]*secret, 0, len(s.secrets))
	for i, sec := range s.secrets {
		if !s.dead.has(uint32(i)) {
			out = append(out, sec)
		}
	}
	return out
}

func (s segmentRef) alive() int { return len(s.secrets) - s.dead.count() }

// absorb takes off the newest segments that are rebuilt together with the fresh
// secrets, and returns all secrets of the new segment. A segment is taken if it
// is no larger than twice what is being built, so that each secret is rebuilt a
// logarithmic number of times however many changes there are.
func (n *engine) absorb(fresh []*secret) []*secret {
	bulk := len(fresh) // so much is to be built anyway
	busy := n.merger.busy(n.segments)
	for len(n.segments) > 0 {
		last := n.segments[len(n.segments)-1]
		size := last.alive()
		full := len(n.segments) >= maxSegments-1
		if len(n.segments) <= busy && !full { // or the rebuild were in vain
			break
		}
		if size > 2*len(fresh) && !full || len(fresh)+size > max(mergeNow, 2*bulk) && !full {
			break
		}
		fresh = append(last.living(), fresh...)
		n.segments = n.segments[:len(n.segments)-1]
		if full {
			bulk = len(fresh) // waiting anyway: make room for more than one
		}
	}
	return fresh
}

// tidy starts a merge in the background where there are many segments that no
// other has: of the newest, and of each older one that these together weigh
// against, so that a large one is rebuilt seldom.
func (n *engine) tidy() {
	row := n.segments[n.merger.busy(n.segments):]
	if len(row) < mergeSoon {
		return
	}
	first, newer := len(row)-1, row[len(row)-1].alive()
	for first > 0 && row[first-1].alive() <= mergeRatio*newer {
		first--
		newer += row[first].alive()
	}
	if len(row)-first > 1 {
		n.merger.start(n.cfg, row[first:])
	}
}
