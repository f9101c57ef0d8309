package redact

import (
	"bytes"
	"math/bits"
)

// skip reads p from a position at which no value is in progress. It returns the
// position from which the automata must read on, and up to where at least; or
// len(p) if final is set, which says that p ends the text, and nothing is left
// to read. If the two are the same, p ends in one or two bytes with which a
// value may begin, which are better read together with what follows.
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
	block := minBlock
	for lo := from; lo < n && at == n; {
		hi := min(lo+block, n)
		at, until = e.stopWithin(p, from, lo, hi, final)
		lo, block = hi, max(block, min(4*block, maxBlock))
	}
	if !final {
		// What is in progress at the end must be known.
		if at > n-filterWindow-3 {
			if b, exact := e.begun(p, from); b < at {
				if until = n; at == n && exact {
					until = b
				}
				at = b
			}
		}
		if w := e.whole(p, from, at); w < at {
			return w, max(at, until)
		}
		return at, until
	}
	end := n
	for end > from && (p[end-1] == '\n' || p[end-1] == '\r') {
		end--
	}
	if cut && at > end-filterWindow && e.progress8(p, from, end) {
		at, until = max(from, end-filterWindow), n
	}
	if at < n {
		at = e.whole(p, from, at)
	}
	return at, until
}

// maxWhole is up to which length first is asked before skip.
const maxWhole = 1 << 10

// first is skip for a p of at least 8 bytes that is the whole of a text, in fewer
// calls: for the texts that adapters pass by the thousand. Where it does not know
// it returns -1 twice.
func (e *engine) first(p []byte, cut bool) (at, until int) {
	n := len(p)
	end := n
	if p[n-1] == '\n' {
		end--
	}
	switch p[end-1] {
	case '.', '=', '\n', '\r':
		return -1, -1
	}
	known := wholeRow // a line end may be the first of the bytes that interrupt a value
	if cut || end < n {
		known = cutRow
	}
	at, until = n, n
	for s := range e.segments {
		f := e.segments[s].filter
		for i, last := f.look(p, end, s == 0), n-f.gram; i <= last; i = f.again(p, i, last) {
			if i < 0 {
				return -1, -1
			}
			if f.begins(p, 0, i, wholeRow) || known < wholeRow && i+f.gram <= end && f.begins(p[:end], 0, i, known) {
				if b := max(0, i-f.stride+1); b < at {
					at, until = b, i+1
				}
				break
			}
		}
		if len(f.short.words) > 0 {
			if i := f.short.find4(p, 0, at); i >= 0 {
				at, until = i, i+1
			}
		}
		if end < n && f.inner.has(load32(p, end-4)) || known < wholeRow && f.stride == longStride && f.longInProgress8(p, 0, end) {
			return -1, -1
		}
	}
	if at < n {
		at = e.whole(p, 0, at)
	}
	return at, until
}

// nothing reports whether the filter finds nothing at all in several texts, none
// of them empty, which stand in p one directly after the other. None ends in a dot
// or an equals sign.
func (e *engine) nothing(p []byte, ends []uint16, cut bool) bool {
	if e.cfg.noFilter {
		return false
	}
	known := wholeRow
	if cut {
		known = cutRow
	}
	for s := range e.segments {
		f := e.segments[s].filter
		start, k := 0, 0 // of the text in which i is
		for i, last := f.look(p, len(p), s == 0), len(p)-f.gram; i <= last; i = f.again(p, i, last) {
			if i < 0 {
				return false
			}
			for ; i >= int(ends[k]); k++ {
				start = int(ends[k])
			}
			if end := int(ends[k]); i+f.gram <= end && f.begins(p[start:end], 0, i-start, known) {
				return false
			}
		}
		if len(f.short.words) > 0 && f.short.find4(p, 0, len(p)) >= 0 {
			return false
		}
		start = 0
		for k := 0; cut && f.stride == longStride && k < len(ends); k++ {
			end := int(ends[k])
			if f.longInProgress8(p, start, end) {
				return false
			}
			start = end
		}
	}
	return true
}

