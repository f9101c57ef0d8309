package redact

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sync"
)

// newAutomaton builds the automaton of the needles, whose texts are made from t.
// It calls grouped when the patterns are known, side by side with what it does
// after that.
func newAutomaton(t texts, needles []needle, grouped func(*automaton)) *automaton {
	a := &automaton{texts: t}
	a.group(needles, sortNeedles(&a.texts, needles))
	done := make(chan struct{})
	go func() {
		defer close(done)
		grouped(a)
	}()
	b := &builder{automaton: a}
	b.trie()
	b.findOdd()
	b.links()
	b.summarise()
	a.ended = newEndCache(len(a.patterns))
	a.dict = a.dict.fit(a.dict.n)
	<-done
	return a
}

// A builder holds what only the construction of an automaton needs.
type builder struct {
	*automaton
	parents []uint32            // of heads
	ends    []uint32            // the states in which the patterns end
	above   []uint32            // the heads from which the last stretches of patterns begin
	whole   []uint32            // for each pattern, one that begins with it and was searched
	hits    map[uint32][]span16 // by pattern
}

// group fills in patterns and entries.
func (a *automaton) group(needles []needle, s *sorted) {
	n := 0
	for i := range s.order {
		if !s.repeats(i) {
			n++
		}
	}
	a.patterns = make([]pattern, 0, n)
	a.entries = make([]entry, 0, len(needles))
	a.minLen = math.MaxInt
	used := make([]uint32, len(a.sources)) // 1 + new index
	for i, id := range s.order {
		nd := &needles[id]
		if s.repeats(i) {
			// What the same secret spells in two ways has the first name, with what
			// either says of cut values and neighbours.
			if last := &a.entries[len(a.entries)-1]; last.secret == nd.secret && last.piece == 0 && nd.piece == 0 {
				if nd.cut != 0 && (last.cut == 0 || nd.cut < last.cut) {
					last.cut = nd.cut
				}
				last.ext |= nd.ext
				last.left = max(last.left, nd.left)
				continue
			}
			a.entries = append(a.entries, nd.entry)
			a.patterns[len(a.patterns)-1].n++
			continue
		}
		used[nd.src] = 1
		a.patterns = append(a.patterns, pattern{
			src: nd.src, entry: uint32(len(a.entries)), n: 1, lcp: s.lcp[i], length: nd.length, code: nd.code, again: nd.again,
		})
		a.entries = append(a.entries, nd.entry)
		a.maxLen = max(a.maxLen, int(nd.length))
		a.minLen = min(a.minLen, int(nd.length))
	}
	if cap(a.entries) > len(a.entries)+len(a.entries)/16 {
		a.entries = slices.Clone(a.entries)
	}
	// Of spellings that occur twice, one source is enough.
	kept := make([]source, 0, len(a.sources))
	for i, u := range used {
		if u != 0 {
			kept = append(kept, a.sources[i])
			used[i] = uint32(len(kept))
		}
	}
	a.sources = slices.Clone(kept)
	for i := range a.patterns {
		a.patterns[i].src = used[a.patterns[i].src] - 1
	}
}

