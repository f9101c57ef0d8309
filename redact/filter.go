package redact

import (
	"bytes"
	"encoding/binary"
	"html"
	"math/bits"
)

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
	long   gramTable // 8-grams of patterns of at least 15 bytes, probed every 8
	middle gramTable // 5-grams of patterns of 8 to 14 bytes, probed every 4
	short  gramTable // 4-grams of shorter patterns, probed everywhere
	inner  gramTable // 4-grams at the offsets 0 to innerMax of all patterns
	heads  gramTable // first 3 bytes of all patterns

	second [256][4]uint64 // which second byte follows which first byte of a pattern
	first  [4]uint64      // first bytes of patterns
}

const (
	longGram, longStride     = 8, 8
	middleGram, middleStride = 5, 4
	shortGram                = 4
	longMin                  = longGram + longStride - 1
	middleMin                = middleGram + middleStride - 1
	middleMask               = 1<<(8*middleGram) - 1
	shortMask                = 1<<(8*shortGram) - 1
	// innerMax is the last offset at which the fourth byte from there may be the
	// first that is not as it is, unseen by the probes.
	innerMax = longMin - 3
	// filterWindow is how many bytes before an interruption may begin a match
	// that the probes do not see.
	filterWindow = longMin + 1
)

// newFilter returns the filter of the patterns.
func newFilter(sp []spelling) *filter {
	f := new(filter)
	long, middle, short := 0, 0, 0
	for i := range sp {
		switch n := len(sp[i].text); {
		case n >= longMin:
			long++
		case n >= middleMin:
			middle++
		default:
			short++
		}
	}
	f.long = newGramTable(long * longStride)
	f.middle = newGramTable(middle * middleStride)
	f.short = newGramTable(short)
	f.inner = newGramTable(len(sp) * (innerMax + 1))
	f.heads = newGramTable(len(sp))
	var pad [8]byte
	for i := range sp {
		text := sp[i].text
		switch n := len(text); {
		case n >= longMin:
			for o := range longStride {
				f.long.add(binary.LittleEndian.Uint64(text[o:]))
			}
		case n >= middleMin:
			for o := range middleStride {
				pad = [8]byte{}
				copy(pad[:], text[o:o+middleGram])
				f.middle.add(binary.LittleEndian.Uint64(pad[:]))
			}
		default:
			f.short.add(uint64(binary.LittleEndian.Uint32(text)))
		}
		for o := 0; o <= innerMax && o+4 <= len(text); o++ {
			f.inner.add(load32(text, o))
		}
		f.heads.add(gram3(text[0], text[1], text[2]))
		f.second[text[0]][text[1]>>6] |= 1 << (text[1] & 63)
		f.first[text[0]>>6] |= 1 << (text[0] & 63)
	}
	return f
}

func gram3(a, b, c byte) uint64 { return uint64(a) | uint64(b)<<8 | uint64(c)<<16 }

func load64(p []byte, i int) uint64 { return binary.LittleEndian.Uint64(p[i:]) }
func load32(p []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(p[i:])) }
func load40(p []byte, i int) uint64 { return load32(p, i) | uint64(p[i+4])<<32 }

// gramBits returns the bits of a hash within its word: from below the bits that
// select the word, at fixed places, for shifts by a constant are cheaper.
func gramBits(h uint64) uint64 {
	return 1<<(h>>38&63) | 1<<(h>>32&63) | 1<<(h>>26&63)
}

// A gramTable is a Bloom filter whose bits for one gram lie in one word. The
// empty table has nothing.
type gramTable struct {
	words []uint64
	shift uint8
}

// bitsPerGram makes about one probe in 200 a false alarm; maxGramWords bounds a
// table to 4 MiB.
const (
	bitsPerGram  = 16
	maxGramWords = 1 << 19
)

func newGramTable(grams int) gramTable {
	if grams == 0 {
		return gramTable{}
	}
	words := 1 << bits.Len(uint(grams*bitsPerGram/64))
	words = min(max(words, 8), maxGramWords)
	return gramTable{words: make([]uint64, words), shift: uint8(64 - bits.Len(uint(words-1)))}
}

func (t *gramTable) add(g uint64) {
	h := g * mix
	t.words[h>>(t.shift&63)] |= gramBits(h)
}

func (t *gramTable) has(g uint64) bool {
	if len(t.words) == 0 {
		return false
	}
	h := g * mix
	m := gramBits(h)
	return t.words[h>>(t.shift&63)]&m == m
}

// inProgress reports whether a pattern may have begun before p[i], with 4 to
// filterWindow bytes as they are.
func (f *filter) inProgress(p []byte, from, i int) bool {
	return i-from >= 4 && f.inner.has(load32(p, i-4)) || f.inProgress8(p, from, i)
}

