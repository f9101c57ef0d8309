package secretsregistry

import (
	"io"
	"sync"

	"github.com/seed-00b494d3/tagout/redact"
)

// A HoldWriter keeps what is written to it until the secrets are known, and
// then passes it on, redacted, in order. It is for logs that are open before
// [Cache.Start] has returned: each Write is one record.
//
//	hold := secretsregistry.NewHoldWriter(os.Stderr, reg, 1<<20)
//	log := slog.New(slog.NewJSONHandler(hold, nil))
//	if err := cache.Start(ctx, "payments/db"); err != nil {
//		hold.Drop() // without its secrets nothing can be vouched for
//		...
//	}
//	hold.Release()
//
// Records for which there is no room are dropped and counted, never passed on
// in the clear. It is safe for concurrent use.
type HoldWriter struct {
	open func() *hold
}

type hold struct {
	mu      sync.Mutex
	next    io.Writer // redacts
	records [][]byte
	size    int
	limit   int
	dropped int
	state   holdState
}

type holdState uint8

const (
	holding holdState = iota
	released
	dropping
)

// NewHoldWriter returns a HoldWriter over w that holds up to limit bytes. It
// panics if w or src is nil.
func NewHoldWriter(w io.Writer, src redact.Source, limit int) *HoldWriter {
	if w == nil || src == nil {
		panic("secretsregistry: nil Writer or Source")
	}
	h := &hold{next: redact.NewRecordWriter(w, src), limit: limit}
	return &HoldWriter{open: func() *hold { return h }}
}

// Write implements io.Writer. What is held or dropped counts as written.
func (w *HoldWriter) Write(p []byte) (int, error) {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.state == released:
		return h.next.Write(p)
	case h.state == dropping || h.size+len(p) > h.limit:
		h.dropped++
	default:
		h.records = append(h.records, append([]byte(nil), p...))
		h.size += len(p)
	}
	return len(p), nil
}

// Release passes on what is held, under the secrets that are known now, and
// everything from now on. It returns the first error of the writer below.
func (w *HoldWriter) Release() error {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state != holding {
		return nil
	}
	h.state = released
	var first error
	for _, r := range h.records {
		if _, err := h.next.Write(r); err != nil && first == nil {
			first = err
		}
		clear(r)
	}
	h.records, h.size = nil, 0
	return first
}

// Drop throws away what is held and, until a Release that never comes, what is
// written: the start has failed.
func (w *HoldWriter) Drop() {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == released {
		return
	}
	h.state = dropping
	h.dropped += len(h.records)
	for _, r := range h.records {
		clear(r)
	}
	h.records, h.size = nil, 0
}

// Dropped returns how many records were thrown away.
func (w *HoldWriter) Dropped() int {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropped
}
