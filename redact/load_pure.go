//go:build purego || !(386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64 || wasm)

package redact

import "encoding/binary"

func load64(p []byte, i int) uint64 { return binary.LittleEndian.Uint64(p[i:]) }

func word(words []uint64, i uint64) uint64 { return words[i] }

func bytesOf(s string) []byte { return []byte(s) }

func stringOf(b []byte) string { return string(b) }
