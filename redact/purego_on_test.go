//go:build purego || !(386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64 || wasm)

package redact_test

// Without unsafe a string is copied to be read.
const copiesStrings = true
