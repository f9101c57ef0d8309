package redact

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkIndex checks what an implementation of indexInterrupt returns for p.
func checkIndex(t *testing.T, name string, p []byte, got int) {
	t.Helper()
	if got < 0 || got > len(p) {
		t.Fatalf("%s(%q) = %d", name, p, got)
	}
	for i, c := range p[:got] {
		if bytes.IndexByte(interrupts[:], c) >= 0 || i > 1 && c == '.' && p[i-1] == '.' && p[i-2] == '.' {
			t.Fatalf("%s(%q) = %d, passed over %d", name, p, got, i)
		}
	}
	if got < len(p) && bytes.IndexByte(interrupts[:], p[got]) < 0 && !(p[got] == '.' && got > 0 && p[got-1] == '.') {
		t.Fatalf("%s(%q) = %d, nothing there", name, p, got)
	}
}

func checkIndexes(t *testing.T, p []byte) {
	t.Helper()
	checkIndex(t, "indexInterrupt", p, indexInterrupt(p))
	checkIndex(t, "indexPortable", p, indexPortable(p))
	if len(p) >= maskLen {
		if got, want := interruptMask(p), maskPortable(p); got != want {
			t.Fatalf("interruptMask(%q) = %x, maskPortable %x", p, got, want)
		}
	}
}

// TestIndexInterrupt has every byte at every place of texts of all lengths that
// are read in different ways, and dots across the places where those ways meet.
func TestIndexInterrupt(t *testing.T) {
	room := bytes.Repeat([]byte{'\\'}, 300) // what is before and after must not count
	for n := range 130 {
		p := room[64 : 64+n : 64+n]
		for i := range p {
			p[i] = 'x'
		}
		checkIndexes(t, p)
		for i := range p {
			for c := range 256 {
				p[i] = byte(c)
				checkIndexes(t, p)
			}
			for k := i; k < min(n, i+4); k++ {
				p[k] = '.'
				checkIndexes(t, p)
			}
			for k := i; k < min(n, i+4); k++ {
				p[k] = 'x'
			}
		}
		for i := range p {
			p[i] = '\\'
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		p := make([]byte, rng.IntN(200))
		for i := range p {
			p[i] = byte(rng.IntN(1 + rng.IntN(256)))
			if rng.IntN(4) == 0 {
				p[i] = '.'
			} else if p[i] < 0x80 && rng.IntN(8) != 0 {
				p[i] |= 0x60
			}
		}
		checkIndexes(t, p)
	}
}

// tableOfRow has the grams at so many positions in a row.
func tableOfRow(p []byte, b, gram, stride int) probeTable {
	table := newProbeTable(1000, bitsPerGram)
	for k := range stride {
		table.add(hash(p, b+k, gram))
	}
	return table
}

// TestProbe has the grams of as many positions in a row as the stride is long,
// and no others, at every place of texts of all lengths: one of them is found.
func TestProbe(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ gram, stride int }{{longGram, longStride}, {middleGram, middleStride}} {
		for n := c.gram + c.stride - 1; n < 150; n++ {
			room := make([]byte, n+200) // what is before and after must not count
			for i := range room {
				room[i] = byte(rng.IntN(256))
			}
			p := room[100 : 100+n : 100+n]
			last := n - c.gram
			for b := 0; b+c.stride-1 <= last; b++ {
				table := tableOfRow(p, b, c.gram, c.stride)
				for from := range min(b+1, 2*c.stride) {
					for name, probe := range map[string]func([]byte, int, int, int) int{"probe": table.probe, "probePortable": table.probePortable} {
						i := probe(p, from, last, c.stride)
						for ; i <= last && i < b; i = probe(p, i+c.stride, last, c.stride) {
							if !table.has(hash(p, i, c.gram)) {
								t.Fatalf("%s of %d bytes from %d: %d, which is not in the table", name, n, from, i)
							}
						}
						if i < b || i >= b+c.stride {
							t.Fatalf("%s of %d bytes from %d to %d, grams at %d to %d: %d", name, n, from, last, b, b+c.stride-1, i)
						}
					}
				}
				for _, edge := range []int{100 - c.gram, 100 + n - c.gram + 1, 100 + n} { // grams that are not all inside
					other := newProbeTable(1000, bitsPerGram)
					other.add(hash(room, edge, c.gram))
					if i := other.probe(p, 0, last, c.stride); i <= last && !other.has(hash(p, i, c.gram)) {
						t.Fatalf("%d bytes: %d is found, which is not in the table", n, i)
					}
				}
			}
		}
	}
}

// look says -1 of exactly the texts in whose first bytes something interrupts, and
// finds in the others what probe finds.
func TestLook(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct{ gram, stride int }{{longGram, longStride}, {middleGram, middleStride}} {
		for n := c.gram + c.stride - 1; n < 150; n++ {
			room := make([]byte, n+200)
			for i := range room {
				room[i] = 'a' + byte(rng.IntN(26))
			}
			room[99], room[100+n] = '%', '%' // what is before and after must not count
			p := room[100 : 100+n : 100+n]
			last := n - c.gram
			for b := 0; b+c.stride-1 <= last; b++ {
				table := tableOfRow(p, b, c.gram, c.stride)
				for name, look := range map[string]func([]byte, int, int, int) int{"look": table.look, "lookPortable": table.lookPortable} {
					i := look(p, n, last, c.stride)
					for ; i >= 0 && i < b; i = table.probePortable(p, i+c.stride, last, c.stride) {
						if !table.has(hash(p, i, c.gram)) {
							t.Fatalf("%s in %d bytes: %d, which is not in the table", name, n, i)
						}
					}
					if i < b || i >= b+c.stride {
						t.Fatalf("%s in %d bytes, grams at %d to %d: %d", name, n, b, b+c.stride-1, i)
					}
				}
			}
			empty := newProbeTable(1, bitsPerGram)
			for at := range n {
				was := p[at]
				p[at] = interrupts[rng.IntN(len(interrupts))]
				for _, end := range []int{max(8, at), n} {
					for name, look := range map[string]func([]byte, int, int, int) int{"look": empty.look, "lookPortable": empty.lookPortable} {
						if got := look(p, end, last, c.stride); (got < 0) != (at < end) || got >= 0 && got <= last {
							t.Fatalf("%s in %d of %d bytes, %q at %d: %d", name, end, n, p[at], at, got)
						}
					}
				}
				p[at] = was
			}
		}
	}
}
