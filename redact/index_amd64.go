//go:build !purego

package redact

// indexInterrupt is indexPortable: with AVX2 if the processor has it, which
// reads 32 bytes at a time.
func indexInterrupt(p []byte) int {
	if n := len(p); n >= 8 && useAVX2 {
		return indexAVX2(&p[0], n)
	}
	return indexPortable(p)
}

var useAVX2 = hasAVX2()

// indexAVX2 is indexPortable for n bytes, at least 8.
//
//go:noescape
func indexAVX2(p *byte, n int) int

// hasAVX2 reports whether the processor has AVX2 and the system lets it be used.
//
//go:noescape
func hasAVX2() bool
