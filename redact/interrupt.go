package redact

import "bytes"

// This file decides whether a value may be interrupted at a byte of a text, by an
// escape, a line break or what else stands between its characters.

// interrupts are the bytes at which a value may go on in another spelling, or
// break off, besides dots. The bar closes a line of a hex dump, the last begins
// an ellipsis.
var interrupts = [...]byte{'\\', '%', '&', '\n', '\r', 0x1b, 0, '|', 0xe2}

// interrupted returns from where the automata must read because a value may be
// interrupted at p[i], or -1 if none is. Bars are for dumpBars.
func (e *engine) interrupted(p []byte, from, i int) int {
	switch c := p[i]; c {
	case '\n', '\r':
		if e.progress(p, from, i) || i > from && p[i-1] == '=' && e.progress(p, from, i-1) {
			return max(from, outermost(p, from, i)-filterWindow) // half an escape may go on after it
		}
	case 0x1b, 0:
		if c == 0 || i-from >= colourMin && e.mayFollow(p, from, i-1, opening{}.with(p[i-1:i])) {
			return max(from, outermost(p, from, i)-filterWindow)
		}
	case '.':
		// The run may have begun in the word before. If it began earlier, it was
		// looked at then.
		for k := 0; i > from && p[i-1] == '.'; k++ {
			if i--; k == 3 {
				return -1
			}
		}
		if i+1 < len(p) && p[i+1] != '.' || i+2 < len(p) && p[i+2] != '.' {
			return -1
		}
		// The value may have dots itself, and go on over the first of these.
		o := opening{}.with([]byte("..."))
		if e.progress8(p, from, i) || e.mayFollow(p, from, i, o) || e.mayBegin(o) {
			return max(from, i-filterWindow)
		}
	case 0xe2:
		if i+1 < len(p) && p[i+1] != 0x80 || i+2 < len(p) && p[i+2] != 0xa6 {
			return -1
		}
		if e.progress8(p, from, i) {
			return max(from, i-filterWindow)
		}
	case '\\':
		if i > from && p[i-1] == '\\' {
			return -1 // seen with the first of the run
		}
		if e.backslashes(p, from, i) {
			return max(from, outermost(p, from, i)-filterWindow)
		}
	case '%', '&':
		if e.escape(p, from, i, percentEscapes|entityEscapes) {
			return max(from, outermost(p, from, i)-filterWindow)
		}
	}
	return -1
}

// outermost returns where the first escape begins of those that the one at p[i]
// may be a part of.
func outermost(p []byte, from, i int) int {
	at := i
	for k := i - 1; k >= from && k > at-maxEscape && i-at < 3*maxEscape; k-- {
		switch c := p[k]; {
		case c == '\\' || c == '%' || c == '&':
			at = k
		case !isAlnum(c) && c != '#' && c != '{' && c != ';':
			return at
		}
	}
	return at
}

