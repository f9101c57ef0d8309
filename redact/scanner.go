package redact

import (
	"bytes"
	"math"
	"slices"
	"sync"
)

// A scanner runs the automata over one text, all at once or as it arrives: it
// keeps all the state between bytes, so that a split makes no difference.
// Positions are offsets in the whole text.
//
// Matches are merged into ranges as they are found. settled tells up to where
// nothing that is still to come can change the result.
type scanner struct {
	e   *engine
	cfg *sinkConfig

	data []byte // the text from base on: what is not yet settled
	base int64
	pos  int64 // next byte to read
	out  int64 // next byte to write, at least base

	views [numViews]view
	awake viewSet // views that read differently from their parents

	final bool // data ends the text
	lazy  bool // the beginning of a value at the end of data need not be read

	// Tags that the snapshot can emit are passed over: a match that overlaps one
	// does not count. They are looked for only where there are matches.
	tag       tagReader
	tagPos    int64 // up to where
	tagStart  int64 // of the candidate in tag
	tags      []unit
	tentative []match // overlap the candidate

	ranges  []span
	begun   int64      // where the first value in them begins of which bytes are out already
	spare   [][]match  // for the hits of further ranges
	visited patternSet // already named in the last range
	again   repeat
	units   []unit // JSON escapes not yet settled
	chains  map[chainKey]chain
	eol     candidate // a value cut before line ends that may be the last
	dots    candidate // a value cut before what may be an ellipsis
	dotText []byte

	work int // steps taken: the test that they are linear counts them

	all   bool // collect every match instead of merging
	found []match
}

// A match is one occurrence of one entry of a pattern.
type match struct {
	start, end int64
	entry      entry
	segment    uint8
	view       viewID
	cut        bool
}

// A span is what becomes one tag.
type span struct {
	start, end int64
	hits       []match
}

// A unit is one JSON escape in the source, inside which no range ends, or one
// tag.
type unit struct{ start, end int64 }

// A chain is a value whose lines are being found one after the other: what was
// found of it so far.
type chain struct{ match }

// A chainKey says which line of which value comes next.
type chainKey struct {
	secret  uint32
	segment uint8
	seq     uint8
	next    uint8
}

// A candidate is a cut value that counts if the text goes on in a certain way.
type candidate struct {
	on      bool
	matches []match
}

func (c *candidate) drop() { c.on, c.matches = false, c.matches[:0] }

func (c *candidate) hold(at int64) int64 {
	if c.on {
		for i := range c.matches {
			at = min(at, c.matches[i].start)
		}
	}
	return at
}

var scanners = sync.Pool{New: func() any {
	sc := new(scanner)
	newViews(&sc.views)
	sc.reset(0)
	return sc
}}

// newScanner returns a scanner at the start of a text.
func newScanner(e *engine, cfg *sinkConfig) *scanner {
	sc := scanners.Get().(*scanner)
	sc.e, sc.cfg, sc.work, sc.lazy = e, cfg, 0, false
	return sc
}

// release wipes the scanner, which has seen secrets, and gives it back.
func (sc *scanner) release() {
	sc.reset(0)
	sc.e, sc.cfg, sc.data, sc.all = nil, nil, nil, false
	for i := range sc.views {
		if v := &sc.views[i]; v.used {
			v.used = false
			clear(v.chars[:cap(v.chars)])
			clear(v.partial[:cap(v.partial)])
			clear(v.control[:cap(v.control)])
			v.dump.wipe()
		}
	}
	clear(sc.dotText[:cap(sc.dotText)])
	clear(sc.tag.body[:cap(sc.tag.body)])
	clear(sc.ranges[:cap(sc.ranges)])
	sc.found = nil
	scanners.Put(sc)
}

// reset starts a new text at an offset.
func (sc *scanner) reset(at int64) {
	sc.base, sc.pos, sc.out = at, at, at
	sc.forget()
	sc.tag = tagReader{body: sc.tag.body[:0]}
	sc.tagPos, sc.tags = at, sc.tags[:0]
	sc.tentative = sc.tentative[:0]
	sc.final = false
	sc.ranges, sc.begun = sc.ranges[:0], math.MaxInt64
	sc.forgetNamed()
	sc.units = sc.units[:0]
}