// trie lays out the heads and their children. Heads are as deep as two adjacent
// patterns are alike: each is made when the first pattern that leaves it has
// been read.
func (b *builder) trie() {
	type child struct {
		parent, of uint32
		isHead     bool
	}
	a := b.automaton
	children := make([]child, 0, len(a.patterns)+len(a.patterns)/2)
	a.heads = append(a.heads, head{})
	a.flags = append(a.flags, 0)
	b.ends = make([]uint32, len(a.patterns))
	b.above = make([]uint32, len(a.patterns))
	path := []uint32{0}
	for i := range a.patterns {
		// What is complete once the next pattern leaves it.
		depth := uint16(0)
		if i+1 < len(a.patterns) {
			depth = a.patterns[i+1].lcp
		}
		cur, first := child{of: uint32(i)}, uint32(i)
		for top := path[len(path)-1]; a.heads[top].depth > depth; top = path[len(path)-1] {
			cur.parent = top
			children = append(children, cur)
			cur, first = child{of: top, isHead: true}, a.heads[top].pattern
			path = path[:len(path)-1]
		}
		if top := path[len(path)-1]; a.heads[top].depth < depth {
			h := uint32(len(a.flags))
			a.heads = append(a.heads, head{pattern: first, depth: depth})
			a.flags = append(a.flags, 0)
			path = append(path, h)
			if !cur.isHead && a.patterns[i].length == depth {
				a.flags[h] |= flagEnd
				b.ends[i] = h
				continue
			}
		}
		cur.parent = path[len(path)-1]
		children = append(children, cur)
	}
	n := uint32(len(a.flags))
	b.parents = make([]uint32, n)
	a.heads = append(a.heads, head{})
	for _, c := range children {
		a.heads[c.parent].children++
	}
	sum := uint32(0)
	for i := range a.heads {
		sum, a.heads[i].children = sum+a.heads[i].children, sum
	}
	at := make([]uint32, n)
	a.labels = make([]byte, len(children))
	a.targets = make([]uint32, len(children))
	for _, c := range children {
		k := a.heads[c.parent].children + at[c.parent]
		at[c.parent]++
		p, target := c.of, n+c.of
		if c.isHead {
			b.parents[c.of] = c.parent
			p, target = a.heads[c.of].pattern, n+uint32(len(a.patterns))+c.of
			if a.heads[c.of].depth == a.heads[c.parent].depth+1 {
				target = c.of
			}
		} else {
			b.ends[c.of], b.above[c.of] = target, c.parent
		}
		q := &a.patterns[p]
		a.labels[k], a.targets[k] = a.at(q.src, q.code, int(a.heads[c.parent].depth)), target
	}
	for k := a.heads[0].children; k < a.heads[1].children; k++ {
		a.root[a.labels[k]] = a.targets[k]
	}
	a.heads, a.flags = slices.Clone(a.heads), slices.Clone(a.flags)
}

// findOdd finds the stretches inside which patterns end, or begin with more
// bytes than are read again.
func (b *builder) findOdd() {
	a := b.automaton
	n := uint32(len(a.flags))
	// A pattern with which the next one begins need not be searched too.
	b.whole = make([]uint32, len(a.patterns))
	for i := len(a.patterns) - 1; i >= 0; i-- {
		b.whole[i] = uint32(i)
		if b.ends[i] < n && a.patterns[i].again == a.patterns[i+1].again {
			b.whole[i] = b.whole[i+1]
		}
	}
	b.hits = make(map[uint32][]span16)
	sets := newBeginnings(a)
	var mu sync.Mutex
	parallel(len(a.patterns), 256, func(lo, hi int) {
		var m textMaker
		for i := lo; i < hi; i++ {
			p := &a.patterns[i]
			if b.whole[i] != uint32(i) {
				continue
			}
			if hits := b.search(sets, p, m.text(&a.texts, p.src, p.code, int(p.length))); hits != nil {
				mu.Lock()
				b.hits[uint32(i)] = hits
				mu.Unlock()
			}
		}
		m.wipe()
	})
	odd := func(i uint32, end uint16) bool {
		hits := b.hits[b.whole[i]]
		return hits != nil && hits[0].lo+shortGram <= end
	}
	for h := uint32(1); h < n; h++ {
		if d := a.heads[h].depth; d > a.heads[b.parents[h]].depth+1 && odd(a.heads[h].pattern, d-1) {
			a.flags[h] |= flagOdd
			a.odd = append(a.odd, oddStretch{state: n + uint32(len(a.patterns)) + h})
		}
	}
	for i := range b.hits {
		if p := &a.patterns[i]; b.ends[i] >= n && odd(i, p.length) {
			a.odd = append(a.odd, oddStretch{state: n + i})
		}
	}
	// By state: the stretches of patterns come first.
	slices.SortFunc(a.odd, func(x, y oddStretch) int { return cmp.Compare(x.state, y.state) })
	for k, o := range a.odd {
		if i := o.state - n; i < uint32(len(a.patterns)) {
			a.patterns[i].odd = uint32(k + 1)
		}
	}
}

// A span16 is a range of offsets in a text in which patterns may begin that make
// it odd.
type span16 struct{ lo, hi uint16 }