// passes reports whether the filter finds nothing at all in p, at least minPass
// bytes of a text that goes on, and nothing that is in progress at its end, but
// that a value may begin with its last one or two bytes: n is what is before
// those. It is skip for small writes; of what is doubtful it says false.
func (e *engine) passes(p []byte) (n int, ok bool) {
	n = len(p)
	end := n
	if p[n-1] == '\n' {
		end--
	}
	switch p[end-1] {
	case '=', '.', 0xe2, 0x80, '|', ' ', '\n', '\r':
		return 0, false
	}
	if e.cfg.noFilter || indexInterrupt(p[:end]) != end || bytes.IndexByte(p, e.cfg.format.open[0]) >= 0 {
		return 0, false
	}
	if !e.noBeginning(p) || e.progress(p, 0, end) {
		return 0, false
	}
	for s := 0; end < n && s < len(e.segments); s++ {
		if e.segments[s].filter.inner.has(load32(p, n-4)) { // three bytes and the line end are of a value
			return 0, false
		}
	}
	if dumpLine(p, 0, n) < n || e.mayBegin(opening{}.with(p[n-3:])) {
		return 0, false
	}
	switch {
	case e.mayBegin(opening{}.with(p[n-2:])):
		n -= 2
	case e.mayBegin(opening{}.with(p[n-1:])):
		n--
	}
	return n, true
}

// noBeginning reports whether no pattern begins in p, which goes on.
func (e *engine) noBeginning(p []byte) bool {
	for s := range e.segments {
		f := e.segments[s].filter
		if f.find(p, 0, 0, len(p), false) >= 0 || len(f.short.words) > 0 && f.short.find4(p, 0, len(p)) >= 0 {
			return false
		}
	}
	return true
}