// inProgress8 is inProgress for at least 8 bytes.
func (f *filter) inProgress8(p []byte, from, i int) bool {
	return i-from >= 8 && (f.long.has(load64(p, i-8)) || f.middle.has(load40(p, i-5)))
}

// skip reads p from a position at which no value is in progress. It returns the
// position from which the automata must read on, and up to where at least; or
// len(p) if final is set, which says that p ends the text, and nothing is left
// to read.
func (e *engine) skip(p []byte, from int, final, cut bool) (at, until int) {
	n := len(p)
	if e.cfg.noFilter {
		return from, n
	}
	least := e.minLen
	if cut {
		least = min(least, derivedMin)
	}
	if len(e.segments) == 0 || final && n-from < least {
		return n, n // an escape never makes a value shorter
	}
	at, until = n, n
	for lo, block := from, minBlock; lo < n && at == n; {
		hi := min(lo+block, n)
		at, until = e.stopWithin(p, from, lo, hi)
		lo, block = hi, min(4*block, maxBlock)
	}
	if !final {
		// What is in progress at the end must be known.
		at, until = min(at, max(from, n-filterWindow)), n
		return e.whole(p, from, at), until
	}
	end := len(bytes.TrimRight(p[from:], "\r\n")) + from
	if cut && at > end-filterWindow && e.progress8(p, from, end) {
		at, until = max(from, end-filterWindow), n
	}
	if end > from && p[end-1] == '|' && at > end-maxDumpLine {
		at, until = max(from, end-maxDumpLine), n
	}
	if at < n {
		at = e.whole(p, from, at)
	}
	return at, until
}

// whole moves a position back to before the JSON escape or the line of a hex
// dump that it may be in.
func (e *engine) whole(p []byte, from, at int) int {
	at = dumpLine(p, from, at)
	for k := 1; k <= 5 && at-k >= from; k++ {
		if p[at-k] == '\\' {
			at -= k
			for at > from && p[at-1] == '\\' {
				at--
			}
			return at
		}
	}
	return at
}

// A text is filtered block by block, so that what is found early costs little.
// The sizes are multiples of the strides.
const (
	minBlock = 1 << 8
	maxBlock = 1 << 11
)

// stopWithin is skip for what begins, or is interrupted, within p[lo:hi]. It
// returns len(p) where it finds nothing.
func (e *engine) stopWithin(p []byte, from, lo, hi int) (at, until int) {
	n := len(p)
	at, until = e.stop(p, from, lo, hi)
	for s := range e.segments {
		f := e.segments[s].filter
		if len(f.middle.words) > 0 {
			for i := lo; i < hi && i+middleGram <= n && i-middleStride+1 < at; i += middleStride {
				if f.middle.has(load40(p, i)) {
					at, until = max(from, i-middleStride+1), i+1
					break
				}
			}
		}
		if len(f.short.words) > 0 {
			for i := lo; i < hi && i+shortGram <= n && i < at; i++ {
				if f.short.has(load32(p, i)) {
					at, until = i, i+1
					break
				}
			}
		}
	}
	return at, until
}

// stop is stopWithin for the long patterns and for interruptions.
func (e *engine) stop(p []byte, from, lo, hi int) (stop, until int) {
	n := len(p)
	gram := hi
	for s := range e.segments {
		if t := &e.segments[s].filter.long; len(t.words) > 0 {
			gram = t.find(p, lo, gram)
		}
	}
	// The first interruption that counts, whichever byte it is: each finding
	// leaves less to search for the others.
	at, end := -1, min(gram+longGram, hi)
	for _, c := range interrupts {
		for i := lo; i < end; i++ {
			j := bytes.IndexByte(p[i:end], c)
			if j < 0 {
				break
			}
			i += j
			if r := e.interrupted(p, from, i); r >= 0 {
				at, until, end = r, i+1, i
			}
		}
	}
	for i := lo; i < end; i++ {
		if i = findDots(p, i, end); i < end {
			if r := e.interrupted(p, from, i); r >= 0 {
				at, until, end = r, i+1, i
			}
		}
	}
	if at >= 0 {
		return at, until
	}
	if gram < hi {
		return max(from, gram-longStride+1), gram + 1
	}
	return n, n
}

// find returns the first of the positions lo, lo+8, ... before hi at which p may
// have a gram of the table, or hi.
func (t *gramTable) find(p []byte, lo, hi int) int {
	words, shift := t.words, t.shift&63
	for i := lo; i < hi && i+longGram <= len(p); i += longStride {
		h := binary.LittleEndian.Uint64(p[i:]) * mix
		if w := words[h>>shift]; w>>(h>>38&63)&1 != 0 {
			if m := gramBits(h); w&m == m {
				return i
			}
		}
	}
	return hi
}

