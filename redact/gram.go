package redact

import (
	"encoding/binary"
	"math/bits"
)

func gram3(a, b, c byte) uint64 { return uint64(a) | uint64(b)<<8 | uint64(c)<<16 }

func load32(p []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(p[i:])) }
func load40(p []byte, i int) uint64 { return load32(p, i) | uint64(p[i+4])<<32 }

// A gramTable is a Bloom filter whose bits for one gram lie in one word. The
// empty table has nothing.
type gramTable struct {
	words []uint64
	shift uint8
}

// At 10 to 20 bits a gram, one probe in 50 to 200 is a false alarm, at 24 to 48
// one in 1,000. freeGramWords is up to which size, of 64 KiB, a table has four
// times as much: the processor keeps it at hand. maxGramWords bounds a table to
// 4 MiB.
const (
	bitsPerGram = 10
	innerBits   = 24 // several probes decide together

	freeGramWords = 1 << 13
	maxGramWords  = 1 << 19
)

func newGramTable(grams, bitsPerGram int) gramTable {
	if grams == 0 {
		return gramTable{}
	}
	words := 1 << bits.Len(uint(grams*bitsPerGram/64))
	words = min(max(words, 8), maxGramWords)
	words = max(words, min(4*words, freeGramWords))
	return gramTable{words: make([]uint64, words), shift: uint8(64 - bits.Len(uint(words-1)))}
}

// gramBits returns the bits of a hash within its word: from below the bits that
// select the word, at fixed places, for shifts by a constant are cheaper.
func gramBits(h uint64) uint64 {
	return 1<<(h>>38&63) | 1<<(h>>32&63) | 1<<(h>>26&63)
}

func (t *gramTable) add(g uint64) {
	h := g * mix
	t.words[h>>(t.shift&63)] |= gramBits(h)
}

func (t *gramTable) has(g uint64) bool {
	if len(t.words) == 0 {
		return false
	}
	h := g * mix
	m := gramBits(h)
	return word(t.words, h>>(t.shift&63))&m == m
}

// add2 and has2 are add and has with two bits for a gram: for the tables that
// are probed all the time, where a false alarm costs a second look.
func (t *gramTable) add2(g uint64) {
	h := g * mix
	t.words[h>>(t.shift&63)] |= 1<<(h>>38&63) | 1<<(h>>32&63)
}

func (t *gramTable) has2(g uint64) bool {
	if len(t.words) == 0 {
		return false
	}
	h := g * mix
	return both(word(t.words, h>>(t.shift&63)), h) != 0
}

// both returns 1 if the two bits of a hash are set in a word, else 0.
func both(w, h uint64) uint64 { return w >> (h >> 38 & 63) & (w >> (h >> 32 & 63)) & 1 }