// forget drops every match in progress.
func (sc *scanner) forget() {
	for i := range sc.views {
		v := &sc.views[i]
		if !v.used && i != 0 {
			continue // reads as its parent does
		}
		v.sleep()
		v.states = [maxSegments]position{}
		v.depth, v.since, v.eqDepth, v.lastByte, v.hexRun = 0, 0, 0, 0, 0
		v.last = sc.pos
	}
	sc.views[0].active = true
	sc.awake = 0
	if len(sc.chains) > 0 {
		clear(sc.chains)
	}
	sc.eol.drop()
	sc.dots.drop()
}

// shallow is the depth from which a value in progress is worth the automaton's
// time: that it begins at all is usual, and skip rules it out.
const shallow = 3

// run reads all of data that it has not yet read. Up to until it has been found
// already that there is something to read.
func (sc *scanner) run(until int64) {
	raw := &sc.views[viewRaw]
	for end := sc.base + int64(len(sc.data)); sc.pos < end; {
		if pos := int(sc.pos - sc.base); raw.depth <= shallow && sc.pos >= until && sc.quiet() && !raw.offsetAhead(sc.data[pos:]) {
			at, to := sc.e.skip(sc.data, max(0, pos-raw.depth), sc.final, !sc.cfg.noCut)
			if at > pos {
				until = sc.base + int64(to)
				sc.readTo(pos, at)
				raw.eqDepth, raw.depth = 0, 0
				raw.states = [maxSegments]position{}
			}
			if at >= pos && to == at && sc.lazy {
				// With the bytes left unread nothing goes on that was in progress,
				// but they may tell that what is before them is no tag.
				raw.depth, raw.states = 0, [maxSegments]position{}
				if sc.passTags(sc.pos); sc.tag.n == 0 {
					return
				}
			}
			if at > pos {
				continue
			}
			until = sc.base + int64(max(to, pos+longStride)) // nothing to skip before that
		}
		if sc.readRaw(until) {
			continue
		}
		c := sc.data[sc.pos-sc.base]
		at := sc.pos
		sc.pos++
		if !sc.cfg.noCut {
			sc.cutBefore(c, at)
		}
		sc.char(raw, char{c, at, at + 1}, false)
	}
}

// rawStops are the bytes that mean something to another than the raw view, or to
// the rule for cut values; after a space, that may be another one.
var rawStops = func() (t [256]uint8) {
	for c := range t {
		if triggers[c] || c == '=' || c == '.' || c == 0xe2 {
			t[c] = 1
		}
	}
	t[' '] = 2
	return
}()

// readRaw reads on as long as only the raw view has anything to do: no match
// ends and no view wakes up. It stops where skip may go on. It reports whether
// it has read anything.
func (sc *scanner) readRaw(until int64) bool {
	raw := &sc.views[viewRaw]
	if sc.awake != 0 || len(raw.pending) != 0 || sc.eol.on || sc.dots.on {
		return false
	}
	from := int(sc.pos - sc.base)
	i := from
	before := raw.lastByte
	if len(sc.e.segments) == 1 {
		// The same as below, with the state in a register.
		a, s := sc.e.segments[0].auto, raw.states[0]
		for i < len(sc.data) {
			c := sc.data[i]
			if stop := rawStops[c]; stop == 1 || stop == 2 && before == ' ' {
				break
			}
			t := a.next(s, c)
			if a.matching(t) {
				break
			}
			if t.state == s.state && t.depth > shallow {
				// In the middle of a stretch: it is compared as far as it goes.
				n := a.along(t, sc.data[i+1:])
				i, c = i+n, sc.data[i+n]
				t.depth += uint32(n)
			}
			s, before = t, c
			i++
			if t.depth <= shallow && sc.base+int64(i) >= until {
				break
			}
		}
		if i == from {
			return false
		}
		raw.states[0], raw.depth = s, int(s.depth)
		sc.work += i - from
		sc.readTo(from, i)
		return true
	}
	states := raw.states
	for depth := 0; i < len(sc.data); {
		c := sc.data[i]
		if stop := rawStops[c]; stop == 1 || stop == 2 && before == ' ' {
			break
		}
		next := states
		matching := false
		depth = 0
		for k := range sc.e.segments {
			a := sc.e.segments[k].auto
			s := a.next(states[k], c)
			next[k] = s
			depth = max(depth, int(s.depth))
			matching = matching || a.matching(s)
		}
		if matching {
			break
		}
		states, before = next, c
		i++
		raw.depth = depth
		if depth <= shallow && sc.base+int64(i) >= until {
			break
		}
	}
	if i == from {
		return false
	}
	raw.states = states
	sc.work += i - from
	sc.readTo(from, i)
	return true
}

