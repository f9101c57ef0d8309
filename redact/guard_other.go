//go:build !linux

package redact

import "errors"

func mapGuarded(n int) ([]byte, error) {
	return nil, &GuardError{Op: "mmap", Size: n, Err: errors.ErrUnsupported}
}

func unmapGuarded(mem []byte) { clear(mem) }