// spanStep is how many bytes after a beginning are not searched for others.
const spanStep = 64

// search returns where in a text patterns begin with more bytes than are read
// again, or with all they have.
func (b *builder) search(sets *beginnings, p *pattern, text []byte) (hits []span16) {
	again := int(p.again)
	for i := 1; ; i++ {
		if i = sets.find(text, i, again); i < 0 {
			return hits
		}
		if !b.begins(text[i:], again) {
			continue
		}
		hi := uint16(min(i+spanStep, len(text)))
		if n := len(hits); n > 0 && int(hits[n-1].hi)+spanStep > i {
			hits[n-1].hi = hi
		} else {
			hits = append(hits, span16{uint16(i), hi})
		}
		i += spanStep - 1
	}
}

// find returns the first place from i on where search must look closer, or -1.
func (s *beginnings) find(text []byte, i, again int) int {
	longer := &s.longer[again/8]
	if again == leastAgain && len(s.short.words) == 0 { // the usual case
		words, shift := longer.words, longer.shift&63
		for ; i+leastAgain < len(text); i++ {
			h := binary.LittleEndian.Uint64(text[i:]) * mix
			if w := words[h>>shift]; both(w, h) != 0 && w&gramBits(h) == gramBits(h) {
				return i
			}
		}
		return -1
	}
	for ; i+shortGram <= len(text); i++ {
		if i+again < len(text) && longer.has(gramOf(text[i:], again/8)) ||
			again > leastAgain && i+leastAgain < len(text) && s.middle.has(gramOf(text[i:], 0)) ||
			len(s.short.words) > 0 && s.short.has(load32(text, i)) {
			return i
		}
	}
	return -1
}

// begins reports whether a pattern begins a text, or more than again bytes do
// begin a pattern.
func (b *builder) begins(text []byte, again int) bool {
	var p position
	for _, c := range text[:min(len(text), again+1)] {
		s := b.child(p, c)
		if s == 0 {
			return false
		}
		if p = (position{s, p.depth + 1}); b.ending(p) {
			return true
		}
	}
	return int(p.depth) > again
}

// beginnings are sets of the first bytes of patterns.
type beginnings struct {
	longer [mostAgain/8 + 1]gramTable // one byte more than is read again, by how many are
	middle gramTable                  // the first 8 bytes of patterns that are no longer than mostAgain
	short  gramTable                  // 4 bytes of patterns of less than 8
}

func newBeginnings(a *automaton) *beginnings {
	var s beginnings
	var used [len(s.longer)]bool
	middle, short := 0, 0
	for i := range a.patterns {
		p := &a.patterns[i]
		used[p.again/8] = true
		switch {
		case p.length <= leastAgain:
			short++
		case p.length <= mostAgain:
			middle++
		}
	}
	for k := range s.longer {
		if used[k] {
			s.longer[k] = newGramTable(len(a.patterns), bitsPerGram)
		}
	}
	s.middle, s.short = newGramTable(middle, bitsPerGram), newGramTable(short, bitsPerGram)
	var m textMaker
	for i := range a.patterns {
		p := &a.patterns[i]
		n := int(p.length)
		text := m.text(&a.texts, p.src, p.code, min(n, 16))
		if n > 16 && isNumeric(text) {
			text = m.text(&a.texts, p.src, p.code, min(n, mostAgain+1))
		}
		for k := range s.longer {
			if used[k] && len(text) >= 8*k+8 {
				s.longer[k].add(gramOf(text, k))
			}
		}
		switch {
		case n <= leastAgain:
			s.short.add(load32(text, 0))
		case n <= mostAgain:
			s.middle.add(gramOf(text, 0))
		}
	}
	m.wipe()
	return &s
}

// gramOf mixes the first 8*k+8 bytes of b.
func gramOf(b []byte, k int) uint64 {
	h := binary.LittleEndian.Uint64(b)
	if k > 0 {
		h += binary.LittleEndian.Uint64(b[8:]) * 0xBF58476D1CE4E5B9
	}
	if k > 1 {
		h += binary.LittleEndian.Uint64(b[16:]) * 0x94D049BB133111EB
	}
	if k > 2 {
		h += binary.LittleEndian.Uint64(b[24:]) * 0xD6E8FEB86659FD93
	}
	return h
}

