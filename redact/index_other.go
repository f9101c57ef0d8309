//go:build purego || !amd64

package redact

func indexInterrupt(p []byte) int { return indexPortable(p) }
