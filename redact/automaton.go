package redact

import (
	"bytes"
	"math/bits"
	"sync/atomic"
)

// An automaton is an Aho–Corasick automaton that reports all matches, laid out
// for many patterns that share little, most of whose texts are not kept.
//
// Only where patterns part, or one ends inside another, are states in tables:
// the heads. Before each head but the root, and at the end of each pattern, the
// states are a stretch of text, which is made from a value when it is needed.
//
//	abcdefgh ┐   root ── a b ──▶ head 1 ┬─ c ──▶ head 2 ┬─ d e f g h
//	abcxyzuv ├                          │               └─ x y z u v
//	abkkkkkk ┘                          └─ k k k k k k
//
// The children of a head are a range of two tables: the bytes that lead to them
// and their states.
//
// The failure links of heads are stored, those of stretches hardly ever: a link
// is found by reading the last few bytes again from the root, for in nearly all
// stretches no pattern begins with more bytes than that. Where one does, or one
// ends inside, the stretch is odd, and what differs is stored.
//
// So a pattern costs its record and one or two of a head, however long it is.
//
// The patterns are sorted by their bytes: those below a state are a range, which
// the rule for cut values uses.
type automaton struct {
	texts
	heads   []head // the root first; one more than there are
	flags   []headFlags
	labels  []byte // of the children of heads
	targets []uint32
	root    [256]uint32

	ended endCache // failure links of the ends of patterns

	dict table        // position -> longest proper suffix that is a pattern, by the state in which it ends
	odd  []oddStretch // by state

	patterns []pattern // sorted by their bytes
	entries  []entry   // of the patterns, grouped
	minLen   int
	maxLen   int
}

// A state is a head, or len(flags) plus the number of the pattern whose last
// stretch it is in, or as many more plus the head that its stretch leads to.
// With its depth it is a position. The zero position is the root.
type position struct{ state, depth uint32 }

// A head is a state where patterns part or end.
type head struct {
	pattern   uint32 // the first below
	children  uint32 // up to those of the next head
	fail      uint32 // failure link: a state
	failDepth uint16
	depth     uint16
}

type headFlags uint8

const (
	flagEnd   headFlags = 1 << iota // a pattern ends here
	flagDict                        // one ends at a suffix: see dict
	flagOdd                         // the stretch that leads here is odd
	flagMatch = flagEnd | flagDict
)

// An oddStretch has failure links that are longer than is read again.
type oddStretch struct {
	state uint32
	jumps []jump // by depth
}

// A jump says that from depth lo to hi failure links lead into one stretch, off
// bytes less deep.
type jump struct {
	lo, hi, off uint16
	state       uint32
}

// maxPattern bounds a pattern, for the sake of 16-bit depths. Longer spellings
// are cut into pieces that share one byte, so that their ranges merge.
const maxPattern = 1<<16 - 16

// A pattern is one distinct byte sequence to find.
type pattern struct {
	src    uint32 // what its text is made from
	entry  uint32 // its first entry
	odd    uint32 // 1 + index into odd of its last stretch; 0: that is not odd
	n      uint16 // number of entries
	lcp    uint16 // bytes shared with the pattern before it
	length uint16
	code   code
	again  uint8 // bytes that a failure link in a stretch of it needs
	// Of the pattern or one that is a suffix of it:
	pieces bool     // it is a line of a value
	ext    alphabet // it shares its last character with what follows
}

// An entry says what a pattern spells.
type entry struct {
	secret uint32 // index into the segment's secrets
	cut    uint16 // shortest prefix that is distinctive; 0: none is
	form   formID
	piece  uint8 // 1 + place in the sequence of lines; 0: not a piece
	pieces uint8 // number of pieces
	seq    uint8 // which sequence of the secret the piece belongs to
	ext    alphabet
	left   leftBits
}

// again returns how many bytes a failure link in a tail of the form may need.
// Spellings with few different characters repeat each other more.
func (f Form) again() uint8 {
	switch f {
	case FormGoBytes:
		return 31
	case FormHexSpaced, FormDecimal:
		return 23
	case FormUTF16, FormBase64UTF16:
		return 15
	}
	return leastAgain
}

// What Form.again returns is from leastAgain to mostAgain.
const (
	leastAgain = 7
	mostAgain  = 31
)

// stretch returns the pattern along which a state that is no head goes, and the
// head to which it leads, 0 if to none.
func (a *automaton) stretch(s uint32) (p *pattern, h uint32) {
	i := int(s) - len(a.flags)
	if i < len(a.patterns) {
		return &a.patterns[i], 0
	}
	h = uint32(i - len(a.patterns))
	return &a.patterns[a.heads[h].pattern], h
}

