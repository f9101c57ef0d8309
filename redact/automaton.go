package redact

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// An automaton is an Aho–Corasick automaton that reports all matches, laid out
// for patterns that share little beyond their first bytes.
//
// Where patterns share, states are heads: in tables, numbered in depth-first
// order of the sorted patterns, so that the first child of state s is always
// s+1 and needs no pointer, only its label. Further children are in one hash
// table. From where a pattern is alone, its states are a tail: a stretch of
// text.
//
//	patterns  abcdefgh abxyzuvw      heads 0─a─1─b─2─c─3   tail  d e f g h
//	                                               └─x─4   tail  y z u v w
//	label     a b c d y     edges  {(2,x): 4}
//
// A head costs 8 bytes, a tail state one. The price is the failure link, which
// tails do not store. It is found by reading the last few bytes again from the
// root, which is right because of what makes a tail: no pattern begins inside
// it with more bytes than that. Patterns for which that does not hold have
// heads all the way.
//
// Numbering in sorted order also makes the patterns below a head a contiguous
// range, which the rule for cut values uses.
type automaton struct {
	label []byte
	flags []uint8
	depth []uint16
	fail  []uint32
	edges table // state<<8 | byte -> state, for children other than the first
	dict  table // head -> nearest proper suffix state that ends a pattern
	root  [256]uint32

	tails []byte // of all patterns, each after the bytes that its failure links need
	ends  bitset // of the tail bytes that end a pattern

	byTail []uint32 // the patterns that have tails

	patterns []pattern // sorted by their bytes
	entries  []entry   // of the patterns, grouped
	minLen   int
	maxLen   int
}

const (
	flagChild uint8 = 1 << iota // s+1 is a child, by label[s]
	flagEdges                   // more children are in edges
	flagEnd                     // a pattern ends here
	flagMatch                   // a pattern ends here or at a suffix
	flagTail                    // a tail goes on, by label[s]
)

// A state is a head, or len(heads) plus the offset of a tail byte. With its
// depth it is a position.
type position struct{ state, depth uint32 }

// maxPattern bounds a pattern, for the sake of 16-bit depths. Longer spellings
// are cut into pieces that share one byte, so that their ranges merge.
const maxPattern = 1<<16 - 16

