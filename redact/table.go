package redact

import "math/bits"

// A table is an open-addressing hash table from uint64 to uint32, built once.
// Keys are stored plus one, so that zero means free.
type table struct {
	keys  []uint64
	vals  []uint32
	shift uint8
	n     int
}

func newTable(n int) table {
	if n == 0 {
		return table{}
	}
	lg := bits.Len(uint(n*2 - 1))
	return table{keys: make([]uint64, 1<<lg), vals: make([]uint32, 1<<lg), shift: uint8(64 - lg)}
}

const mix = 0x9E3779B97F4A7C15

func (t *table) put(k uint64, v uint32) {
	mask := uint64(len(t.keys) - 1)
	for i := (k + 1) * mix >> t.shift; ; i = (i + 1) & mask {
		if t.keys[i] == 0 || t.keys[i] == k+1 {
			if t.keys[i] == 0 {
				t.n++
			}
			t.keys[i], t.vals[i] = k+1, v
			return
		}
	}
}

func (t *table) get(k uint64) (uint32, bool) {
	if len(t.keys) == 0 {
		return 0, false
	}
	mask := uint64(len(t.keys) - 1)
	for i := (k + 1) * mix >> t.shift; ; i = (i + 1) & mask {
		switch t.keys[i] {
		case k + 1:
			return t.vals[i], true
		case 0:
			return 0, false
		}
	}
}

// fit returns a copy with room for n.
func (t *table) fit(n int) table {
	g := newTable(n)
	for i, k := range t.keys {
		if k != 0 {
			g.put(k-1, t.vals[i])
		}
	}
	return g
}
