package redact

import (
	"runtime"
	"sync"
)

// This file keeps values and what is derived from them in memory that the Go
// runtime does not manage: out of core dumps and swap, and overwritten as soon
// as nothing can read it any more.

// WithGuardedMemory keeps the plaintext in the matcher's tables, which are the
// spellings of all values, outside the Go heap: locked into memory, so that it
// is not swapped out, and left out of core dumps. It is overwritten once the
// garbage collector has found that no matcher that reads it is left. Values of
// the secrets themselves are kept so by [NewGuardedSecret].
//
// It needs Linux and a limit on locked memory (RLIMIT_MEMLOCK, ulimit -l) of
// about the size of the spellings. Where that fails, NewMatcher returns a
// [GuardError]. A Matcher made by Update takes the secrets all the same, for it
// is worse not to know them, keeps them on the heap and returns the error.
//
// Limits: what a caller, a client library or the building of the tables had of a
// value before stays on the heap until the collector reuses it; single bytes at
// which values part, and a table of hashes of their beginnings, stay there as
// well; texts that are redacted are the caller's; and who may trace the process
// can read everything.
func WithGuardedMemory() Option { return optionFunc(func(c *config) { c.guarded = true }) }

// NewGuardedSecret is [NewSecret] with the value in guarded memory, as
// [WithGuardedMemory] describes it. The value is overwritten once the secret,
// its copies and all matchers that know it are gone. It returns a [GuardError]
// where the memory cannot be had. The caller may overwrite its own copy of the
// value afterwards.
func NewGuardedSecret(name, version string, value []byte) (Secret, error) {
	s := newSecret(name, version)
	if len(value) > 0 {
		mem, chunk, err := guardedValues.alloc(len(value))
		if err != nil {
			return Secret{}, err
		}
		s.value = mem
		copy(s.value, value)
		runtime.AddCleanup(s, func(mem []byte) { guardedValues.free(chunk, mem) }, mem)
	}
	return Secret{open: func() *secret { return s }}, nil
}

// A guardedChunk is memory that several values share.
type guardedChunk struct {
	mem  []byte
	used int
	live int // values in it
}

// A guardedPool hands out guarded memory piece by piece, for a mapping takes
// whole pages. A chunk is given back when the last value in it is gone.
type guardedPool struct {
	mu  sync.Mutex
	cur *guardedChunk
}

var guardedValues guardedPool

const (
	guardedChunkSize = 64 << 10
	guardedAlign     = 16
)

// alloc returns n bytes, at least one, and the chunk that they are in.
func (p *guardedPool) alloc(n int) ([]byte, *guardedChunk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := (n + guardedAlign - 1) &^ (guardedAlign - 1)
	c := p.cur
	if c == nil || c.used+size > len(c.mem) {
		mem, err := mapGuarded(max(size, guardedChunkSize))
		if err != nil {
			return nil, nil, err
		}
		fresh := &guardedChunk{mem: mem}
		if size <= guardedChunkSize {
			p.retire()
			p.cur = fresh
		}
		c = fresh
	}
	mem := c.mem[c.used : c.used+n : c.used+size]
	c.used += size
	c.live++
	return mem, c, nil
}

// retire gives back the chunk in use if nothing is left in it. free does so
// otherwise.
func (p *guardedPool) retire() {
	if p.cur != nil && p.cur.live == 0 {
		unmapGuarded(p.cur.mem)
	}
	p.cur = nil
}

func (p *guardedPool) free(c *guardedChunk, mem []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(mem[:cap(mem)])
	if c.live--; c.live > 0 {
		return
	}
	if c == p.cur {
		c.used = 0
		return
	}
	unmapGuarded(c.mem)
}

// guard moves the sources of a's texts into guarded memory, and overwrites what
// they were before, as far as it is not the secrets' own: all of them, those that
// are not among a's included. a must be reachable wherever its texts are read.
func (a *automaton) guard(secrets []*secret, all []source) error {
	// The pieces of a long spelling are one source each, of the same bytes.
	type array struct {
		first *byte
		n     int
	}
	moved := make(map[array][]byte)
	total := 0
	for i := range a.sources {
		if b := a.sources[i].bytes; len(b) > 0 {
			if _, ok := moved[array{&b[0], len(b)}]; !ok {
				moved[array{&b[0], len(b)}] = nil
				total += len(b)
			}
		}
	}
	if total == 0 {
		return nil
	}
	mem, err := mapGuarded(total)
	if err != nil {
		return err
	}
	at := 0
	for i := range a.sources {
		s := &a.sources[i]
		if len(s.bytes) == 0 {
			continue
		}
		key := array{&s.bytes[0], len(s.bytes)}
		if moved[key] == nil {
			n := copy(mem[at:], s.bytes)
			moved[key] = mem[at : at+n : at+n]
			at += n
		}
		s.bytes = moved[key]
	}
	runtime.AddCleanup(a, func(mem []byte) { unmapGuarded(mem) }, mem)
	// Spellings that are parts of a value end where its array ends.
	end := func(b []byte) *byte { return &b[:cap(b)][cap(b)-1] }
	own := make(map[*byte]bool, len(secrets))
	for _, s := range secrets {
		own[end(s.value)] = true
	}
	for _, s := range all {
		if cap(s.bytes) > 0 && !own[end(s.bytes)] {
			clear(s.bytes[:cap(s.bytes)])
		}
	}
	return nil
}
