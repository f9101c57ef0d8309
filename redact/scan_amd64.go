//go:build !purego

package redact

// Processors of the last ten years have AVX2; for others there are the portable
// functions. What is written in assembly reads only what it is given and returns
// a position.
var hasAVX2 = features()

// indexInterrupt is indexPortable, 32 bytes at a time.
func indexInterrupt(p []byte) int {
	if n := len(p); n >= 8 && hasAVX2 {
		return indexAVX2(&p[0], n)
	}
	return indexPortable(p)
}

// interruptMask is maskPortable.
func interruptMask(p []byte) uint64 {
	if hasAVX2 {
		return maskAVX2(&p[:maskLen][0])
	}
	return maskPortable(p)
}

// probe is probePortable, up to eight grams at a time. In order not to stop short
// of last, it may probe at other positions than those towards the end: of as many
// in a row as the stride is long, it probes one all the same.
func (t *probeTable) probe(p []byte, i, last, stride int) int {
	if last-i >= 3*stride && hasAVX2 {
		if stride == longStride {
			return probe8AVX2(&p[0], i, last, &t.words[0], uint64(t.shift))
		}
		return probe5AVX2(&p[0], i, last, &t.words[0], uint64(t.shift))
	}
	return t.probePortable(p, i, last, stride)
}

// look is lookPortable, in one call.
func (t *probeTable) look(p []byte, n, last, stride int) int {
	if n >= 8 && last >= 3*stride && hasAVX2 {
		if stride == longStride {
			return look8AVX2(&p[0], n, last, &t.words[0], uint64(t.shift))
		}
		return look5AVX2(&p[0], n, last, &t.words[0], uint64(t.shift))
	}
	return t.lookPortable(p, n, last, stride)
}

// indexAVX2 is indexPortable for n bytes, at least 8.
//
//go:noescape
func indexAVX2(p *byte, n int) int

// maskAVX2 is maskPortable.
//
//go:noescape
func maskAVX2(p *byte) uint64

// probe8AVX2 is probe for grams of eight bytes, at four positions or more.
//
//go:noescape
func probe8AVX2(p *byte, i, last int, words *uint32, shift uint64) int

// probe5AVX2 is probe for grams of five bytes, at four positions or more.
//
//go:noescape
func probe5AVX2(p *byte, i, last int, words *uint32, shift uint64) int

// look5AVX2 is look for grams of five bytes, for n of at least 8 and four positions
// or more.
//
//go:noescape
func look5AVX2(p *byte, n, last int, words *uint32, shift uint64) int

// look8AVX2 is look for grams of eight bytes, for n of at least 8 and four
// positions or more.
//
//go:noescape
func look8AVX2(p *byte, n, last int, words *uint32, shift uint64) int

// features reports whether the processor has AVX2 and the system lets it be used.
//
//go:noescape
func features() (avx2 bool)
