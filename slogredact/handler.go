package slogredact

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewHandler returns a handler that hands everything to next redacted. It is
// safe for concurrent use if next is, as the contract of slog.Handler demands.
// It panics if src or next is nil. Each record is redacted under one snapshot,
// bound attributes included.
func NewHandler(next slog.Handler, src redact.Source, opts ...Option) slog.Handler {
	if next == nil {
		panic("slogredact: nil Handler")
	}
	cfg := &config{render: renderingOf(next)}
	for _, o := range opts {
		o.apply(cfg)
	}
	cfg.sink = redact.NewSink(src, "slog", append(cfg.sinkOpt, redact.SinkJSON())...)
	return &handler{cfg: cfg, next: next}
}

// handler is one step of a chain: the root, one WithAttrs or one WithGroup. What
// a step was given is kept as it came and bound to the step above whenever the
// snapshot changes.
type handler struct {
	cfg    *config
	next   slog.Handler // of the root; nil elsewhere
	parent *handler     // nil: the root
	given  func() given // what was bound, unredacted: behind a closure, out of reach of formatters
	hide   string       // tag for all values: within a group whose name a key rule hits
	bound  atomic.Pointer[binding]
}

// Enabled asks the wrapped handler and does nothing else.
func (h *handler) Enabled(ctx context.Context, l slog.Level) bool {
	if h.parent == nil {
		return h.next.Enabled(ctx, l)
	}
	return h.bound.Load().next.Enabled(ctx, l)
}

// Handle redacts the record and hands it on. The caller's record, which others
// may share, is not changed.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	ev := h.cfg.sink.Event()
	next := h.bind(ev).next
	w := walker{ev: ev, cfg: h.cfg, hide: h.hide}
	if !w.clean(&r) {
		r = w.record(r)
	}
	if err := next.Handle(ctx, r); err != nil {
		return ev.Err(err) // an error of a sink that is itself configured with secrets
	}
	return nil
}

// WithAttrs keeps a copy of attrs, which belong to all handlers that the caller
// hands them to.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.with(given{attrs: freezeAttrs(attrs, h.cfg)}, h.hide)
}

// WithGroup opens a group. An empty name changes nothing.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	hide := h.hide
	if tag, ok := h.cfg.rules.Match(name); ok && hide == "" {
		hide = tag
	}
	return h.with(given{group: name}, hide)
}

func (h *handler) with(g given, hide string) slog.Handler {
	c := &handler{cfg: h.cfg, parent: h, given: func() given { return g }, hide: hide}
	c.bind(h.cfg.sink.Event()) // when the wrapped handler would have done it
	return c
}