// findDots returns the first position from lo on, before end, at which p has two
// dots in a row, or one at its end; or end.
func findDots(p []byte, lo, end int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for i := lo; i < end; i += 8 {
		if i+8 <= len(p) {
			z := binary.LittleEndian.Uint64(p[i:]) ^ '.'*ones
			z = (z - ones) &^ z & highs
			if z&(z>>8) == 0 {
				continue // of three dots, two lie in one word
			}
		}
		for k := i; k < i+8 && k < end; k++ {
			if p[k] == '.' && (k+1 == len(p) || p[k+1] == '.') {
				return k
			}
		}
	}
	return end
}

// interrupts are the bytes at which a value may go on in another spelling, or
// break off, besides dots. The last begins an ellipsis.
var interrupts = [...]byte{'\\', '%', '&', '\n', '\r', 0x1b, 0, 0xe2}

// interrupted returns from where the automata must read because a value may be
// interrupted at p[i], or -1 if none is.
func (e *engine) interrupted(p []byte, from, i int) int {
	back := max(from, i-filterWindow)
	switch c := p[i]; c {
	case '\n', '\r':
		if i > from && p[i-1] == '|' {
			return max(from, i-maxDumpLine)
		}
		if e.progress(p, from, i) || i > from && p[i-1] == '=' && e.progress(p, from, i-1) {
			return back
		}
	case 0x1b, 0:
		if c == 0 || i-from >= colourMin && e.mayFollow(p, from, i-1, opening{}.with(p[i-1])) {
			return back
		}
	case '.':
		for i > from && p[i-1] == '.' {
			i-- // the run may have begun in the word before
		}
		if i+1 < len(p) && p[i+1] != '.' || i+2 < len(p) && p[i+2] != '.' {
			return -1
		}
		if e.progress8(p, from, i) {
			return max(from, i-filterWindow)
		}
	case 0xe2:
		if i+1 < len(p) && p[i+1] != 0x80 || i+2 < len(p) && p[i+2] != 0xa6 {
			return -1
		}
		if e.progress8(p, from, i) {
			return back
		}
	case '\\':
		if i > from && p[i-1] == '\\' {
			return -1 // seen with the first of the run
		}
		if e.backslashes(p, from, i) {
			return back
		}
	case '%', '&':
		if e.escape(p, from, i, percentEscapes|entityEscapes) {
			return back
		}
	}
	return -1
}

func (e *engine) progress(p []byte, from, i int) bool {
	for s := range e.segments {
		if e.segments[s].filter.inProgress(p, from, i) {
			return true
		}
	}
	return false
}

func (e *engine) progress8(p []byte, from, i int) bool {
	for s := range e.segments {
		if e.segments[s].filter.inProgress8(p, from, i) {
			return true
		}
	}
	return false
}

// An opening is the first bytes of what may be a value, as far as they are known:
// up to three.
type opening struct {
	b [3]byte
	n int
}

func (o opening) with(c byte) opening {
	if o.n < len(o.b) {
		o.b[o.n] = c
		o.n++
	}
	return o
}

// mayBegin reports whether a pattern may begin so.
func (e *engine) mayBegin(o opening) bool {
	for s := range e.segments {
		f := e.segments[s].filter
		var ok bool
		switch o.n {
		case 0:
			ok = true
		case 1:
			ok = f.first[o.b[0]>>6]>>(o.b[0]&63)&1 != 0
		case 2:
			ok = f.second[o.b[0]][o.b[1]>>6]>>(o.b[1]&63)&1 != 0
		default:
			ok = f.heads.has(gram3(o.b[0], o.b[1], o.b[2]))
		}
		if ok {
			return true
		}
	}
	return false
}

// mayFollow reports whether a value that began before p[i], as it is, may go on
// with then, of which at least one byte is known.
func (e *engine) mayFollow(p []byte, from, i int, then opening) bool {
	if i-from >= 1 {
		o := opening{}.with(p[i-1])
		for _, c := range then.b[:then.n] {
			o = o.with(c)
		}
		if e.mayBegin(o) {
			return true
		}
	}
	if i-from >= 2 && e.mayBegin(opening{}.with(p[i-2]).with(p[i-1]).with(then.b[0])) {
		return true
	}
	if i-from >= 3 {
		g := gram3(p[i-3], p[i-2], p[i-1]) | uint64(then.b[0])<<24
		for s := range e.segments {
			if e.segments[s].filter.inner.has(g) {
				return true
			}
		}
	}
	return false
}

