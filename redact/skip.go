package redact

import "bytes"

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
	block := n - from
	if !e.simple {
		block = minBlock
	}
	for lo := from; lo < n && at == n; {
		hi := min(lo+block, n)
		at, until = e.stopWithin(p, from, lo, hi)
		lo, block = hi, max(block, min(4*block, maxBlock))
	}
	if !final {
		// What is in progress at the end must be known.
		if at > n-filterWindow-3 {
			if b := e.begun(p, from); b < at {
				at, until = b, n
			}
		}
		return e.whole(p, from, at), until
	}
	end := n
	for end > from && (p[end-1] == '\n' || p[end-1] == '\r') {
		end--
	}
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

// begun returns the position from which the automata must read so that what is
// in progress at the end of p is known, but for what the probes have seen.
func (e *engine) begun(p []byte, from int) int {
	n := len(p)
	if n == from {
		return n
	}
	switch p[n-1] {
	case '=', '.', 0xe2, 0x80, '|', ' ':
		return max(from, n-filterWindow-3) // may interrupt what is before it
	}
	if e.progress(p, from, n) {
		return max(from, n-filterWindow)
	}
	for k := min(3, n-from); k > 0; k-- {
		if e.mayBegin(opening{}.with(p[n-k:])) {
			return n - k
		}
	}
	return n
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

// A text is filtered block by block where there are several tables to look
// into, so that what one of them finds early costs the others little. The sizes
// are multiples of the strides.
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
		if s > 0 && len(f.long.words) > 0 {
			if i := f.long.find(p, from, lo, min(hi, at+longStride-1)); i >= 0 && i-longStride+1 < at {
				at, until = max(from, i-longStride+1), i+1
			}
		}
		if len(f.middle.words) > 0 {
			if i := f.middle.find5(p, from, lo, min(hi, at+middleStride-1)); i >= 0 && i-middleStride+1 < at {
				at, until = max(from, i-middleStride+1), i+1
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
	if at < n && hi < n {
		// A long pattern whose gram is the first of the next block begins here.
		at = max(from, min(at, hi-longStride+1))
	}
	return at, until
}

// stop is stopWithin for the long patterns of the first segment and for
// interruptions.
func (e *engine) stop(p []byte, from, lo, hi int) (stop, until int) {
	n := len(p)
	t := &e.segments[0].filter.long
	words, shift := t.words, t.shift&63
	if len(words) == 0 {
		words, shift = noGrams[:], 63
	}
	i := lo
	for last := hi - longGram; i <= last; {
		// Two words at a time, as long as neither has anything.
		for ; i+longStride <= last; i += 2 * longStride {
			w, v := load64(p, i), load64(p, i+longStride)
			g, h := w*mix, v*mix
			class := wordClass(w) | wordClass(v)
			a, b := word(words, g>>shift), word(words, h>>shift)
			gram := a>>(g>>38&63)&(a>>(g>>32&63)) | b>>(h>>38&63)&(b>>(h>>32&63))
			if class|uint8(gram&1) != 0 {
				break
			}
		}
		if i > last {
			break
		}
		w := load64(p, i)
		h := w * mix
		if wordClass(w) == 0 {
			if both(word(words, h>>shift), h) && t.probed(p, from, i) {
				return max(from, i-longStride+1), i + 1
			}
			i += longStride
			continue
		}
		for k := i; k < i+longStride; k++ {
			if interruptClass[p[k]] {
				if r := e.interrupted(p, from, k); r >= 0 {
					stop, until = r, k+1
					if t.probed(p, from, i) && i-longStride+1 < stop {
						stop, until = max(from, i-longStride+1), max(until, i+1)
					}
					return stop, until
				}
			}
		}
		if t.probed(p, from, i) {
			return max(from, i-longStride+1), i + 1
		}
		i += longStride
	}
	if i < hi && hi-lo >= longGram {
		w := load64(p, hi-longGram)
		if wordClass(w) == 0 && (p[hi-1] != '.' || hi < n) {
			return n, n
		}
	}
	for ; i < hi; i++ { // fewer than a word is left
		if interruptClass[p[i]] {
			if r := e.interrupted(p, from, i); r >= 0 {
				return r, i + 1
			}
		}
	}
	return n, n
}

// noGrams stands in for the words of an empty table.
var noGrams [2]uint64

// probed reports whether a pattern may have one of its grams at p[i].
func (t *gramTable) probed(p []byte, from, i int) bool {
	return t.has2(load64(p, i)) && t.inRow(p, from, i, longGram, longStride, load64)
}

// inRow reports whether the gram at p[i], which is in the table, is one of
// stride in a row. A pattern has grams at so many offsets: where there is one,
// the others are beside it, as far as the text is known.
func (t *gramTable) inRow(p []byte, from, i, gram, stride int, load func(p []byte, i int) uint64) bool {
	n := 1
	for k := i + 1; n < stride; k++ {
		if k+gram > len(p) {
			return true
		}
		if !t.has2(load(p, k)) {
			break
		}
		n++
	}
	for k := i - 1; n < stride && k >= from && t.has2(load(p, k)); k-- {
		n++
	}
	return n == stride
}

// find returns the first of the positions lo, lo+8, ... before hi at which p may
// have a gram of the table, or -1.
func (t *gramTable) find(p []byte, from, lo, hi int) int {
	words, shift := t.words, t.shift&63
	for i := lo; i < hi && i+longGram <= len(p); i += longStride {
		h := load64(p, i) * mix
		if both(word(words, h>>shift), h) && t.probed(p, from, i) {
			return i
		}
	}
	return -1
}

// find5 is find for the grams of middling patterns, every 4 bytes.
func (t *gramTable) find5(p []byte, from, lo, hi int) int {
	words, shift := t.words, t.shift&63
	i := lo
	for ; i < hi && i+middleStride+8 <= len(p); i += 2 * middleStride {
		h := load64(p, i) & middleMask * mix
		g := load64(p, i+middleStride) & middleMask * mix
		if !both(word(words, h>>shift), h) && !both(word(words, g>>shift), g) {
			continue
		}
		for _, k := range [2]int{i, i + middleStride} {
			if k < hi && t.probed5(p, from, k) {
				return k
			}
		}
	}
	for ; i < hi && i+middleGram <= len(p); i += middleStride {
		if t.probed5(p, from, i) {
			return i
		}
	}
	return -1
}

// probed5 is probed for the grams of middling patterns.
func (t *gramTable) probed5(p []byte, from, i int) bool {
	return t.has2(load40(p, i)) && t.inRow(p, from, i, middleGram, middleStride, load40)
}

// pairClass says of two bytes, the first in the lower half of the index, whether
// one of them interrupts, or both are dots: of three dots in a row, two make
// such a pair wherever the pairs begin.
var pairClass = func() (t [1 << 16]uint8) {
	for a := range 256 {
		for b := range 256 {
			if bytes.IndexByte(interrupts[:], byte(a)) >= 0 || bytes.IndexByte(interrupts[:], byte(b)) >= 0 || a == '.' && b == '.' {
				t[a|b<<8] = 1
			}
		}
	}
	return
}()

// wordClass is pairClass for eight bytes.
func wordClass(w uint64) uint8 {
	return pairClass[uint16(w)] | pairClass[uint16(w>>16)] | pairClass[uint16(w>>32)] | pairClass[w>>48]
}

// interruptClass has the bytes at which interrupted has something to look at.
var interruptClass = func() (t [256]bool) {
	for _, c := range interrupts {
		t[c] = true
	}
	t['.'] = true
	return
}()