// readTo notes that the raw view has read data[from:to].
func (sc *scanner) readTo(from, to int) {
	raw := &sc.views[viewRaw]
	sc.work++
	sc.pos = sc.base + int64(to)
	raw.last, raw.lastByte = sc.pos, sc.data[to-1]
	raw.hexRun = hexRunThrough(raw.hexRun, sc.data[from:to])
}

// quiet reports whether no view but the raw one has anything in progress.
func (sc *scanner) quiet() bool {
	raw := &sc.views[viewRaw]
	return sc.awake == 0 && len(raw.pending) == 0 && !sc.eol.on && !sc.dots.on && (raw.lastByte != '=' || raw.eqDepth < wrapMin)
}

// findTags looks for tags up to where the text has been read.
func (sc *scanner) findTags() {
	f := sc.e.cfg.format
	decided := sc.tag.n == 0
	for sc.tagPos < sc.pos {
		if sc.tag.n == 0 {
			j := bytes.IndexByte(sc.data[sc.tagPos-sc.base:sc.pos-sc.base], f.open[0])
			if j < 0 {
				sc.tagPos = sc.pos
				break
			}
			sc.tagPos += int64(j)
			// Nearly always, the next bytes are there and are not those of a tag.
			if rest := sc.data[sc.tagPos-sc.base:]; len(rest) >= len(f.open) && string(rest[:len(f.open)]) != f.open {
				sc.tagPos++
				sc.work++
				continue
			}
		}
		at := sc.tagPos
		sc.tagPos++
		sc.work++
		switch sc.tag.next(f, sc.data[at-sc.base], sc.e) {
		case tagMore:
			if sc.tag.n == 1 {
				sc.tagStart, decided = at, true
			}
		case tagDone:
			sc.tags, decided = append(sc.tags, unit{sc.tagStart, sc.tagPos}), true
		default:
			decided = true
		}
	}
	if len(sc.tentative) > 0 && decided {
		waiting := sc.tentative
		sc.tentative = nil
		for _, m := range waiting {
			sc.place(m)
		}
	}
}

// passTags is findTags where what is still to be found begins at at, or is in
// progress: a tag that ends before that does not matter.
func (sc *scanner) passTags(at int64) {
	if sc.tag.n == 0 && len(sc.tentative) == 0 {
		for _, c := range sc.chains {
			at = min(at, c.start)
		}
		at = sc.dots.hold(sc.eol.hold(at))
		const longest = int64(maxTagOpen + maxTagBody + 1)
		sc.tagPos = max(sc.tagPos, at-longest-1) // the byte before it may carry bits of it
	}
	sc.findTags()
}

// char has view v read one character, after the views that derive from it.
func (sc *scanner) char(v *view, x char, decoded bool) {
	if sc.awake != 0 || triggers[x.c] || x.c == ' ' && v.hexRun == dumpReady {
		sc.derive(v, v, x)
	}
	sc.step(v, x, decoded)
	if sc.awake != 0 {
		sc.settleDown(v, v)
	}
}

// step runs the automata of view v over one character.
func (sc *scanner) step(v *view, x char, decoded bool) {
	sc.work++
	if len(v.pending) > 0 {
		sc.extend(v, x)
	}
	if x.c == '=' {
		v.eq, v.eqDepth = v.states, v.depth
	}
	v.lastByte = x.c
	v.hexRun = hexRunAfter(v.hexRun, x.c)
	var matched uint
	depth := 0
	for i := range sc.e.segments {
		a := sc.e.segments[i].auto
		s := a.next(v.states[i], x.c)
		v.states[i] = s
		open := s.depth
		if a.matching(s) {
			matched |= 1 << i
			open = a.open(s)
		}
		depth = max(depth, int(open))
	}
	v.depth = depth
	v.last = x.e
	if v.id != viewRaw {
		v.push(x, sc.e.maxLen)
		if decoded {
			v.since = 0
		} else {
			v.since++
		}
	}
	if matched != 0 {
		for i := range sc.e.segments {
			if matched>>i&1 != 0 {
				sc.report(v, i)
			}
		}
	}
}