// escape reports whether the escape at p[i] may be part of a value.
func (e *engine) escape(p []byte, from, i int, set escapeSet) bool {
	var out [16]byte
	b := p[i:min(len(p), i+maxEscape+2)]
	n, res, st := set.decode(b, out[:0])
	switch {
	case st == escapeMore || st == escapeDone && len(res) == 0:
		return true
	case st == escapeNone:
		return false
	}
	if bytes.HasPrefix(ellipsis, res) && len(res) == len(ellipsis) || b[0] == '%' && res[0] == ellipsis[0] {
		if e.progress8(p, from, i) {
			return true
		}
	}
	return e.spelled(p, from, i, i+n, res)
}

var ellipsis = []byte("…")

// spelled reports whether bytes that an escape at p[i:end] spells may be part of
// a value.
func (e *engine) spelled(p []byte, from, i, end int, res []byte) bool {
	switch c := res[0]; c {
	case '%':
		return true // may begin another escape
	case '&':
		if entityFollows(p[end:]) {
			return true
		}
	case '\n', '\r':
		if e.progress(p, from, i) || i > from && (p[i-1] == '|' || p[i-1] == '=') {
			return true
		}
	case 0x1b, 0:
		return true
	}
	for j := range res {
		var o opening
		for _, c := range res[j:] {
			o = o.with(c)
		}
		for k := end; k < len(p) && o.n < len(o.b) && !interrupting(p[k]); k++ {
			o = o.with(p[k]) // what follows, as far as it is there as it is
		}
		if j == 0 && e.mayFollow(p, from, i, o) || e.mayBegin(o) {
			return true
		}
	}
	return false
}

func interrupting(c byte) bool { return bytes.IndexByte(interrupts[:], c) >= 0 }

// entityFollows reports whether p goes on as an entity does after its "&", or
// ends before that is decided.
func entityFollows(p []byte) bool {
	for i, c := range p[:min(len(p), maxEscape)] {
		switch {
		case c == ';':
			return i > 0 && (p[0] == '#' || html.UnescapeString("&"+string(p[:i+1])) != "&"+string(p[:i+1]))
		case i == 0 && c == '#', isAlnum(c):
		case c == '\\' || c == '%' || c == '&':
			return true
		default:
			return false
		}
	}
	return len(p) < maxEscape
}

// maxRun is how many backslashes in a row are looked at.
const maxRun = 16

// backslashes reports whether the run of backslashes at p[i], with what it
// escapes, may be part of a value.
func (e *engine) backslashes(p []byte, from, i int) bool {
	end := i
	for end < len(p) && p[end] == '\\' {
		if end++; end-i > maxRun {
			return true
		}
	}
	if end >= len(p) {
		return true
	}
	n := end - i
	if n > 1 {
		o := opening{}.with('\\')
		if n == 2 && !interrupting(p[end]) {
			o = o.with(p[end])
		}
		if e.mayFollow(p, from, i, o) || e.mayBegin(o) {
			return true
		}
		if n%2 == 1 && isAlnum(p[end]) {
			return true // decoded again, it may vanish
		}
	}
	switch p[end] {
	case '%', '&':
		return true
	}
	var out [16]byte
	b := p[end-1 : min(len(p), end+14)]
	m, res, st := decodeBackslash(b, out[:0])
	switch {
	case st == escapeMore || st == escapeDone && len(res) == 0:
		return true
	case st == escapeNone:
		return false
	}
	if bytes.Equal(res, ellipsis) && e.progress8(p, from, i) {
		return true
	}
	if res[0] == '\\' {
		return true // \u005c: may begin another escape
	}
	return e.spelled(p, from, i, end-1+m, res)
}

// maxDumpLine is the length of a line of a hex dump, with room for a prefix.
const maxDumpLine = 96

// dumpLine returns where the line of a hex dump that at may be in begins, or at:
// after an offset and two spaces, one of which may still follow.
func dumpLine(p []byte, from, at int) int {
	lo := max(0, at-maxDumpLine)
	line := p[lo:min(len(p), at+dumpOffsetLen+2)]
	for i := 0; ; {
		j := bytes.Index(line[i:], []byte("  "))
		if j < 0 {
			break
		}
		if i += j; i >= dumpOffsetLen && allHex(line[i-dumpOffsetLen:i]) && lo+i-dumpOffsetLen < at {
			return max(from, lo+i-dumpOffsetLen)
		}
		i++
	}
	// The text may end within the offset, or between the spaces.
	n := 0
	for n < dumpOffsetLen+1 && at-n > from && (unhex[p[at-n-1]] >= 0 || n == 0 && p[at-1] == ' ') {
		n++
	}
	return at - n
}

func allHex(b []byte) bool {
	for _, c := range b {
		if unhex[c] < 0 {
			return false
		}
	}
	return true
}
