package redact

// This file has the two loops that read every byte of a text, in Go. For some
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

// probePortable returns the first of the positions i, i+4*step, ... up to last
// at which one of four grams may be in the table: there, and one, two and three
// steps on; if there is none, a position after last. The grams are of eight bytes
// that are there, under a mask. The table is not empty.
func (t *gramTable) probePortable(p []byte, i, last, step int, mask uint64) int {
	words, shift := t.words, t.shift&63
	for ; i <= last; i += 4 * step {
		g, h := load64(p, i)&mask*mix, load64(p, i+step)&mask*mix
		found := both(word(words, g>>shift), g) | both(word(words, h>>shift), h)
		g, h = load64(p, i+2*step)&mask*mix, load64(p, i+3*step)&mask*mix
		if found|both(word(words, g>>shift), g)|both(word(words, h>>shift), h) != 0 {
			break
		}
	}
	return i
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
