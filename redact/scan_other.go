//go:build purego || !amd64

package redact

func indexInterrupt(p []byte) int { return indexPortable(p) }

func (t *gramTable) probe4(p []byte, i, last, step int, mask uint64) int {
	return t.probePortable(p, i, last, step, mask)
}