// numeric are the bytes of which texts consist whose links need more than 16
// bytes: numbers in rows.
var numeric = func() (t [256]bool) {
	for _, c := range "0123456789abcdefABCDEFx, " {
		t[c] = true
	}
	return
}()

func isNumeric(b []byte) bool {
	for _, c := range b {
		if !numeric[c] {
			return false
		}
	}
	return true
}

// links computes the failure links of heads and odd stretches, by increasing
// depth: each is found by going on from one that is less deep.
func (b *builder) links() {
	a := b.automaton
	walkers := make([]walker, len(a.odd))
	asleep := make([]int, a.maxLen+1) // 1 + the first walker that waits for a depth
	for i := range walkers {
		w := &walkers[i]
		w.state = a.odd[i].state
		var h uint32
		w.p, h = a.stretch(w.state)
		w.begin, w.end = b.extent(w.state)
		w.parent = b.headAbove(w.state, h)
		w.hits = b.hits[b.whole[b.patternOf(w.state, h)]]
		w.next, asleep[w.begin] = asleep[w.begin], i+1
	}
	order := b.headsByDepth()
	var active []int
	for d := 1; d <= a.maxLen; d++ {
		// The links of one depth are found side by side, for they depend on lesser
		// depths alone, and stored one by one.
		n := 0
		for n < len(order) && int(a.heads[order[n]].depth) == d {
			n++
		}
		parallel(n, 256, func(lo, hi int) {
			for _, h := range order[lo:hi] {
				b.linkHead(h)
			}
		})
		for _, h := range order[:n] {
			hd := &a.heads[h]
			if b.note(position{h, uint32(d)}, position{hd.fail, uint32(hd.failDepth)}) {
				a.flags[h] |= flagDict
			}
		}
		order = order[n:]
		for i := asleep[d-1]; i > 0; {
			w := &walkers[i-1]
			next := w.next
			w.at = position{}
			switch {
			case d-1 > int(w.begin):
				w.at = a.suffix(position{w.state, uint32(d - 1)})
			case d > 1:
				w.at = a.suffix(position{w.parent, uint32(d - 1)})
			}
			switch wake := w.wake(d - 1); {
			case wake >= int(w.end):
			case wake >= d:
				w.next, asleep[wake] = asleep[wake], i
			default:
				active = append(active, i-1)
			}
			i = next
		}
		if d > 1 {
			parallel(len(active), 256, func(lo, hi int) {
				for _, i := range active[lo:hi] {
					w := &walkers[i]
					w.at = a.next(w.at, a.at(w.p.src, w.p.code, d-1))
				}
			})
		}
		kept := active[:0]
		for _, i := range active {
			w := &walkers[i]
			p := position{w.state, uint32(d)}
			if int(w.at.depth) > int(w.p.again) {
				a.odd[i].add(p, w.at)
			}
			b.note(p, w.at)
			switch wake := w.wake(d); {
			case wake >= int(w.end):
			case wake > d:
				w.next, asleep[wake] = asleep[wake], i+1
			default:
				kept = append(kept, i)
			}
		}
		active = kept
	}
}

// A walker goes along an odd stretch, except where nothing in it is odd.
type walker struct {
	state, parent uint32 // the stretch, and the head from which it begins
	p             *pattern
	begin, end    uint16
	at            position // the failure link of where it is
	hits          []span16 // from here on
	next          int      // 1 + the next walker that sleeps as long
}

// wake returns from which depth on the failure links must be known of a walker
// that is at a depth: that, or one at which nothing is odd.
func (w *walker) wake(depth int) int {
	again := int(w.p.again)
	if int(w.at.depth) > again {
		return min(depth, int(w.end))
	}
	for ; len(w.hits) > 0; w.hits = w.hits[1:] {
		if h := w.hits[0]; int(h.hi)+again+1 >= depth {
			return max(depth, int(h.lo)+shortGram-1)
		}
	}
	return int(w.end)
}

