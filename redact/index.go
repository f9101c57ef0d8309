package redact

import "bytes"

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