// A pattern is one distinct byte sequence to find.
type pattern struct {
	head   uint32 // its last head; increasing
	tail   uint32 // offset of its first tail byte, if it has any
	entry  uint32 // its first entry
	n      uint16 // number of entries
	lcp    uint16 // bytes shared with the pattern before it
	length uint16
	again  uint8 // bytes that a failure link in its tail needs
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

// A spelling is a pattern with its entry, as it comes from the needles.
type spelling struct {
	text []byte
	entry
}

// newAutomaton builds the automaton of the spellings. It takes them over and
// sorts them.
func newAutomaton(sp []spelling) *automaton {
	slices.SortFunc(sp, func(a, b spelling) int {
		if c := bytes.Compare(a.text, b.text); c != 0 {
			return c
		}
		if a.secret != b.secret {
			return int(a.secret) - int(b.secret)
		}
		return int(a.form) - int(b.form)
	})
	a := new(automaton)
	texts := a.group(sp)
	a.links(a.heads(texts))
	a.summarise()
	return a
}

// An edge leads from a head to a child that is not its first.
type edge struct {
	from, to uint32
	by       byte
}

// group fills in patterns and entries, and returns the texts of the patterns.
func (a *automaton) group(sp []spelling) [][]byte {
	var texts [][]byte
	a.entries = make([]entry, 0, len(sp))
	for i := range sp {
		text := sp[i].text
		if n := len(texts); n > 0 && bytes.Equal(text, texts[n-1]) {
			if last := &a.entries[len(a.entries)-1]; last.secret == sp[i].secret && last.piece == 0 && sp[i].piece == 0 {
				// The same secret spells it in two ways: the first name will do, with
				// what either says of cut values and neighbours.
				if c := sp[i].cut; c != 0 && (last.cut == 0 || c < last.cut) {
					last.cut = c
				}
				last.ext |= sp[i].ext
				last.left = max(last.left, sp[i].left)
				continue
			}
			a.entries = append(a.entries, sp[i].entry)
			a.patterns[n-1].n++
			continue
		}
		lcp := 0
		if n := len(texts); n > 0 {
			lcp = sharedPrefix(texts[n-1], text)
		}
		a.patterns = append(a.patterns, pattern{
			entry: uint32(len(a.entries)), n: 1, lcp: uint16(lcp), length: uint16(len(text)), again: forms[sp[i].form].again(),
		})
		a.entries = append(a.entries, sp[i].entry)
		texts = append(texts, text)
		a.maxLen = max(a.maxLen, len(text))
		if len(texts) == 1 || len(text) < a.minLen {
			a.minLen = len(text)
		}
	}
	return texts
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

// What Form.again returns is at least leastAgain. A pattern that ends inside a
// tail of another is no longer.
const (
	leastAgain = 7
	mostAgain  = 31
)

// tailMin is the least length of a tail that is worth its record.
const tailMin = 8

// headLengths returns for each pattern how many bytes of it are heads.
func (a *automaton) headLengths(texts [][]byte) []int {
	lengths := make([]int, len(texts))
	// The first bytes of all patterns, by how many bytes are looked at again.
	firsts := make(map[uint8]*gramSet)
	for i := range a.patterns {
		if firsts[a.patterns[i].again] == nil {
			firsts[a.patterns[i].again] = newGramSet(len(texts), int(a.patterns[i].again)+1)
		}
	}
	// Those of patterns that could end inside a tail with a longer link.
	short := newGramSet(len(texts), leastAgain+1)
	for _, text := range texts {
		for _, set := range firsts {
			if len(text) >= set.size {
				set.add(text)
			}
		}
		if len(text) >= short.size && len(text) <= mostAgain {
			short.add(text)
		}
	}
	for i, text := range texts {
		p := &a.patterns[i]
		alone := int(p.lcp)
		if i+1 < len(texts) {
			alone = max(alone, int(a.patterns[i+1].lcp))
		}
		lengths[i] = max(alone+1, int(p.again))
		if lengths[i]+tailMin > len(text) || firsts[p.again].inside(text) || p.again > leastAgain && short.inside(text) {
			lengths[i] = len(text)
		}
	}
	return lengths
}

// A gramSet is a set of the first size bytes of patterns.
type gramSet struct {
	size  int
	bloom gramTable
	exact table
}

func newGramSet(n, size int) *gramSet {
	return &gramSet{size: size, bloom: newGramTable(n, bitsPerGram), exact: newTable(n)}
}

// hash mixes the gram at the start of b. Two grams of one hash count as equal:
// that costs a few heads.
func (g *gramSet) hash(b []byte) uint64 {
	h := uint64(0)
	for i := 0; i+8 <= g.size; i += 8 {
		h = (h ^ binary.LittleEndian.Uint64(b[i:])) * mix
		h ^= h >> 29
	}
	return h >> 1 // keys must not be all ones
}

func (g *gramSet) add(b []byte) {
	h := g.hash(b)
	g.bloom.add(h)
	g.exact.put(h, 0)
}

// inside reports whether a gram of the set occurs in text after its first byte.
func (g *gramSet) inside(text []byte) bool {
	for i := 1; i+g.size <= len(text); i++ {
		h := g.hash(text[i:])
		if g.bloom.has(h) {
			if _, ok := g.exact.get(h); ok {
				return true
			}
		}
	}
	return false
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// heads lays out the heads and tails, and returns the edges to heads other than
// first children, by increasing child.
func (a *automaton) heads(texts [][]byte) []edge {
	lengths := a.headLengths(texts)
	states, tails := 1, 0
	for i, text := range texts {
		states += lengths[i] - min(int(a.patterns[i].lcp), lengths[i])
		if n := len(text) - lengths[i]; n > 0 {
			tails += int(a.patterns[i].again) + n
		}
	}
	a.label = make([]byte, states)
	a.flags = make([]uint8, states)
	a.depth = make([]uint16, states)
	a.fail = make([]uint32, states)
	a.tails = make([]byte, 0, tails)
	a.ends = make(bitset, (tails+63)/64)

	next := uint32(1)
	path := []uint32{0} // heads of the current pattern, by depth
	var extra []edge
	for i, text := range texts {
		p := &a.patterns[i]
		path = path[:p.lcp+1]
		for d := int(p.lcp); d < lengths[i]; d++ {
			from := path[d]
			if from == next-1 && a.flags[from]&(flagChild|flagTail) == 0 {
				a.label[from] = text[d]
				a.flags[from] |= flagChild
			} else {
				a.flags[from] |= flagEdges
				extra = append(extra, edge{from: from, to: next, by: text[d]})
			}
			a.depth[next] = uint16(d + 1)
			path = append(path, next)
			next++
		}
		p.head = path[lengths[i]]
		if lengths[i] == len(text) {
			a.flags[p.head] |= flagEnd
			continue
		}
		a.flags[p.head] |= flagTail
		a.label[p.head] = text[lengths[i]]
		a.tails = append(a.tails, text[lengths[i]-int(p.again):lengths[i]]...)
		p.tail = uint32(len(a.tails))
		a.byTail = append(a.byTail, uint32(i))
		a.tails = append(a.tails, text[lengths[i]:]...)
		last := uint32(len(a.tails) - 1)
		a.ends[last>>6] |= 1 << (last & 63)
	}
	a.edges = newTable(len(extra))
	for _, e := range extra {
		a.edges.put(uint64(e.from)<<8|uint64(e.by), e.to)
		if e.from == 0 {
			a.root[e.by] = e.to
		}
	}
	if a.flags[0]&flagChild != 0 {
		a.root[a.label[0]] = 1
	}
	return extra
}

// links computes failure and dictionary links of the heads, by increasing depth.
func (a *automaton) links(extra []edge) {
	n := len(a.depth)
	// Counting sort by depth.
	count := make([]uint32, a.maxLen+2)
	for _, d := range a.depth {
		count[d+1]++
	}
	for d := 1; d < len(count); d++ {
		count[d] += count[d-1]
	}
	order := make([]uint32, n)
	for s, d := range a.depth {
		order[count[d]] = uint32(s)
		count[d]++
	}
	for _, s := range order[1:] {
		var parent uint32
		var by byte
		if a.flags[s-1]&flagChild != 0 {
			parent, by = s-1, a.label[s-1]
		} else {
			i, _ := slices.BinarySearchFunc(extra, s, func(e edge, s uint32) int { return cmp.Compare(e.to, s) })
			parent, by = extra[i].from, extra[i].by
		}
		var f position
		if parent != 0 {
			f = a.next(a.suffix(position{parent, uint32(a.depth[parent])}), by)
		}
		a.fail[s] = f.state
		if a.matching(f) {
			d := f.state
			if !a.ending(f) {
				d, _ = a.shorter(f)
			}
			a.flags[s] |= flagMatch
			if a.dict.n*2 >= len(a.dict.keys) {
				a.dict = a.dict.grown()
			}
			a.dict.put(uint64(s), d)
		}
		if a.flags[s]&flagEnd != 0 {
			a.flags[s] |= flagMatch
		}
	}
}

// summarise notes in each pattern what holds for it or one that is a suffix of
// it.
func (a *automaton) summarise() {
	for i := range a.patterns {
		p := &a.patterns[i]
		for _, en := range a.entries[p.entry : p.entry+uint32(p.n)] {
			p.pieces = p.pieces || en.piece != 0
			if en.ext&extRight != 0 {
				p.ext |= en.ext
			}
		}
	}
	type summary struct {
		pieces bool
		ext    alphabet
	}
	all := make([]summary, len(a.patterns))
	for i := range a.patterns {
		p := &a.patterns[i]
		sum := summary{p.pieces, p.ext}
		for s, ok := a.shorter(a.endOf(p)); ok; s, ok = a.shorter(a.at(s)) {
			q := &a.patterns[a.patternAt(s)]
			sum.pieces = sum.pieces || q.pieces
			sum.ext |= q.ext
		}
		all[i] = sum
	}
	for i := range a.patterns {
		a.patterns[i].pieces, a.patterns[i].ext = all[i].pieces, all[i].ext
	}
}

// endOf returns the position in which a pattern ends.
func (a *automaton) endOf(p *pattern) position {
	n := uint32(p.length)
	if h := uint32(a.depth[p.head]); h < n {
		return position{uint32(len(a.label)) + p.tail + n - h - 1, n}
	}
	return position{p.head, n}
}

// tail returns the offset of a tail state.
func (a *automaton) tail(s uint32) (offset uint32, ok bool) {
	return s - uint32(len(a.label)), s >= uint32(len(a.label))
}

// at returns the position of a state.
func (a *automaton) at(s uint32) position {
	o, ok := a.tail(s)
	if !ok {
		return position{s, uint32(a.depth[s])}
	}
	p := &a.patterns[a.patternAt(s)]
	return position{s, uint32(a.depth[p.head]) + 1 + o - p.tail}
}

// next is the transition function: amortised one step up for one step down.
func (a *automaton) next(p position, b byte) position {
	for {
		if o, ok := a.tail(p.state); ok {
			if !a.ends.has(o) && a.tails[o+1] == b {
				return position{p.state + 1, p.depth + 1}
			}
			p = a.suffix(p)
			continue
		}
		if p.state == 0 {
			if s := a.root[b]; s != 0 {
				return position{s, 1}
			}
			return position{}
		}
		f := a.flags[p.state]
		if a.label[p.state] == b {
			if f&flagChild != 0 {
				return position{p.state + 1, p.depth + 1}
			}
			if f&flagTail != 0 {
				q := &a.patterns[a.patternAt(p.state)]
				return position{uint32(len(a.label)) + q.tail, p.depth + 1}
			}
		}
		if f&flagEdges != 0 {
			if s, ok := a.edges.get(uint64(p.state)<<8 | uint64(b)); ok {
				return position{s, p.depth + 1}
			}
		}
		p = a.suffix(p)
	}
}

// suffix returns the failure link: the position of the longest proper suffix
// that begins a pattern.
func (a *automaton) suffix(p position) position {
	o, ok := a.tail(p.state)
	if !ok {
		return a.at(a.fail[p.state])
	}
	n := min(uint32(a.patterns[a.patternAt(p.state)].again), p.depth-1)
	var s position
	for _, b := range a.tails[o+1-n : o+1] {
		s = a.next(s, b)
	}
	return s
}

// open returns how much of what was read may still become a pattern: where a
// pattern ends that none goes on from, only what a failure link leads to.
func (a *automaton) open(p position) uint32 {
	if o, ok := a.tail(p.state); ok {
		if !a.ends.has(o) {
			return p.depth
		}
	} else if f := a.flags[p.state]; f&flagEnd == 0 || f&(flagChild|flagEdges|flagTail) != 0 {
		return p.depth
	}
	return a.suffix(p).depth
}

// ending reports whether a pattern ends in p.
func (a *automaton) ending(p position) bool {
	if o, ok := a.tail(p.state); ok {
		return a.ends.has(o)
	}
	return a.flags[p.state]&flagEnd != 0
}

// matching reports whether a pattern ends in p or in a suffix of it.
func (a *automaton) matching(p position) bool {
	o, ok := a.tail(p.state)
	if !ok {
		return a.flags[p.state]&flagMatch != 0
	}
	return a.ends.has(o) || a.minLen <= leastAgain && a.matching(a.suffix(p))
}

// shorter returns the state of the longest pattern that is a proper suffix of p.
func (a *automaton) shorter(p position) (uint32, bool) {
	if _, ok := a.tail(p.state); !ok {
		return a.dict.get(uint64(p.state))
	}
	if a.minLen > leastAgain {
		return 0, false
	}
	for p = a.suffix(p); ; p = a.suffix(p) {
		if a.ending(p) {
			return p.state, true
		}
		if _, ok := a.tail(p.state); !ok {
			return a.dict.get(uint64(p.state))
		}
	}
}

// matches calls f for every pattern that ends in p, the longest first, until f
// returns false.
func (a *automaton) matches(p position, f func(p int) bool) {
	s, ok := p.state, true
	if !a.ending(p) {
		s, ok = a.shorter(p)
	}
	for ok && f(a.patternAt(s)) {
		s, ok = a.shorter(a.at(s))
	}
}

// patternAt returns the index of the first pattern that ends in or below s, in
// sorted order.
func (a *automaton) patternAt(s uint32) int {
	if o, ok := a.tail(s); ok {
		// Patterns without a tail have 0; the last that begins at or before o has it.
		i, _ := slices.BinarySearchFunc(a.byTail, o, func(i uint32, o uint32) int {
			if a.patterns[i].tail > o {
				return 1
			}
			return -1
		})
		return int(a.byTail[i-1])
	}
	i, _ := slices.BinarySearchFunc(a.patterns, s, func(p pattern, s uint32) int { return cmp.Compare(p.head, s) })
	return i
}

// below calls f for every pattern whose path leads through p, until f returns
// false.
func (a *automaton) below(p position, f func(p *pattern) bool) {
	for i := a.patternAt(p.state); i < len(a.patterns); i++ {
		if !f(&a.patterns[i]) {
			return
		}
		if i+1 < len(a.patterns) && uint32(a.patterns[i+1].lcp) < p.depth {
			return
		}
	}
}

// A table is an open-addressing hash table from uint64 to uint32, built once.
// Keys are stored plus one, so that zero means free.
type table struct {
	keys  []uint64
	vals  []uint32
	shift uint8
	n     int
}

func newTable(n int) table {
	if n == 0 {
		return table{}
	}
	lg := bits.Len(uint(n*2 - 1))
	return table{keys: make([]uint64, 1<<lg), vals: make([]uint32, 1<<lg), shift: uint8(64 - lg)}
}

const mix = 0x9E3779B97F4A7C15

func (t *table) put(k uint64, v uint32) {
	mask := uint64(len(t.keys) - 1)
	for i := (k + 1) * mix >> t.shift; ; i = (i + 1) & mask {
		if t.keys[i] == 0 || t.keys[i] == k+1 {
			if t.keys[i] == 0 {
				t.n++
			}
			t.keys[i], t.vals[i] = k+1, v
			return
		}
	}
}

func (t *table) get(k uint64) (uint32, bool) {
	if len(t.keys) == 0 {
		return 0, false
	}
	mask := uint64(len(t.keys) - 1)
	for i := (k + 1) * mix >> t.shift; ; i = (i + 1) & mask {
		switch t.keys[i] {
		case k + 1:
			return t.vals[i], true
		case 0:
			return 0, false
		}
	}
}

// grown returns a copy with twice the room.
func (t *table) grown() table {
	g := newTable(max(8, len(t.keys)))
	for i, k := range t.keys {
		if k != 0 {
			g.put(k-1, t.vals[i])
		}
	}
	return g
}