// extent returns the depths of the head before a stretch and of its last
// position.
func (b *builder) extent(s uint32) (begin, end uint16) {
	p, h := b.stretch(s)
	if h != 0 {
		return b.heads[b.parents[h]].depth, b.heads[h].depth - 1
	}
	return b.heads[b.headAbove(s, 0)].depth, p.length
}

// headAbove returns the head from which a stretch to head h begins, or that of
// a pattern.
func (b *builder) headAbove(s, h uint32) uint32 {
	if h != 0 {
		return b.parents[h]
	}
	return b.above[int(s)-len(b.flags)]
}

// patternOf returns the pattern along which a stretch to head h goes, or that of
// a pattern.
func (b *builder) patternOf(s, h uint32) uint32 {
	if h != 0 {
		return b.heads[h].pattern
	}
	return s - uint32(len(b.flags))
}

// linkHead finds the failure link of a head.
func (b *builder) linkHead(h uint32) {
	a := b.automaton
	hd, parent := &a.heads[h], b.parents[h]
	before := position{parent, uint32(hd.depth) - 1}
	if a.heads[parent].depth+1 < hd.depth {
		before.state = uint32(len(a.flags)+len(a.patterns)) + h
	}
	if before.depth == 0 {
		return // the root
	}
	p := &a.patterns[hd.pattern]
	f := a.next(a.suffix(before), a.at(p.src, p.code, int(before.depth)))
	hd.fail, hd.failDepth = f.state, uint16(f.depth)
}

// note stores which pattern ends at a suffix of p, if one does, from its failure
// link.
func (b *builder) note(p, fail position) bool {
	a := b.automaton
	if !a.matching(fail) {
		return false
	}
	s := fail.state
	if !a.ending(fail) {
		s, _ = a.shorter(fail)
	}
	if a.dict.n*2 >= len(a.dict.keys) {
		a.dict = a.dict.fit(max(8, 2*a.dict.n))
	}
	a.dict.put(dictKey(p), s)
	return true
}

// add adds a failure link, in the order of depths.
func (o *oddStretch) add(p, fail position) {
	off := uint16(p.depth - fail.depth)
	if n := len(o.jumps); n > 0 {
		if j := &o.jumps[n-1]; j.state == fail.state && j.off == off && uint32(j.hi)+1 == p.depth {
			j.hi++
			return
		}
	}
	o.jumps = append(o.jumps, jump{uint16(p.depth), uint16(p.depth), off, fail.state})
}

// headsByDepth returns all heads but the root.
func (b *builder) headsByDepth() []uint32 {
	count := make([]uint32, b.maxLen+1)
	for _, h := range b.heads[:len(b.flags)] {
		count[h.depth]++
	}
	sum := uint32(0)
	for d := range count {
		sum, count[d] = sum+count[d], sum
	}
	order := make([]uint32, len(b.flags))
	for i, h := range b.heads[:len(b.flags)] {
		order[count[h.depth]] = uint32(i)
		count[h.depth]++
	}
	return order[1:]
}

// summarise notes in each pattern what holds for it or one that is a suffix of
// it.
func (b *builder) summarise() {
	a := b.automaton
	for i := range a.patterns {
		p := &a.patterns[i]
		for _, en := range a.entries[p.entry : p.entry+uint32(p.n)] {
			p.pieces = p.pieces || en.piece != 0
			if en.ext&extRight != 0 {
				p.ext |= en.ext
			}
		}
	}
	// A pattern that is a suffix of another is shorter: its own are known first.
	var nested []int
	for i := range a.patterns {
		at, _ := a.endedBy(b.ends[i])
		if _, ok := a.shorter(at); ok {
			nested = append(nested, i)
		}
	}
	slices.SortFunc(nested, func(i, j int) int { return int(a.patterns[i].length) - int(a.patterns[j].length) })
	for _, i := range nested {
		p := &a.patterns[i]
		at, _ := a.endedBy(b.ends[i])
		s, _ := a.shorter(at)
		_, k := a.endedBy(s)
		p.pieces = p.pieces || a.patterns[k].pieces
		p.ext |= a.patterns[k].ext
	}
}
