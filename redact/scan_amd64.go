//go:build !purego

package redact

// Processors of the last ten years have AVX2 and BMI2; for others there are
// the portable functions. What is written in assembly reads only what it is
// given and returns a position.
var hasAVX2, hasBMI2 = features()

// indexInterrupt is indexPortable, 32 bytes at a time.
func indexInterrupt(p []byte) int {
	if n := len(p); n >= 8 && hasAVX2 {
		return indexAVX2(&p[0], n)
	}
	return indexPortable(p)
}

// probe4 is probePortable.
func (t *gramTable) probe4(p []byte, i, last, step int, mask uint64) int {
	if i <= last && hasBMI2 {
		return probeBMI2(&p[0], i, last, step, mask, &t.words[0], uint64(t.shift))
	}
	return t.probePortable(p, i, last, step, mask)
}

// indexAVX2 is indexPortable for n bytes, at least 8.
//
//go:noescape
func indexAVX2(p *byte, n int) int

// probeBMI2 is probePortable.
//
//go:noescape
func probeBMI2(p *byte, i, last, step int, mask uint64, words *uint64, shift uint64) int

// features reports what the processor has and the system lets be used.
//
//go:noescape
func features() (avx2, bmi2 bool)