// triggers are the bytes that can wake a view up.
var triggers = [256]bool{'\\': true, '%': true, '&': true, '\n': true, '\r': true, 0x1b: true}

// derive passes a character that view v is about to read to the views below p
// that read what v reads.
func (sc *scanner) derive(v, p *view, x char) {
	trigger := triggers[x.c] || x.c == ' '
	for _, k := range p.kids {
		switch {
		case !trigger && sc.awake&viewsBelow[k.id] == 0:
			// nothing to do for it or those below
		case k.active:
			sc.decode(k, x)
		case sc.wakes(k, v, x.c):
			sc.wake(k, v)
			sc.decode(k, x)
		default:
			sc.derive(v, k, x)
		}
	}
}

// wakes reports whether k will read c differently from v.
func (sc *scanner) wakes(k, v *view, c byte) bool {
	t := &viewTree[k.id]
	switch c {
	case '\\', '%', '&':
		return t.escapes.starts(c)
	case '\n', '\r':
		return t.gaps && (v.depth >= wrapMin || v.lastByte == '=' && v.eqDepth >= wrapMin)
	case 0x1b:
		return t.indents && v.depth >= colourMin
	case ' ':
		return t.dump && v.hexRun == dumpReady
	}
	return false
}

// wake has k go on from where v is.
func (sc *scanner) wake(k, v *view) {
	k.active, k.used = true, true
	sc.awake |= 1 << k.id
	k.states, k.depth, k.last = v.states, v.depth, v.last
	k.eq, k.eqDepth, k.lastByte, k.hexRun = v.eq, v.eqDepth, v.lastByte, v.hexRun
	k.since = 1 << 30
	k.pending = append(k.pending[:0], v.pending...)
	keep := max(v.depth, v.eqDepth+1) + 1
	if v.id != viewRaw {
		k.chars = append(k.chars[:0], v.chars[max(0, len(v.chars)-keep):]...)
		return
	}
	k.chars = k.chars[:0]
	for at := max(sc.base, v.last-int64(keep)); at < v.last; at++ {
		k.chars = append(k.chars, char{sc.data[at-sc.base], at, at + 1})
	}
}

// settleDown puts to sleep the views below p whose states are made of nothing
// but characters that v has read too. What v is in the middle of is then at
// least as much: an escape that led nowhere may have been none.
func (sc *scanner) settleDown(v, p *view) {
	for _, k := range p.kids {
		if sc.awake&viewsBelow[k.id] == 0 {
			continue
		}
		if !k.active {
			sc.settleDown(v, k)
			continue
		}
		if k.last == v.last && k.since >= k.depth && k.atRest() && (k.lastByte != '=' || k.since > k.eqDepth) {
			k.sleep()
			sc.awake &^= 1 << k.id
		}
	}
}

// push remembers a character, and no more of them than a match can need.
func (v *view) push(x char, longest int) {
	if len(v.chars) > 2*longest+1024 {
		n := copy(v.chars, v.chars[len(v.chars)-longest-2:])
		v.chars = v.chars[:n]
	}
	v.chars = append(v.chars, x)
}

// startOf returns where the last n characters of v start in the source.
func (v *view) startOf(n int) int64 {
	if v.id == viewRaw {
		return v.last - int64(n)
	}
	return v.chars[len(v.chars)-n].s
}

// before returns the character before the last n that v has read.
func (sc *scanner) before(v *view, n int) (char, bool) {
	if v.id == viewRaw {
		at := v.last - int64(n) - 1
		if at < sc.base {
			return char{}, false
		}
		return char{sc.data[at-sc.base], at, at + 1}, true
	}
	if i := len(v.chars) - n - 1; i >= 0 {
		return v.chars[i], true
	}
	return char{}, false
}

// A repeat is a state of which all matches are named in the last range, so that
// where it comes again, as in a run of one character, there is nothing more to
// say. Length 0: none.
type repeat struct {
	state   position
	view    viewID
	segment uint8
	length  uint16
	ext     alphabet
	entry   entry
}

// forgetNamed tells that another range is the last one now.
func (sc *scanner) forgetNamed() {
	sc.visited.clear()
	sc.again.length = 0
}

// A patternSet is a set of patterns. The zero set is empty.
type patternSet struct {
	n    int // of few
	few  [8]uint64
	more map[uint64]struct{}
}

