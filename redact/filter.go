package redact

// A filter proves quickly that a stretch of text holds no match, so that the
// automata need not read it. It errs only to the safe side.
//
// A match begins with the first bytes of a pattern, either as they are or
// interrupted by an escape, a line break or a control sequence. For the first
// case the text is probed every few bytes for the grams with which patterns
// begin: a pattern of at least q+s-1 bytes contributes its first s grams of q
// bytes, and of any s consecutive positions one is probed. For the second, the
// bytes that can interrupt a value are looked for on the way (they are rare),
// and each is checked: could the byte it spells follow the byte before it in
// any pattern?
//
// Whatever is not ruled out is read by the automata, from a little before. They
// are linear on any text, and a byte is read twice at most for each stop, so no
// text makes the whole slow.
type filter struct {
	long   probeTable // 8-grams of patterns of at least 15 bytes
	middle probeTable // 5-grams of patterns of 8 to 14 bytes
	mixed  probeTable // 5-grams of both, if there are both

	// What is probed: long every 8 bytes, middle every 4, or mixed every 4 in the
	// place of both.
	probed *probeTable
	stride int // 0: there is neither long nor middle
	gram   int // bytes

	short  gramTable // 4-grams of patterns of less than 8 bytes, probed everywhere
	inner  gramTable // 4-grams at the offsets 0 to innerMax of all patterns
	heads  gramTable // first 3 bytes of all patterns
	marked gramTable // 4-grams with a marked byte at their end, or at the beginning of a pattern

	second [256][4]uint64 // which second byte follows which first byte of a pattern
	first  [4]uint64      // first bytes of patterns
	early  [256]bool      // bytes at the offsets 0 to longMin of patterns
}

// marked are the bytes that logs escape most and that values have least: where
// an escape stands for one of them, one small table tells whether a value may go
// on there, however much of it there was before.
var marked = [256]bool{'"': true, '\\': true, '\'': true, '\n': true, '\r': true, '\t': true, '\b': true, '\f': true, '<': true, '>': true, '%': true, '&': true}

const (
	longGram, longStride     = 8, 8
	middleGram, middleStride = 5, 4
	shortGram                = 4
	longMin                  = longGram + longStride - 1
	middleMin                = middleGram + middleStride - 1
	// innerMax is the last offset of grams in inner. What began longGram bytes
	// ago or earlier is seen by its grams in long, or has been probed.
	innerMax = longGram - 5
	// filterWindow is how many bytes before an interruption may begin a match
	// that the probes do not see.
	filterWindow = longMin + 1
)

// newFilter returns the filter of the patterns.
func newFilter(a *automaton) *filter {
	f := new(filter)
	long, middle, short := 0, 0, 0
	for i := range a.patterns {
		switch n := a.patterns[i].length; {
		case n >= longMin:
			long++
		case n >= middleMin:
			middle++
		default:
			short++
		}
	}
	f.short = newGramTable(short, bitsPerGram)
	switch {
	case long > 0 && middle > 0:
		f.long, f.middle = newProbeTable(long*longStride, bitsPerGram), newProbeTable(middle*middleStride, bitsPerGram)
		f.mixed = newProbeTable((long+middle)*middleStride, probedBits)
		f.probed, f.stride, f.gram = &f.mixed, middleStride, middleGram
	case long > 0:
		f.long = newProbeTable(long*longStride, probedBits)
		f.probed, f.stride, f.gram = &f.long, longStride, longGram
	case middle > 0:
		f.middle = newProbeTable(middle*middleStride, probedBits)
		f.probed, f.stride, f.gram = &f.middle, middleStride, middleGram
	}
	f.inner = newGramTable(len(a.patterns)*(innerMax+1), innerBits)
	f.heads = newGramTable(len(a.patterns), bitsPerGram)
	var m textMaker
	var toMark []uint64 // their number is known only afterwards
	for i := range a.patterns {
		p := &a.patterns[i]
		text := m.text(&a.texts, p.src, p.code, min(int(p.length), longMin+1))
		f.add(text)
		for k, c := range text {
			if marked[c] {
				grown := append(toMark, load32(text, max(0, k-3)))
				if len(toMark) == cap(toMark) {
					clear(toMark) // parts of values are left nowhere
				}
				toMark = grown
			}
		}
	}
	m.wipe()
	f.marked = newGramTable(len(toMark), innerBits)
	for _, g := range toMark {
		f.marked.add(g)
	}
	clear(toMark)
	return f
}

// add adds a pattern by its first longMin+1 bytes, but for marked.
func (f *filter) add(text []byte) {
	switch n := len(text); {
	case n >= longMin:
		for o := range longStride {
			f.long.add(hash8(text, o))
		}
	case n >= middleMin:
		for o := range middleStride {
			f.middle.add(hash5(text, o))
		}
	default:
		f.short.add(load32(text, 0))
	}
	for o := 0; len(f.mixed.words) > 0 && len(text) >= middleMin && o < middleStride; o++ {
		f.mixed.add(hash5(text, o))
	}
	for o := 0; o <= innerMax && o+4 <= len(text); o++ {
		f.inner.add(load32(text, o))
	}
	f.heads.add(gram3(text[0], text[1], text[2]))
	f.second[text[0]][text[1]>>6] |= 1 << (text[1] & 63)
	f.first[text[0]>>6] |= 1 << (text[0] & 63)
	for _, c := range text {
		f.early[c] = true
	}
}

// inProgress reports whether a pattern may have begun before p[i], with 4 to
// longMin-1 bytes as they are. The probes see longer ones.
func (f *filter) inProgress(p []byte, from, i int) bool {
	for b := i - 4; b >= max(from, i-7) && f.inner.has(load32(p, b)); b-- {
		if f.heads.has(gram3(p[b], p[b+1], p[b+2])) {
			return true
		}
	}
	return f.inProgress8(p, from, i)
}

// inProgress8 is inProgress for at least 8 bytes. Where a pattern has begun, all
// its grams are there, from the first.
func (f *filter) inProgress8(p []byte, from, i int) bool {
	return f.longInProgress8(p, from, i) || i-from >= middleMin &&
		f.middle.has(hash5(p, i-middleGram)) && f.middle.has(hash5(p, i-middleGram-1)) &&
		f.middle.has(hash5(p, i-middleGram-2)) && f.middle.has(hash5(p, i-middleMin))
}

// longInProgress8 is inProgress8 for the patterns of long. Of the others find
// has seen so much.
func (f *filter) longInProgress8(p []byte, from, i int) bool {
	for b := i - longGram; b >= from && f.long.has(hash8(p, b)); b-- {
		if b == i-longMin || f.inner.has(load32(p, b)) && f.inner.has(load32(p, b+1)) && f.inner.has(load32(p, b+2)) && f.inner.has(load32(p, b+3)) {
			return true
		}
	}
	return false
}
