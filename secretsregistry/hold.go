package secretsregistry

import (
	"io"
	"sync"
	"time"

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
// Records for which there is no room are dropped and counted, never passed on in
// the clear; [HoldDeadline] and [HoldFallback] choose otherwise. It is safe for
// concurrent use.
type HoldWriter struct {
	open func() *hold
}

type hold struct {
	mu       sync.Mutex
	next     io.Writer // redacts
	fallback io.Writer // nil: none
	deadline *time.Timer
	records  [][]byte
	size     int
	limit    int
	dropped  int
	state    holdState
}

type holdState uint8

const (
	holding  holdState = iota
	expired            // drops until Release
	fallen             // passes on through the fallback until Release
	dropping           // for good
	released
)

// A HoldOption configures a [HoldWriter].
type HoldOption interface {
	applyHold(*hold, io.Writer)
}

type holdOptionFunc func(*hold, io.Writer)

func (f holdOptionFunc) applyHold(h *hold, w io.Writer) { f(h, w) }

// HoldDeadline ends the holding after d, for services that run on while their
// secrets cannot be had: without a [HoldFallback] what is held is dropped, and
// so is what is written until Release, all counted. 0 or less is no deadline.
func HoldDeadline(d time.Duration) HoldOption {
	return holdOptionFunc(func(h *hold, _ io.Writer) {
		if d > 0 {
			h.deadline = time.AfterFunc(d, func() {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.end()
			})
		}
	})
}

// HoldFallback passes on, instead of dropping it, what cannot be held: at the
// deadline, and when there is no more room. What is held then goes out through
// src, in order, and so does what is written until Release. src does not know
// the secrets: use [redact.Closed], which leaves one tag of each record, or a
// Source that redacts by other means. It panics if src is nil.
func HoldFallback(src redact.Source) HoldOption {
	if src == nil {
		panic("secretsregistry: nil Source")
	}
	return holdOptionFunc(func(h *hold, w io.Writer) { h.fallback = redact.NewRecordWriter(w, src) })
}

// NewHoldWriter returns a HoldWriter over w that holds up to limit bytes. It
// panics if w or src is nil.
func NewHoldWriter(w io.Writer, src redact.Source, limit int, opts ...HoldOption) *HoldWriter {
	if w == nil || src == nil {
		panic("secretsregistry: nil Writer or Source")
	}
	h := &hold{next: redact.NewRecordWriter(w, src), limit: limit}
	h.mu.Lock() // against the deadline
	defer h.mu.Unlock()
	for _, o := range opts {
		o.applyHold(h, w)
	}
	return &HoldWriter{open: func() *hold { return h }}
}

// Write implements io.Writer. What is held or dropped counts as written.
func (w *HoldWriter) Write(p []byte) (int, error) {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == holding && h.size+len(p) > h.limit && h.fallback != nil {
		h.end()
	}
	switch {
	case h.state == released:
		return h.next.Write(p)
	case h.state == fallen:
		return h.fallback.Write(p)
	case h.state != holding || h.size+len(p) > h.limit:
		h.dropped++
	default:
		h.records = append(h.records, append([]byte(nil), p...))
		h.size += len(p)
	}
	return len(p), nil
}

// end gives up waiting for the secrets.
func (h *hold) end() {
	if h.state != holding {
		return
	}
	if h.fallback == nil {
		h.state = expired
		h.drop()
		return
	}
	h.state = fallen
	h.pass(h.fallback)
}

// pass writes what is held to w and returns the first error.
func (h *hold) pass(w io.Writer) (first error) {
	for _, r := range h.records {
		if _, err := w.Write(r); err != nil && first == nil {
			first = err
		}
		clear(r)
	}
	h.records, h.size = nil, 0
	return first
}

func (h *hold) drop() {
	h.dropped += len(h.records)
	for _, r := range h.records {
		clear(r)
	}
	h.records, h.size = nil, 0
}

func (h *hold) stop() {
	if h.deadline != nil {
		h.deadline.Stop()
	}
}

// Release passes on what is held, under the secrets that are known now, and
// everything from now on. It returns the first error of the writer below.
func (w *HoldWriter) Release() error {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == released || h.state == dropping {
		return nil
	}
	h.stop()
	h.state = released
	return h.pass(h.next)
}

// Drop throws away what is held and whatever is written from now on: the start
// has failed. After Release it does nothing.
func (w *HoldWriter) Drop() {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == released {
		return
	}
	h.stop()
	h.state = dropping
	h.drop()
}

// Dropped returns how many records were thrown away.
func (w *HoldWriter) Dropped() int {
	h := w.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dropped
}
