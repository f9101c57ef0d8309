package redact

import (
	"encoding/binary"
	"math/bits"
)

func gram3(a, b, c byte) uint64 { return uint64(a) | uint64(b)<<8 | uint64(c)<<16 }

func load32(p []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(p[i:])) }

// A gramTable is a Bloom filter whose bits for one gram lie in one word. The
// empty table has nothing.
type gramTable struct {
	words []uint64
	shift uint8
}

// At 10 to 20 bits a gram, one probe in 50 to 200 is a false alarm, at 20 to 40
// one in 200 to 500. freeGramWords is up to which size, of 64 KiB, a table has
// four times as much: the processor keeps it at hand. maxGramWords bounds a table
// to 4 MiB.
const (
	bitsPerGram = 10
	innerBits   = 24 // several probes decide together
	probedBits  = 20 // every false alarm costs a second look

	freeGramWords = 1 << 13
	maxGramWords  = 1 << 19
)

// gramWords returns how many words of 64 bits a table has for so many grams, and
// by how much a hash of 64 bits is shifted to select one.
func gramWords(grams, bitsPerGram int) (words int, shift uint8) {
	words = min(max(1<<bits.Len(uint(grams*bitsPerGram/64)), 8), maxGramWords)
	words = max(words, min(4*words, freeGramWords))
	return words, uint8(64 - bits.Len(uint(words-1)))
}

func newGramTable(grams, bitsPerGram int) gramTable {
	if grams == 0 {
		return gramTable{}
	}
	words, shift := gramWords(grams, bitsPerGram)
	return gramTable{words: make([]uint64, words), shift: shift}
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

// both returns 1 if the two bits of a hash are set in a word, else 0.
func both(w, h uint64) uint64 { return w >> (h >> 38 & 63) & (w >> (h >> 32 & 63)) & 1 }

// A probeTable is a gramTable for the grams that are asked for all the time, at
// places a few bytes apart: with words of half the size and two bits for a gram,
// for the sake of processors that look up eight at once. What goes in and is
// asked for are hashes, by hash8 or hash5.
type probeTable struct {
	words []uint32
	shift uint8
}

// The factors of the hashes: of what is multiplied with 32 bits, the upper bits
// depend on all of it.
const (
	mixLow  = 0x9E3779B1
	mixHigh = 0x85EBCA77
)

// hash8 returns the hash of the eight bytes from p[i] on.
func hash8(p []byte, i int) uint32 {
	w := load64(p, i)
	return uint32(w)*mixLow + uint32(w>>32)*mixHigh
}

// hash5 returns the hash of the five bytes from p[i] on.
func hash5(p []byte, i int) uint32 {
	return uint32(load32(p, i))*mixLow + uint32(load32(p, i+1))*mixHigh
}

// hash returns hash8 or hash5.
func hash(p []byte, i, gram int) uint32 {
	if gram == longGram {
		return hash8(p, i)
	}
	return hash5(p, i)
}

func newProbeTable(grams, bitsPerGram int) probeTable {
	if grams == 0 {
		return probeTable{}
	}
	words, shift := gramWords(grams, bitsPerGram)
	return probeTable{words: make([]uint32, 2*words), shift: shift - 33}
}

// add adds a gram.
func (t *probeTable) add(h uint32) {
	t.words[h>>(t.shift&31)] |= 1<<31>>(h>>7&31) | 1<<31>>(h>>2&31)
}

// has reports whether a gram may be in the table.
func (t *probeTable) has(h uint32) bool {
	if len(t.words) == 0 {
		return false
	}
	return both32(t.words[h>>(t.shift&31)], h)
}

// both32 reports whether the two bits of a hash are set in a word.
func both32(w, h uint32) bool { return w<<(h>>7&31)&(w<<(h>>2&31))>>31 != 0 }
