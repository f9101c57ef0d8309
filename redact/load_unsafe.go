//go:build !purego && (386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64 || wasm)

package redact

import "unsafe"

// load returns the eight bytes at a byte offset of s, lowest first. They must
// lie within s, which is not checked. The functions of this file are the
// only uses of unsafe; the build tag purego does without.
func load[T byte | uint64](s []T, offset uintptr) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), offset))
}

func load64(p []byte, i int) uint64 { return load(p, uintptr(i)) }

func word(words []uint64, i uint64) uint64 { return load(words, uintptr(i)<<3) }

// bytesOf views a string as bytes that are only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// stringOf returns as a string what nobody else has.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