func (s *patternSet) has(key uint64) bool {
	if slices.Contains(s.few[:s.n], key) {
		return true
	}
	_, ok := s.more[key]
	return ok
}

// add adds a pattern that is not there.
func (s *patternSet) add(key uint64) {
	if s.n < len(s.few) {
		s.few[s.n] = key
		s.n++
		return
	}
	if s.more == nil {
		s.more = make(map[uint64]struct{})
	}
	s.more[key] = struct{}{}
}

func (s *patternSet) clear() {
	s.n = 0
	if len(s.more) > 0 {
		clear(s.more)
	}
}

// report adds the matches that end where view v is, in segment i.
func (sc *scanner) report(v *view, i int) {
	seg := sc.e.segments[i]
	if g := &sc.again; g.length != 0 && g.state == v.states[i] && g.view == v.id && int(g.segment) == i && sc.tag.n == 0 && !sc.all {
		if start := v.startOf(int(g.length)); sc.widen(start, v.last) {
			if g.ext != 0 {
				v.pending = append(v.pending, pendingMatch{match{start: start, end: v.last, entry: g.entry, segment: uint8(i), view: v.id}, g.ext})
			}
			return
		}
	}
	longest := true
	seg.auto.matches(v.states[i], func(p int) bool {
		pat := &seg.auto.patterns[p]
		start := v.startOf(int(pat.length))
		key := uint64(i)<<32 | uint64(p)
		seen := sc.visited.has(key)
		if seen && !pat.pieces && sc.tag.n == 0 && !sc.all && (!longest || sc.widen(start, v.last)) {
			// It and all shorter ones are named in this range already. What is left of
			// them is the character that some share with what follows.
			if longest {
				sc.again = repeat{v.states[i], v.id, uint8(i), pat.length, pat.ext, seg.auto.entries[pat.entry]}
			}
			if pat.ext != 0 {
				m := match{start: start, end: v.last, entry: seg.auto.entries[pat.entry], segment: uint8(i), view: v.id}
				v.pending = append(v.pending, pendingMatch{m, pat.ext})
			}
			return false
		}
		alive := false
		for _, en := range seg.auto.entries[pat.entry : pat.entry+uint32(pat.n)] {
			if seg.dead.has(en.secret) {
				continue
			}
			alive = true
			m := match{start: start, end: v.last, entry: en, segment: uint8(i), view: v.id}
			if en.piece != 0 {
				sc.piece(m)
				continue
			}
			if v.id != viewRaw && formID(en.form) == doubledID {
				sc.unpair(v, &m, int(pat.length))
			}
			if en.left != 0 {
				if x, ok := sc.before(v, int(pat.length)); ok && en.left.carriedBy(x.c) {
					m.start = x.s
				}
			}
			if en.ext&extRight != 0 {
				v.pending = append(v.pending, pendingMatch{m, en.ext})
			}
			sc.add(m)
		}
		if alive {
			longest = false
		}
		if !sc.all && alive && !seen {
			sc.visited.add(key)
		}
		return true
	})
}

var doubledID = formIDs[FormDoubled]

// unpair takes from a value with doubled quotes the first or last of two that
// are spelled differently: one of them is the value's, escaped, and the other is
// a quote around it.
func (sc *scanner) unpair(v *view, m *match, n int) {
	spelled := func(x char) int64 { return x.e - x.s }
	c := v.chars[len(v.chars)-n:]
	if c[0].c == '"' && c[1].c == '"' && spelled(c[0]) != spelled(c[1]) {
		m.start = c[1].s
	}
	if a, b := c[n-2], c[n-1]; a.c == '"' && b.c == '"' && spelled(a) != spelled(b) {
		m.end = a.e
	}
}

// widen extends the last range to a match that begins inside it and is named in
// it. It reports whether it did.
func (sc *scanner) widen(start, end int64) bool {
	sc.findTags()
	if n := len(sc.tags); sc.tag.n > 0 || n > 0 && sc.tags[n-1].end > start || len(sc.ranges) == 0 {
		return false
	}
	r := &sc.ranges[len(sc.ranges)-1]
	if start <= r.start || start >= r.end || r.end-r.start > maxSpan {
		return false
	}
	r.end = max(r.end, end)
	return true
}

// extend lets the matches that end before x reach over it if it carries bits of
// them.
func (sc *scanner) extend(v *view, x char) {
	for _, p := range v.pending {
		if p.ext.contains(x.c) {
			p.end = x.e
			sc.add(p.match)
		}
	}
	v.pending = v.pending[:0]
}

