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
)

// A merger rebuilds segments for all the snapshots that descend from one call
// of NewMatcher. The zero merger is ready.
type merger struct {
	mu     sync.Mutex
	busy   bool
	from   []*segment // what result stands for, in a row
	result *segment
}

// start rebuilds a row of segments, unless a rebuild is under way or waits to
// be put in place.
func (g *merger) start(cfg *config, row []segmentRef) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy || g.result != nil {
		return
	}
	g.busy = true
	var secrets []*secret
	var from []*segment
	for _, seg := range row {
		secrets = append(secrets, seg.living()...)
		from = append(from, seg.segment)
	}
	go func() {
		result, err := newSegment(cfg, secrets)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.busy = false
		if err == nil { // or they stay as they are
			g.from, g.result = from, result
		}
	}()
}

// adopt puts a rebuilt segment in the place of those that it stands for, if
// they are still there.
func (g *merger) adopt(segments []segmentRef) []segmentRef {
	g.mu.Lock()
	from, result := g.from, g.result
	g.from, g.result = nil, nil
	g.mu.Unlock()
	if result == nil {
		return segments
	}
	at := slices.IndexFunc(segments, func(s segmentRef) bool { return s.segment == from[0] })
	if at < 0 || at+len(from) > len(segments) {
		return segments
	}
	dead := make(map[*secret]bool)
	for i, seg := range from {
		ref := segments[at+i]
		if ref.segment != seg {
			return segments
		}
		for j, s := range ref.secrets {
			if ref.dead.has(uint32(j)) {
				dead[s] = true
			}
		}
	}
	ref := segmentRef{segment: result}
	if len(dead) > 0 {
		for j, s := range result.secrets {
			if dead[s] {
				if ref.dead == nil {
					ref.dead = make(bitset, (len(result.secrets)+63)/64)
				}
				ref.dead[j>>6] |= 1 << (j & 63)
			}
		}
	}
	return slices.Replace(slices.Clone(segments), at, at+len(from), ref)
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
	for len(n.segments) > 0 {
		last := n.segments[len(n.segments)-1]
		size := last.alive()
		full := len(n.segments) >= maxSegments-1
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

// tidy starts a merge in the background where there are many segments: of the
// small ones, or of all once the small ones together weigh against the first.
func (n *engine) tidy() {
	if len(n.segments) < mergeSoon {
		return
	}
	small := 0
	for _, seg := range n.segments[1:] {
		small += seg.alive()
	}
	row := n.segments[1:]
	if small*4 >= n.segments[0].alive() {
		row = n.segments
	}
	if len(row) > 1 {
		n.merger.start(n.cfg, row)
	}
}