// next is the transition function: amortised one step up for one step down.
func (a *automaton) next(p position, b byte) position {
	for {
		if s := a.child(p, b); s != 0 {
			return position{s, p.depth + 1}
		}
		if p.state == 0 {
			return position{}
		}
		p = a.suffix(p)
	}
}

// child returns the state into which b leads from p directly, 0 if there is
// none.
func (a *automaton) child(p position, b byte) uint32 {
	if p.state == 0 {
		return a.root[b]
	}
	i := int(p.state) - len(a.flags)
	if i < 0 {
		lo, hi := a.heads[p.state].children, a.heads[p.state+1].children
		if hi-lo > 8 {
			return a.childOf(lo, hi, b)
		}
		for ; lo < hi; lo++ {
			if a.labels[lo] == b {
				return a.targets[lo]
			}
		}
		return 0
	}
	if i < len(a.patterns) {
		q := &a.patterns[i]
		if p.depth < uint32(q.length) && a.at(q.src, q.code, int(p.depth)) == b {
			return p.state
		}
		return 0
	}
	h := &a.heads[i-len(a.patterns)]
	q := &a.patterns[h.pattern]
	if a.at(q.src, q.code, int(p.depth)) != b {
		return 0
	}
	if p.depth+1 == uint32(h.depth) {
		return uint32(i - len(a.patterns))
	}
	return p.state
}

// childOf looks for b among many children.
func (a *automaton) childOf(lo, hi uint32, b byte) uint32 {
	if k := bytes.IndexByte(a.labels[lo:hi], b); k >= 0 {
		return a.targets[lo+uint32(k)]
	}
	return 0
}

// suffix returns the failure link: the position of the longest proper suffix
// that begins a pattern.
func (a *automaton) suffix(p position) position {
	i := int(p.state) - len(a.flags)
	if i < 0 {
		h := &a.heads[p.state]
		return position{h.fail, uint32(h.failDepth)}
	}
	var q *pattern
	if i < len(a.patterns) {
		q = &a.patterns[i]
		if q.odd != 0 {
			if s, ok := a.odd[q.odd-1].jump(p.depth); ok {
				return s
			}
		}
	} else {
		h := i - len(a.patterns)
		q = &a.patterns[a.heads[h].pattern]
		if a.flags[h]&flagOdd != 0 {
			if s, ok := a.oddAt(p.state).jump(p.depth); ok {
				return s
			}
		}
	}
	ended := i < len(a.patterns) && p.depth == uint32(q.length)
	if ended {
		if s, ok := a.ended.get(i); ok {
			return s
		}
	}
	s := a.reread(p, q)
	if ended {
		a.ended.put(i, s)
	}
	return s
}

// reread returns the failure link of p, in a stretch of q that is not odd there.
func (a *automaton) reread(p position, q *pattern) position {
	var last [mostAgain]byte
	n := min(int(q.again), int(p.depth)-1)
	for i := range n {
		last[i] = a.at(q.src, q.code, int(p.depth)-n+i)
	}
	for from := range n {
		if s, ok := a.walk(last[from:n]); ok {
			return s
		}
	}
	return position{}
}

// An endCache remembers the failure links of the ends of patterns, which every
// match needs several times, where they were found by reading again. It is safe
// for concurrent use; the empty one remembers nothing.
type endCache []atomic.Uint64

// An entry of it has the pattern plus one, from bit endPattern on, the state from
// bit endState on, and the depth.
const (
	endState   = 5
	endPattern = 31
	endMaxSize = 1 << 12
)

func newEndCache(patterns int) endCache {
	return make(endCache, min(endMaxSize, 1<<bits.Len(uint(patterns))))
}

func (c endCache) get(pattern int) (position, bool) {
	if len(c) == 0 {
		return position{}, false
	}
	e := c[pattern&(len(c)-1)].Load()
	return position{uint32(e >> endState & (1<<(endPattern-endState) - 1)), uint32(e & (1<<endState - 1))}, e>>endPattern == uint64(pattern)+1
}

func (c endCache) put(pattern int, p position) {
	if len(c) > 0 && p.state < 1<<(endPattern-endState) && p.depth < 1<<endState {
		c[pattern&(len(c)-1)].Store((uint64(pattern)+1)<<endPattern | uint64(p.state)<<endState | uint64(p.depth))
	}
}

// walk returns the position of a text, if it begins a pattern.
func (a *automaton) walk(text []byte) (p position, ok bool) {
	for _, b := range text {
		s := a.child(p, b)
		if s == 0 {
			return position{}, false
		}
		p = position{s, p.depth + 1}
	}
	return p, true
}

