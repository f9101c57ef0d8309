//go:build purego || !amd64

package redact

func indexInterrupt(p []byte) int { return indexPortable(p) }

func interruptMask(p []byte) uint64 { return maskPortable(p) }

func (t *probeTable) probe(p []byte, i, last, stride int) int {
	return t.probePortable(p, i, last, stride)
}

func (t *probeTable) look(p []byte, n, last, stride int) int {
	return t.lookPortable(p, n, last, stride)
}