// add adds a match, unless it overlaps a tag.
func (sc *scanner) add(m match) {
	sc.findTags()
	sc.place(m)
}

func (sc *scanner) place(m match) {
	sc.work++
	for i := len(sc.tags) - 1; i >= 0 && sc.tags[i].end > m.start; i-- {
		if sc.tags[i].start < m.end {
			return
		}
	}
	if sc.tag.n > 0 && m.end > sc.tagStart {
		sc.tentative = append(sc.tentative, m)
		return
	}
	sc.keep(m)
}

// keep merges a match into the ranges.
func (sc *scanner) keep(m match) {
	if sc.all {
		sc.found = append(sc.found, m)
		return
	}
	if m.start < sc.out { // released already
		if m.end <= sc.out {
			return
		}
		sc.begun = min(sc.begun, m.start)
		m.start = sc.out
	}
	// Ranges are disjoint and sorted; a match nearly always belongs at the end.
	i := len(sc.ranges)
	for i > 0 && sc.ranges[i-1].end > m.start {
		i--
	}
	if i == len(sc.ranges) || sc.ranges[i].start >= m.end {
		sc.ranges = slices.Insert(sc.ranges, i, span{start: m.start, end: m.end, hits: append(sc.hits(), m)})
		if i == len(sc.ranges)-1 {
			sc.forgetNamed()
		}
		return
	}
	r := &sc.ranges[i]
	if r.end-r.start > maxSpan && m.start >= r.start {
		// So long a run of overlapping secrets goes out in parts, so that a stream
		// needs to hold back no more.
		if m.end > r.end {
			m.start = r.end
			sc.ranges = slices.Insert(sc.ranges, i+1, span{start: m.start, end: m.end, hits: []match{m}})
		}
		return
	}
	r.start = min(r.start, m.start)
	r.end = max(r.end, m.end)
	j := i + 1
	for ; j < len(sc.ranges) && sc.ranges[j].start < r.end; j++ {
		r.end = max(r.end, sc.ranges[j].end)
		r.hits = append(r.hits, sc.ranges[j].hits...)
	}
	sc.ranges = slices.Delete(sc.ranges, i+1, j)
	r = &sc.ranges[i]
	if n := len(r.hits); n > 0 && r.hits[n-1].same(m) {
		return
	}
	if n := len(r.hits); n > 64 {
		// A long run: keep it linear by remembering each entry once.
		if slices.ContainsFunc(r.hits[n-64:], m.same) {
			return
		}
	}
	r.hits = append(r.hits, m)
}

// hits returns an empty list, used before if there is one.
func (sc *scanner) hits() []match {
	n := len(sc.spare) - 1
	if n < 0 {
		return make([]match, 0, 4)
	}
	h := sc.spare[n]
	sc.spare = sc.spare[:n]
	return h
}

// maxSpan is the length from which a range is not extended further.
const maxSpan = 4 << 20

// same reports whether two matches are named alike.
func (m match) same(o match) bool {
	return m.segment == o.segment && m.entry.secret == o.entry.secret && m.entry.form == o.entry.form && m.view == o.view && m.cut == o.cut
}

// piece takes one line of a value that is found line by line. Of each value, the
// latest chain that waits for each line is kept.
func (sc *scanner) piece(m match) {
	key := chainKey{m.entry.secret, m.segment, m.entry.seq, m.entry.piece}
	c := chain{m}
	if key.next > 1 {
		var ok bool
		if c, ok = sc.chains[key]; !ok || m.start < c.end {
			return
		}
		delete(sc.chains, key)
		if m.start-c.end > maxGap {
			return
		}
		c.end = m.end
		if key.next == m.entry.pieces {
			sc.add(c.match)
			return
		}
	}
	if sc.chains == nil {
		sc.chains = make(map[chainKey]chain)
	}
	key.next++
	sc.chains[key] = c
}