// oddAt returns the odd stretch with a state.
func (a *automaton) oddAt(s uint32) *oddStretch {
	lo, hi := 0, len(a.odd)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); a.odd[mid].state < s {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return &a.odd[lo]
}

// jump returns the failure link at a depth, if it is stored.
func (o *oddStretch) jump(depth uint32) (position, bool) {
	lo, hi := 0, len(o.jumps)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); uint32(o.jumps[mid].hi) < depth {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(o.jumps) || uint32(o.jumps[lo].lo) > depth {
		return position{}, false
	}
	return position{o.jumps[lo].state, depth - uint32(o.jumps[lo].off)}, true
}

// open returns how much of what was read may still become a pattern: where a
// pattern ends that none goes on from, only what a failure link leads to.
func (a *automaton) open(p position) uint32 {
	if i := int(p.state) - len(a.flags); i >= 0 && i < len(a.patterns) && p.depth == uint32(a.patterns[i].length) {
		return a.suffix(p).depth
	}
	return p.depth
}

// ending reports whether a pattern ends in p.
func (a *automaton) ending(p position) bool {
	i := int(p.state) - len(a.flags)
	if i < 0 {
		return a.flags[p.state]&flagEnd != 0
	}
	return i < len(a.patterns) && p.depth == uint32(a.patterns[i].length)
}

// matching reports whether a pattern ends in p or in a suffix of it.
func (a *automaton) matching(p position) bool {
	i := int(p.state) - len(a.flags)
	if i < 0 {
		return a.flags[p.state]&flagMatch != 0
	}
	if i < len(a.patterns) {
		q := &a.patterns[i]
		if p.depth == uint32(q.length) {
			return true
		}
		if q.odd == 0 {
			return false
		}
	} else if a.flags[i-len(a.patterns)]&flagOdd == 0 {
		return false
	}
	_, ok := a.dict.get(dictKey(p))
	return ok
}

func dictKey(p position) uint64 { return uint64(p.state)<<16 | uint64(p.depth) }

// shorter returns the longest pattern that is a proper suffix of p, by the state
// in which it ends.
func (a *automaton) shorter(p position) (uint32, bool) {
	if int(p.state) < len(a.flags) {
		if a.flags[p.state]&flagDict == 0 {
			return 0, false
		}
	} else if q, h := a.stretch(p.state); !(q.odd != 0 && h == 0 || a.flags[h]&flagOdd != 0) {
		return 0, false
	}
	return a.dict.get(dictKey(p))
}

// endedBy returns the position in which a pattern ends, and the pattern.
func (a *automaton) endedBy(s uint32) (position, int) {
	if int(s) < len(a.flags) {
		h := &a.heads[s]
		return position{s, uint32(h.depth)}, int(h.pattern)
	}
	i := int(s) - len(a.flags)
	return position{s, uint32(a.patterns[i].length)}, i
}

// along returns how many bytes of text, none of them among rawStops, lead through
// the stretch that p is in, up to before its end. It is 0 where that is not told
// by comparing bytes.
func (a *automaton) along(p position, text []byte) int {
	i := int(p.state) - len(a.flags)
	if i < 0 || i >= len(a.patterns) {
		return 0
	}
	q := &a.patterns[i]
	if q.code != codeStored || q.odd != 0 || p.depth >= uint32(q.length) {
		return 0
	}
	src := &a.sources[q.src]
	rest := src.bytes[src.skip+p.depth : src.skip+uint32(q.length)-1]
	rest = rest[:min(len(rest), len(text))]
	for n, c := range rest {
		if text[n] != c || rawStops[c] != 0 {
			return n
		}
	}
	return len(rest)
}

// matches calls f for every pattern that ends in p, the longest first, until f
// returns false.
func (a *automaton) matches(p position, f func(p int) bool) {
	s, ok := p.state, true
	if !a.ending(p) {
		s, ok = a.shorter(p)
	}
	for ok {
		at, i := a.endedBy(s)
		if !f(i) {
			return
		}
		s, ok = a.shorter(at)
	}
}

// below calls f for every pattern whose path leads through p, until f returns
// false.
func (a *automaton) below(p position, f func(p *pattern) bool) {
	first := int(p.state) - len(a.flags)
	if first >= len(a.patterns) {
		first -= len(a.patterns)
		first = int(a.heads[first].pattern)
	} else if first < 0 {
		first = int(a.heads[p.state].pattern)
	}
	for i := first; i < len(a.patterns); i++ {
		if !f(&a.patterns[i]) {
			return
		}
		if i+1 < len(a.patterns) && uint32(a.patterns[i+1].lcp) < p.depth {
			return
		}
	}
}
