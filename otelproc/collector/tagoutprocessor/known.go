package tagoutprocessor

import "math/bits"

// Telemetry repeats itself: keys, methods, hosts and statements come back in
// every span. known remembers texts that held no secret, under one snapshot, so
// that most need not be scanned again: texts in a direct-mapped cache, and what is in
// maps by its index, where the next map often has the same. A text is compared in
// full, whoever had its place before is forgotten.
type known struct {
	of     uint64 // the ID of the snapshot
	texts  [knownTexts]string
	recent [knownRecent]recent
}

// recent is a key and a value at an index of a map. They need not be of one map.
type recent struct{ key, value string }

const (
	knownTexts   = 512 // a power of two
	knownRecent  = 32  // a power of two
	knownMaxSize = 128 // bytes; longer texts seldom repeat
)

// use forgets everything if the snapshot is another one.
func (c *known) use(snapshot uint64) {
	if c.of != snapshot {
		clear(c.texts[:])
		clear(c.recent[:])
		c.of = snapshot
	}
}

// at returns the place of s, nil if it has none.
func (c *known) at(s string) *string {
	if len(s) > knownMaxSize {
		return nil
	}
	return &c.texts[place(s)]
}

// place hashes the length of s and 24 of its bytes: the first, the middle and the
// last eight. That is a third of what hashing all of it costs, which was half of
// what a clean span cost. Texts that share a place on purpose are scanned each
// time, as all were without a cache.
func place(s string) uint64 {
	n := len(s)
	var first, middle, last uint64
	switch {
	case n >= 8:
		first, middle, last = load(s), load(s[n/2-4:]), load(s[n-8:])
	case n >= 4:
		first, last = load4(s), load4(s[n-4:])
	case n > 0:
		first = uint64(s[0])<<16 | uint64(s[n/2])<<8 | uint64(s[n-1])
	}
	hi, lo := bits.Mul64(first^0x9e3779b97f4a7c15, last^0xe7037ed1a0b428db^uint64(n))
	hi, lo = bits.Mul64(hi^lo, middle^0xa0761d6478bd642f)
	return (hi ^ lo) % knownTexts
}

// load reads eight bytes; the compiler makes one instruction of it.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
