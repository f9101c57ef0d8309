package redact

// This file has the loops that read every byte of a text, in Go. For some
// processors there is a faster one; all give the same answers.

// indexPortable returns the index of the first byte of p that may interrupt a
// value, or len(p) if there is none. Of dots it returns one that stands after
// another, at the latest the third of a row.
func indexPortable(p []byte) int {
	i := 0
	for i+8 <= len(p) && wordClass(load64(p, i)) == 0 {
		i += 8
	}
	for ; i < len(p); i++ {
		if c := p[i]; interruptClass[c] && (c != '.' || i > 0 && p[i-1] == '.') {
			return i
		}
	}
	return len(p)
}

// maskLen is the length of a text of which interruptMask tells.
const maskLen = 64

// maskPortable returns a bit for each of the first maskLen bytes of p, which are
// there, at which indexPortable would stop.
func maskPortable(p []byte) uint64 {
	var mask uint64
	for i, c := range p[:maskLen] {
		if interruptClass[c] && (c != '.' || i > 0 && p[i-1] == '.') {
			mask |= 1 << i
		}
	}
	return mask
}

// probePortable returns the first of the positions i, i+stride, ... up to last
// at which a gram may be in the table, a position after last if there is none.
// The stride is longStride for grams of longGram bytes, or else middleStride for
// those of middleGram; p has a whole gram at last. The table is not empty.
func (t *probeTable) probePortable(p []byte, i, last, stride int) int {
	words, shift := t.words, t.shift&31
	if stride == longStride {
		for ; i <= last; i += longStride {
			if h := hash8(p, i); both32(words[h>>shift], h) {
				break
			}
		}
		return i
	}
	for ; i <= last; i += middleStride {
		if h := hash5(p, i); both32(words[h>>shift], h) {
			break
		}
	}
	return i
}

// lookPortable returns -1 if one of the first n bytes of p may interrupt a value,
// and otherwise what probe does from the beginning on: a position after last if
// there is nothing.
func (t *probeTable) lookPortable(p []byte, n, last, stride int) int {
	if indexInterrupt(p[:n]) != n {
		return -1
	}
	return t.probe(p, 0, last, stride)
}

// pairClass says of two bytes, the first in the lower half of the index, whether
// one of them interrupts, or both are dots: of three dots in a row, two make
// such a pair wherever the pairs begin.
var pairClass = func() (t [1 << 16]uint8) {
	for a := range 256 {
		for b := range 256 {
			if interrupting(byte(a)) || interrupting(byte(b)) || a == '.' && b == '.' {
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