// begun returns the position from which the automata must read so that what is
// in progress at the end of p is known, but for what the probes have seen. It is
// exact if the bytes from there on, one or two, are the first of a pattern.
func (e *engine) begun(p []byte, from int) (at int, exact bool) {
	n := len(p)
	if n == from {
		return n, false
	}
	switch p[n-1] {
	case '=', '.', 0xe2, 0x80, '|', ' ':
		return max(from, n-filterWindow-3), false // may interrupt what is before it
	}
	if e.progress(p, from, n) {
		return max(from, n-filterWindow), false
	}
	for k := min(3, n-from); k > 0; k-- {
		if e.mayBegin(opening{}.with(p[n-k:])) {
			return n - k, k <= 2
		}
	}
	return n, false
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

// A text is filtered block by block, for there are several things to look for,
// and what one of them finds early should cost the others little. The sizes are
// multiples of the strides.
const (
	minBlock = 1 << 8
	maxBlock = 1 << 11
)

// stopWithin is skip for what begins, or is interrupted, within p[lo:hi]. It
// returns len(p) where it finds nothing.
func (e *engine) stopWithin(p []byte, from, lo, hi int, final bool) (at, until int) {
	n := len(p)
	at, until = n, n
	for s := range e.segments {
		f := e.segments[s].filter
		if i := f.find(p, from, lo, min(hi, at+f.stride-1), final); i >= 0 && i-f.stride+1 < at {
			at, until = max(from, i-f.stride+1), i+1
		}
		if len(f.short.words) > 0 {
			if i := f.short.find4(p, lo, min(hi, at)); i >= 0 {
				at, until = i, i+1
			}
		}
	}
	// An interruption a little after what was found, in the next block too, may be
	// of a value that began before it. Of longMin bytes as they are, a probe sees
	// some. After those, it may be the last of several escapes that are one.
	end := hi
	if at < n {
		end = escapesEnd(p, min(n, at+longMin))
	}
	if r, k := e.interruption(p, from, lo, end); r < at {
		at, until = r, k+1
	} else if r < n {
		until = max(until, k+1)
	}
	if at < n && hi < n {
		// A long pattern whose gram is the first of the next block begins here.
		at = max(from, min(at, hi-longStride+1))
	}
	return at, until
}

// interruption returns the first position within p[lo:hi] at which a value may
// be interrupted, and from where the automata must read because of it; len(p)
// twice if there is none.
func (e *engine) interruption(p []byte, from, lo, hi int) (back, at int) {
	var bars dumpBars
	judge := func(i int) int {
		if p[i] == '|' {
			// A line counts whatever comes next.
			if begin := bars.line(p, from, i); begin < i {
				return begin
			}
			return -1
		}
		return e.interrupted(p, from, i)
	}
	for i := lo; i < hi; {
		if i += indexInterrupt(p[i:hi]); i == hi {
			break
		}
		if r := judge(i); r >= 0 {
			return r, i
		}
		// Where there is one there are more.
		if i++; hi-i < maskLen {
			continue
		}
		for mask := interruptMask(p[i:]); mask != 0; mask &= mask - 1 {
			k := i + bits.TrailingZeros64(mask)
			if r := judge(k); r >= 0 {
				return r, k
			}
		}
		i += maskLen
	}
	if n := len(p); hi == n && n > lo && p[n-1] == '.' {
		// What follows is not known.
		if r := e.interrupted(p, from, n-1); r >= 0 {
			return r, n - 1
		}
	}
	return len(p), len(p)
}

// find returns the first of the positions that are probed, from lo to before hi,
// which a pattern may begin at or up to stride-1 bytes before; -1 if there is
// none. Of any stride positions in a row one is probed.
func (f *filter) find(p []byte, from, lo, hi int, final bool) int {
	last := min(hi-1, len(p)-f.gram)
	if f.stride == 0 || lo > last {
		return -1
	}
	known := anyRow
	if final {
		known = wholeRow
	}
	for i := f.probed.probe(p, lo, last, f.stride); i <= last; i = f.again(p, i, last) {
		if f.begins(p, from, i, known) {
			return i
		}
	}
	return -1
}

// look returns the first of the positions of p that are probed whose gram is in
// the table, or one after len(p)-f.gram; -1 if one of the first end bytes may
// interrupt a value, which is asked for if all is set.
func (f *filter) look(p []byte, end int, all bool) int {
	last := len(p) - f.gram
	if f.stride == 0 || last < 0 {
		if all && indexInterrupt(p[:end]) != end {
			return -1
		}
		return len(p) + 1
	}
	if all {
		return f.probed.look(p, end, last, f.stride)
	}
	return f.probed.probe(p, 0, last, f.stride)
}

// again probes on after i.
func (f *filter) again(p []byte, i, last int) int {
	if i += f.stride; i > last {
		return i
	}
	return f.probed.probe(p, i, last, f.stride)
}

// A pattern has grams at so many offsets. Where there is one of them the others
// are beside it, as far as the text is known: how many must be for a row of them
// to count that runs into the end of the text.
const (
	anyRow   = 0          // the text goes on
	cutRow   = 1          // it is the end, and a value that is cut there counts
	wholeRow = longStride // it is the end
)

// begins reports whether a pattern may begin at p[i], of which the gram is in
// the table that is probed, or up to stride-1 bytes before.
func (f *filter) begins(p []byte, from, i, known int) bool {
	if f.stride == longStride {
		return f.long.inRow(p, from, i, longGram, known)
	}
	if len(f.long.words) == 0 || f.middle.has(hash5(p, i)) {
		if f.middle.inRow(p, from, i, middleGram, known) {
			return true
		}
	}
	for b := max(from, i-middleStride+1); len(f.long.words) > 0 && b <= i; b++ {
		if f.long.row(p, b, known) {
			return true
		}
	}
	return false
}

// row reports whether the grams at p[b] and the seven after it are in the table.
func (t *probeTable) row(p []byte, b, known int) bool {
	for k := b; k < b+longStride; k++ {
		if k+longGram > len(p) {
			return k-b >= known
		}
		if !t.has(hash8(p, k)) {
			return false
		}
	}
	return true
}

// inRow reports whether the gram at p[i], which is in the table, is one of as
// many in a row as a pattern has: longStride grams of longGram bytes, or
// middleStride of middleGram, which are as long as what is cut.
func (t *probeTable) inRow(p []byte, from, i, gram, known int) bool {
	stride := longStride
	if gram == middleGram {
		stride = middleStride
		known = min(known*middleStride, middleStride)
	}
	n := 1
	for k := i - 1; n < stride && k >= from && t.has(hash(p, k, gram)); k-- {
		n++
	}
	for k := i + 1; n < stride; k++ {
		if k+gram > len(p) {
			return n >= known
		}
		if !t.has(hash(p, k, gram)) {
			return false
		}
		n++
	}
	return true
}

// find4 returns the first position from lo to before hi at which p may have a
// gram of a short pattern, or -1. The table is not empty.
func (t *gramTable) find4(p []byte, lo, hi int) int {
	for i, last := lo, min(hi-1, len(p)-shortGram); i <= last; i++ {
		if t.has(load32(p, i)) {
			return i
		}
	}
	return -1
}