// escapesEnd returns the end of what may interrupt a value at p[at], or after it
// if outermost is before p[at]; a position up to which nothing interrupts, if so.
func escapesEnd(p []byte, at int) int {
	if next := p[at:min(len(p), at+maxEscape)]; indexInterrupt(next) == len(next) {
		return at + len(next)
	}
	end := at
	for last := at; end < min(len(p), last+maxEscape, at+4*maxEscape); end++ {
		switch c := p[end]; {
		case c == '\\' || c == '%' || c == '&':
			last = end
		case !isAlnum(c) && c != '#' && c != '{' && c != ';':
			return end + 1
		}
	}
	return end
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
// up to three, the first lowest.
type opening struct {
	b uint32
	n int
}

// with returns o with more bytes known.
func (o opening) with(more []byte) opening {
	for _, c := range more {
		if o.n == 3 {
			break
		}
		o.b |= uint32(c) << (8 * o.n)
		o.n++
	}
	return o
}

// after returns o with a byte before it.
func (o opening) after(c byte) opening {
	return opening{(o.b<<8 | uint32(c)) & 0xffffff, min(o.n+1, 3)}
}

// mayBegin reports whether a pattern may begin so.
func (e *engine) mayBegin(o opening) bool {
	a, b := byte(o.b), byte(o.b>>8)
	for s := range e.segments {
		f := e.segments[s].filter
		var ok bool
		switch o.n {
		case 0:
			ok = true
		case 1:
			ok = f.first[a>>6]>>(a&63)&1 != 0
		case 2:
			ok = f.second[a][b>>6]>>(b&63)&1 != 0
		default:
			ok = f.second[a][b>>6]>>(b&63)&1 != 0 && f.heads.has(uint64(o.b))
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
		o := then.after(p[i-1])
		if e.mayBegin(o) {
			return true
		}
		if i-from >= 2 {
			o = opening{then.b & 0xff, 1}.after(p[i-1]).after(p[i-2])
			if e.mayBegin(o) {
				return true
			}
		}
	}
	if i-from >= 3 {
		g := gram3(p[i-3], p[i-2], p[i-1]) | uint64(then.b&0xff)<<24
		for s := range e.segments {
			f := e.segments[s].filter
			if f.inner.has(g) || i-from > innerMax+4-1 && f.inProgress(p, from, i) {
				return true
			}
		}
	}
	return false
}

// quiet reports whether no value goes over p[i], or begins there, if that spells
// d, which is marked, whatever comes after it. It is goesOn for a first look: it
// asks little, and of what is doubtful it says false.
func (e *engine) quiet(p []byte, from, i int, d byte) bool {
	if i-from < 3 {
		return false
	}
	before := load32(p, i-3)&0xffffff | uint64(d)<<24
	for s := range e.segments {
		f := e.segments[s].filter
		// Beginning there, one byte before, two, or earlier.
		if f.first[d>>6]>>(d&63)&1 != 0 || f.second[p[i-1]][d>>6]>>(d&63)&1 != 0 ||
			f.heads.has(before>>8) || f.marked.has(before) {
			return false
		}
	}
	return true
}

// goesOn reports whether a value may go over p[i], or begin there, if that
// spells d and the three bytes of after, at least, come next.
func (e *engine) goesOn(p []byte, from, i int, d byte, after []byte) bool {
	// The seven bytes around it, and d in their middle.
	g := uint64(d)<<24 | gram3(after[0], after[1], after[2])<<32
	if i-from >= 3 {
		g |= gram3(p[i-3], p[i-2], p[i-1])
	} else {
		for k := 1; k <= i-from; k++ {
			g |= uint64(p[i-k]) << (24 - 8*k)
		}
	}
	first := 3 - min(3, i-from)
	for s := range e.segments {
		f := e.segments[s].filter
		grams := &f.inner
		if marked[d] {
			grams = &f.marked
		} else if i-from > innerMax+4-1 && f.inProgress(p, from, i) {
			return true
		}
		for k := first; k <= 3; k++ {
			if grams.has(g >> (8 * k) & 0xffffffff) {
				return true
			}
		}
	}
	return false
}

// touches is goesOn for several bytes in the place of p[i:end], whatever stands
// after them: as it is, or with escapes of one backslash decoded.
func (e *engine) touches(p []byte, from, i, end int, spelled []byte) bool {
	known := true // by the marked bytes alone
	for _, c := range spelled {
		known = known && marked[c]
	}
	if !known && i-from > innerMax+4-1 && e.progress(p, from, i) {
		return true
	}
	var b [3 + maxRun + 1 + 3]byte
	before := copy(b[:], p[max(from, i-3):i])
	inside := before + copy(b[before:], spelled)
	// Of each escape after it, decoded or not: where a value has one as it stands, it
	// is read so.
	for asIs, seen := 0, 0; ; asIs++ {
		n, escapes := inside, 0
		for k := end; k < len(p) && n < inside+3; k++ {
			c := p[k]
			if c == '\\' && k+1 < len(p) && plainEscape[p[k+1]] != 0 {
				if asIs>>escapes&1 == 0 {
					k++
					c = plainEscape[p[k]]
				}
				escapes++
			}
			if interrupting(c) && c != '\\' || c == '\\' && (k+1 == len(p) || plainEscape[p[k+1]] == 0) {
				break
			}
			b[n] = c
			n++
		}
		if e.beginsWithin(b[:n], inside, known) {
			return true
		}
		if seen = max(seen, escapes); asIs+1 == 1<<seen {
			return false
		}
	}
}

// beginsWithin reports whether a pattern may begin in the first upto bytes of b,
// of which no more is known. If marks is set, each four that begin there have a
// marked byte, and what began before b is told as well.
func (e *engine) beginsWithin(b []byte, upto int, marks bool) bool {
	for s := range e.segments {
		grams := &e.segments[s].filter.inner
		if marks {
			grams = &e.segments[s].filter.marked
		}
		for k := range min(upto, len(b)-3) {
			if grams.has(load32(b, k)) {
				return true
			}
		}
	}
	for k := max(0, len(b)-3); k < upto; k++ {
		if e.mayBegin(opening{}.with(b[k:])) {
			return true
		}
	}
	return false
}

// nested reports whether the escape at p[i:end], which spells c, the first byte
// of another escape, may be part of a value, as it is or decoded again.
func (e *engine) nested(p []byte, from, i, end int, c byte) bool {
	var in [maxEscape + 4]byte
	var out [16]byte
	for range 6 {
		in[0] = c
		if e.touches(p, from, i, end, in[:1]) {
			return true
		}
		n := 1
		for k := end; k < len(p) && n < len(in) && !interrupting(p[k]); k++ {
			in[n] = p[k]
			n++
		}
		m, res, st := (backslashEscapes | percentEscapes | entityEscapes).decode(in[:n], out[:0])
		if st == escapeMore || st == escapeDone && len(res) != 1 {
			return true
		}
		if st == escapeNone {
			return false
		}
		c, end = res[0], end+m-1
		if c != '%' && c != '&' && c != '\\' {
			return e.joins(p, from, i, c) || e.spelled(p, from, i, end, res)
		}
	}
	return true
}

// standing reports whether three bytes from p[i] on are there, none of which
// interrupts.
func standing(p []byte, i int) bool {
	return i+2 < len(p) && !interrupting(p[i]) && !interrupting(p[i+1]) && !interrupting(p[i+2])
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
	if e.joins(p, from, i, res[0]) {
		return true
	}
	if e.inert(p, from, i, b, n, res) {
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

// joins reports whether c, which an escape at p[i] spells, may be part of
// another escape that begins before it.
func (e *engine) joins(p []byte, from, i int, c byte) bool {
	if !isAlnum(c) && c != '#' && c != ';' && c != '{' && c != '}' {
		return false
	}
	for k := i - 1; k >= from && k > i-maxEscape; k-- {
		switch {
		case p[k] == '\\' || p[k] == '%' || p[k] == '&':
			return true
		case !isAlnum(p[k]) && p[k] != '#' && p[k] != '{' && p[k] != ';':
			return false
		}
	}
	return false
}

// inert reports whether none of the bytes that an escape spells, decoded again
// as long as it gives another escape, is among the first of a pattern: then no
// value goes on over it or begins in it. b begins with the escape, whose n bytes
// spell res.
func (e *engine) inert(p []byte, from, i int, b []byte, n int, res []byte) bool {
	var again [maxEscape + 20]byte
	var out [16]byte
	for range 6 {
		for _, c := range res {
			if e.early[c] || e.joins(p, from, i, c) || interruptClass[c] && c != '%' && c != '&' && c != '\\' {
				return false
			}
		}
		last := res[len(res)-1]
		if last != '%' && last != '&' && last != '\\' {
			return true
		}
		again[0] = last
		b = again[:1+copy(again[1:], b[n:])]
		var st escapeStatus
		n, res, st = (backslashEscapes | percentEscapes | entityEscapes).decode(b, out[:0])
		if st == escapeNone {
			return true
		}
		if st == escapeMore || len(res) == 0 {
			return false
		}
	}
	return false
}

// spelled reports whether bytes that an escape at p[i:end] spells may be part of
// a value.
func (e *engine) spelled(p []byte, from, i, end int, res []byte) bool {
	switch c := res[0]; c {
	case '"', '\'', '<', '>':
		if len(res) == 1 && e.quiet(p, from, i, c) {
			return false
		}
	case '%', '&', '\\':
		return len(res) > 1 || e.nested(p, from, i, end, c)
	case '\n', '\r':
		if e.progress(p, from, i) || i > from && p[i-1] == '=' {
			return true
		}
	case 0x1b, 0:
		return true
	}
	if len(res) == 1 && !interrupting(res[0]) && standing(p, end) {
		return e.goesOn(p, from, i, res[0], p[end:])
	}
	if len(res) == 1 && !interrupting(res[0]) && end < len(p) && p[end] == '%' {
		return e.amongPercents(p, from, i, end, res[0])
	}
	for j := range res {
		o := opening{}.with(res[j:])
		for k := end; k < len(p) && o.n < 3 && !interrupting(p[k]); k++ {
			o = o.with(p[k : k+1]) // what follows, as far as it is there as it is
		}
		if j == 0 && e.mayFollow(p, from, i, o) || e.mayBegin(o) {
			return true
		}
	}
	return false
}

// amongPercents is goesOn where percent-encodings come next, such as those of an
// address in the query of another one: as they are, and decoded again and again.
func (e *engine) amongPercents(p []byte, from, i, end int, d byte) bool {
	var room [32]byte // three bytes, escaped five times
	var out [16]byte
	after := room[:copy(room[:], p[end:])]
	for range 6 {
		if len(after) < 3 {
			return true
		}
		for _, c := range after[:3] {
			if interrupting(c) && c != '%' {
				return true
			}
		}
		if e.goesOn(p, from, i, d, after) {
			return true
		}
		// In place: what is decoded is shorter.
		n, changed := 0, false
		for k := 0; k < len(after); n++ {
			m, res, st := 1, after[k:k+1], escapeNone
			if after[k] == '%' {
				if m, res, st = decodePercent(after[k:], out[:0]); st != escapeDone {
					m, res = 1, after[k:k+1]
				}
			}
			if st == escapeMore {
				break // what is cut off
			}
			if len(res) != 1 {
				return true
			}
			changed = changed || st == escapeDone
			after[n] = res[0]
			k += m
		}
		if after = after[:n]; !changed {
			return false
		}
	}
	return true
}

func interrupting(c byte) bool { return interruptClass[c] && c != '.' }

// plainEscape is what a backslash spells with one byte after it, where that is
// no part of another escape; 0 for every other byte.
var plainEscape = [256]byte{
	'"': '"', '/': '/', '\'': '\'', '<': '<', '>': '>', '(': '(', ')': ')', '[': '[', ']': ']', ' ': ' ', '!': '!', '$': '$', '=': '=', '*': '*', '?': '?', '~': '~',
	'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f',
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
	// However it is read, there is nothing but backslashes and quotes.
	if c := p[end]; marked[c] && plainEscape[c] == c && e.quiet(p, from, i, c) && (n == 1 || e.quiet(p, from, i, '\\')) {
		return false
	}
	if c := p[end]; n == 1 || !e.early['\\'] {
		// The usual case: a quote, or a line end, however often escaped.
		switch d := plainEscape[c]; d {
		case 0:
		case '\n', '\r':
			if n < 3 && !e.early[d] {
				return e.progress(p, from, i) || i > from && p[i-1] == '='
			}
		default:
			if !e.early[d] && (n < 3 || d == c) {
				return false
			}
			if n == 1 && standing(p, end+1) {
				return e.goesOn(p, from, i, d, p[end+1:])
			}
			if n == 1 {
				b := [1]byte{d}
				return e.touches(p, from, i, end+1, b[:])
			}
		}
	}
	if n > 1 && e.run(p, from, i, end) {
		return true
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
	if bytes.Equal(res, ellipsis) && e.progress8(p, from, i) || e.joins(p, from, i, res[0]) {
		return true
	}
	return e.spelled(p, from, i, end-1+m, res)
}

// run reports whether the run of backslashes p[i:end], two or more, may be part
// of a value with what it escapes, as long as it spells backslashes.
func (e *engine) run(p []byte, from, i, end int) bool {
	var spelled [maxRun + 1]byte
	for n := end - i; n > 1; {
		odd := n%2 == 1
		n /= 2
		for k := range n {
			spelled[k] = '\\'
		}
		if !odd {
			if e.touches(p, from, i, end, spelled[:n]) {
				return true
			}
			continue
		}
		// The last one and what follows are an escape themselves.
		d := plainEscape[p[end]]
		if d == 0 || d == '\n' || d == '\r' || n > 1 && isAlnum(p[end]) {
			return true // decoded again, it may vanish
		}
		// Where a value has them as they stand, they are read so.
		if e.touches(p, from, i, end-1, spelled[:n]) {
			return true
		}
		spelled[n] = d
		if e.touches(p, from, i, end+1, spelled[:n+1]) {
			return true
		}
	}
	return false
}
