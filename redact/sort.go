package redact

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// sorted is the order of needles by their texts.
type sorted struct {
	*texts
	needles []needle
	keys    []uint64 // the first eight bytes of each needle
	order   []uint32
	lcp     []uint16 // bytes shared with the needle before, in that order
}

// A sortItem is a needle with eight bytes of its text.
type sortItem struct {
	key uint64
	id  uint32
}

// sortNeedles sorts needles by their texts, and equal ones by secret and form.
func sortNeedles(t *texts, needles []needle) *sorted {
	n := len(needles)
	s := &sorted{texts: t, needles: needles, keys: make([]uint64, n), order: make([]uint32, n), lcp: make([]uint16, n)}
	parallel(n, 1024, func(lo, hi int) {
		var m textMaker
		for i := lo; i < hi; i++ {
			nd := &needles[i]
			var first [8]byte
			copy(first[:], m.text(t, nd.src, nd.code, int(min(nd.length, 8))))
			s.keys[i] = binary.BigEndian.Uint64(first[:])
		}
		m.wipe()
	})
	// One bucket for each first byte, then the buckets side by side.
	var start [257]int
	for _, k := range s.keys {
		start[k>>56+1]++
	}
	for c := 1; c < len(start); c++ {
		start[c] += start[c-1]
	}
	items := make([]sortItem, n)
	at := start
	for i, k := range s.keys {
		items[at[k>>56]] = sortItem{k, uint32(i)}
		at[k>>56]++
	}
	grain := 1
	if n < 4096 {
		grain = 256
	}
	parallel(256, grain, func(lo, hi int) {
		for c := lo; c < hi; c++ {
			s.sort(items[start[c]:start[c+1]], 0, 0)
		}
	})
	parallel(n, 1024, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			s.order[i] = items[i].id
			if i > 0 {
				s.lcp[i] = uint16(s.shared(items[i-1].id, items[i].id))
			}
		}
	})
	clear(s.keys) // they are the beginnings of values
	s.keys = nil
	clear(items)
	return s
}

// key returns eight bytes of a text, zeros after its end.
func (s *sorted) key(id uint32, from int) uint64 {
	nd := &s.needles[id]
	if nd.code == codeStored {
		src := &s.sources[nd.src]
		if o := int(src.skip) + from; from+8 <= int(nd.length) {
			return binary.BigEndian.Uint64(src.bytes[o:])
		}
	}
	k := uint64(0)
	for i := from; i < from+8; i++ {
		k <<= 8
		if i < int(nd.length) {
			k |= uint64(s.at(nd.src, nd.code, i))
		}
	}
	return k
}

// maxLevels is how often runs of equal keys are sorted by further keys. After
// that whole texts are compared: they may be alike for long.
const maxLevels = 4

// sort sorts items by their keys, which begin at a depth up to which all are
// alike, and by what follows.
func (s *sorted) sort(items []sortItem, depth, level int) {
	if len(items) < 2 {
		return
	}
	slices.SortFunc(items, func(x, y sortItem) int { return cmp.Compare(x.key, y.key) })
	for lo := 0; lo < len(items); {
		hi := lo + 1
		for hi < len(items) && items[hi].key == items[lo].key {
			hi++
		}
		run := items[lo:hi]
		lo = hi
		if len(run) == 1 {
			continue
		}
		next, ok := 0, false
		if len(run) > 4 && level < maxLevels {
			next, ok = s.alike(run, depth+8)
		}
		if !ok {
			slices.SortFunc(run, func(x, y sortItem) int { return s.compare(x.id, y.id, depth) })
			continue
		}
		for i := range run {
			run[i].key = s.key(run[i].id, next)
		}
		s.sort(run, next, level+1)
	}
}

// alike returns up to which depth the texts of a run are alike, which they are
// up to a depth that none of them is to end before.
func (s *sorted) alike(run []sortItem, depth int) (int, bool) {
	least := maxPattern
	for i := range run {
		if int(s.needles[run[i].id].length) < depth {
			return 0, false
		}
		if i > 0 {
			least = min(least, s.sharedFrom(run[0].id, run[i].id, depth))
		}
	}
	return least, true
}

// compare orders two texts that are alike up to a depth.
func (s *sorted) compare(x, y uint32, depth int) int {
	p, q := &s.needles[x], &s.needles[y]
	n := s.sharedFrom(x, y, depth)
	switch {
	case n < int(p.length) && n < int(q.length):
		return cmp.Compare(s.at(p.src, p.code, n), s.at(q.src, q.code, n))
	case p.length != q.length:
		return cmp.Compare(p.length, q.length)
	}
	return cmp.Or(cmp.Compare(p.secret, q.secret), cmp.Compare(p.form, q.form), cmp.Compare(x, y))
}

// shared returns how many bytes two texts share.
func (s *sorted) shared(x, y uint32) int {
	if d := s.keys[x] ^ s.keys[y]; d != 0 {
		return min(bits.LeadingZeros64(d)/8, int(s.needles[x].length), int(s.needles[y].length))
	}
	return s.sharedFrom(x, y, 0)
}

// sharedFrom is shared for texts that are alike up to a depth, or end before.
func (s *sorted) sharedFrom(x, y uint32, depth int) int {
	p, q := &s.needles[x], &s.needles[y]
	n := int(min(p.length, q.length))
	a, b := &s.sources[p.src], &s.sources[q.src]
	if p.code == q.code && p.code == codeStored {
		return sharedPrefix(a.bytes[a.skip:][:n], b.bytes[b.skip:][:n])
	}
	depth = min(depth, n)
	if c := p.code.family(); c == q.code.family() && a.skip == 0 && b.skip == 0 {
		same := len(a.bytes)
		if p.src != q.src {
			same = sharedPrefix(a.bytes, b.bytes)
		}
		depth = max(depth, min(n, c.decided(a.bytes[:same])))
	}
	for depth < n && s.at(p.src, p.code, depth) == s.at(q.src, q.code, depth) {
		depth++
	}
	return depth
}

// repeats reports whether needle i of the order has the text of the one before.
func (s *sorted) repeats(i int) bool {
	if i == 0 {
		return false
	}
	n := s.needles[s.order[i]].length
	return n == s.needles[s.order[i-1]].length && n == s.lcp[i]
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n
	}
	i := 0
	for i+8 <= n && binary.LittleEndian.Uint64(a[i:]) == binary.LittleEndian.Uint64(b[i:]) {
		i += 8
	}
	for a[i] == b[i] {
		i++
	}
	return i
}
