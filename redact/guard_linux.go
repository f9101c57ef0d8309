package redact

import (
	"os"
	"sync/atomic"
	"syscall"
)

// madvDontDump is MADV_DONTDUMP of madvise(2), which syscall does not name.
const madvDontDump = 16

// guardedSize is how many bytes are mapped.
var guardedSize atomic.Int64

// mapGuarded returns at least n bytes of zeros that are neither dumped nor
// swapped out.
func mapGuarded(n int) ([]byte, error) {
	page := os.Getpagesize()
	n = (n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, &GuardError{Op: "mmap", Size: n, Err: err}
	}
	if err := syscall.Madvise(mem, madvDontDump); err != nil {
		_ = syscall.Munmap(mem)
		return nil, &GuardError{Op: "madvise", Size: n, Err: err}
	}
	if err := syscall.Mlock(mem); err != nil {
		_ = syscall.Munmap(mem)
		return nil, &GuardError{Op: "mlock", Size: n, Err: err}
	}
	guardedSize.Add(int64(n))
	return mem, nil
}

// unmapGuarded overwrites memory of mapGuarded and gives it back.
func unmapGuarded(mem []byte) {
	clear(mem)
	wiped(mem)
	guardedSize.Add(-int64(len(mem)))
	_ = syscall.Munmap(mem) // cannot fail for what mmap returned; wiped as it is
}

// wiped is called between the two, for tests.
var wiped = func([]byte) {}