// settled returns the position before which the result is certain. Bytes after
// it may have been released all the same.
func (sc *scanner) settled() int64 {
	if len(sc.tentative) > 0 {
		sc.findTags()
	}
	at := sc.hold(&sc.views[viewRaw])
	if sc.awake != 0 {
		for i := range sc.views {
			if v := &sc.views[i]; v.active {
				at = min(at, sc.hold(v))
			}
		}
	}
	sc.passTags(at)
	if sc.tag.n > 0 {
		at = min(at, sc.tagStart)
	}
	for i := range sc.tentative {
		at = min(at, sc.tentative[i].start)
	}
	undecided := at
	for key, c := range sc.chains {
		if undecided-c.end > maxGap {
			delete(sc.chains, key)
		} else {
			at = min(at, c.start)
		}
	}
	at = sc.dots.hold(sc.eol.hold(at))
	for again := true; again; {
		again = false
		for i := len(sc.units) - 1; i >= 0 && sc.units[i].end > at; i-- {
			if sc.units[i].start < at {
				at, again = sc.units[i].start, true
			}
		}
		for i := len(sc.ranges) - 1; i >= 0 && sc.ranges[i].end > at; i-- {
			if sc.ranges[i].start < at {
				at, again = sc.ranges[i].start, true
			}
		}
	}
	return at
}

// retain returns from where the text must be kept, of which what is before at is
// out: under another snapshot, a line of a dump is to be read from its offset, and
// a value from its beginning. run is the hexRun before data.
func (sc *scanner) retain(at int64, run uint8) int64 {
	if len(sc.ranges) == 0 {
		sc.begun = math.MaxInt64
	}
	at = max(sc.base, min(at, sc.begun))
	if sc.awake&(1<<viewDump|1<<viewJSONDump) != 0 {
		// A value in progress may have begun in an earlier line.
		if line, _ := offsetThrough(run, sc.data); line && at-sc.base <= int64(dumpWindow) {
			return sc.base
		}
		at = sc.base + int64(dumpLine(sc.data, 0, int(at-sc.base)))
		for _, id := range [...]viewID{viewDump, viewJSONDump} {
			if d := &sc.views[id].dump; d.busy() {
				at = min(at, max(sc.base, d.from))
			}
		}
	}
	return at
}

// hold returns the first position that what v is reading may still change.
func (sc *scanner) hold(v *view) int64 {
	at := sc.pos
	n := v.depth
	if v.lastByte == '=' && v.eqDepth >= wrapMin {
		n = max(n, v.eqDepth+1) // a soft line break may follow
	}
	if n > 0 {
		at = v.startOf(n)
	}
	// The character before an encoded value may carry its first bits.
	if x, ok := sc.before(v, n); ok && sc.e.left[x.c] {
		at = min(at, x.s)
	}
	if len(v.partial) > 0 {
		at = min(at, v.partial[0].s)
	}
	if len(v.control) > 0 {
		at = min(at, v.control[0].s)
	}
	for i := range v.pending {
		at = min(at, v.pending[i].start)
	}
	return min(at, v.dump.hold(at))
}

// ended reports whether the text, if it ends here, ends for v where its states
// are: with nothing after that but half an escape.
func (v *view) ended() bool {
	if v.dump.busy() || len(v.control) > 0 {
		return false
	}
	var rest []byte
	undecided := 0 // views that hold characters back
	for p := v; p.id != viewRaw; p = p.parent {
		if len(p.partial) > 0 {
			undecided++
		}
		for _, x := range p.partial {
			rest = append(rest, x.c)
		}
	}
	if undecided < 2 && (undecided == 0 || len(v.partial) > 0) {
		return true
	}
	if !viewTree[v.id].escapes.starts(rest[0]) {
		return false // it goes on with what its parents hold
	}
	_, _, st := viewTree[v.id].escapes.decode(rest, nil)
	return st == escapeMore
}

// end tells that the text ends here.
func (sc *scanner) end() {
	views := sc.views[:]
	if sc.awake == 0 {
		views = views[viewRaw : viewRaw+1]
	}
	if !sc.cfg.noCut {
		if sc.eol.on {
			for _, m := range sc.eol.matches {
				sc.add(m)
			}
		}
		for i := range views {
			if v := &views[i]; v.active && v.depth >= derivedMin && v.ended() {
				for _, m := range sc.cut(v, nil) {
					if len(v.partial) > 0 {
						m.end = sc.pos // half an escape of the value
					}
					sc.add(m)
				}
			}
		}
	}
	sc.eol.drop()
	sc.dots.drop()
	for i := range views {
		if v := &views[i]; v.active && v.id != viewRaw {
			sc.finish(v)
		}
	}
	sc.findTags()
	sc.tag.n = 0
	sc.findTags()
}
