package otelproc

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-logr/logr"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewLogger returns a logger for otel.SetLogger that hands redacted entries to
// l: what OpenTelemetry logs about itself shows configuration, resources and
// exporter errors. It panics if src is nil.
//
// Strings and errors are redacted. Any other value is looked at as fmt and as
// encoding/json would render it, and replaced by redacted text if either holds a
// secret; otherwise it is passed on as it is. Names and values bound before a
// secret was known are redacted when they are logged.
func NewLogger(l logr.Logger, src redact.Source, opts ...Option) logr.Logger {
	r := newRedactor(src, "otel/logger", redact.TagDefault, opts)
	next := l.GetSink()
	if next == nil {
		return l // a logger that discards everything
	}
	if d, ok := next.(logr.CallDepthLogSink); ok {
		next = d.WithCallDepth(1) // the frame that this sink adds
	}
	return logr.New(newLogSink(boundLog{next: next, r: r})).V(l.GetV())
}

// A logSink keeps everything behind a closure: it may be bound to values not
// yet known to be secret.
type logSink struct{ open func() boundLog }

type boundLog struct {
	next   logr.LogSink
	r      *redactor
	names  []string
	values []any
}

func newLogSink(b boundLog) *logSink { return &logSink{open: func() boundLog { return b }} }

// Init does nothing: next has been initialised by the logger it comes from.
func (s *logSink) Init(logr.RuntimeInfo) {}

func (s *logSink) Enabled(level int) bool { return s.open().next.Enabled(level) }

func (s *logSink) Info(level int, msg string, keysAndValues ...any) {
	b := s.open()
	next, msg, kvs := b.redacted(msg, keysAndValues)
	next.Info(level, msg, kvs...)
}

func (s *logSink) Error(err error, msg string, keysAndValues ...any) {
	b := s.open()
	next, msg, kvs := b.redacted(msg, keysAndValues)
	next.Error(b.r.error(err), msg, kvs...)
}

func (s *logSink) WithValues(keysAndValues ...any) logr.LogSink {
	b := s.open()
	b.values = append(slices.Clone(b.values), keysAndValues...)
	return newLogSink(b)
}

func (s *logSink) WithName(name string) logr.LogSink {
	b := s.open()
	b.names = append(slices.Clone(b.names), name)
	return newLogSink(b)
}

// WithCallDepth implements logr.CallDepthLogSink.
func (s *logSink) WithCallDepth(depth int) logr.LogSink {
	b := s.open()
	if d, ok := b.next.(logr.CallDepthLogSink); ok {
		b.next = d.WithCallDepth(depth)
	}
	return newLogSink(b)
}

func (b *boundLog) redacted(msg string, kvs []any) (logr.LogSink, string, []any) {
	ev := b.r.sink.Event()
	next := b.next
	for _, n := range b.names {
		next = next.WithName(ev.String(n))
	}
	out := append(slices.Clone(b.values), kvs...)
	for i := range out {
		out[i] = b.r.any(ev, out[i])
	}
	return next, ev.String(msg), out
}

func (r *redactor) any(ev redact.Event, v any) (out any) {
	switch v := v.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return v
	case string:
		return ev.String(v)
	case error:
		return r.error(v)
	}
	defer func() {
		if recover() != nil { // a method of v: what it panics with may be as secret
			out = "[REDACTED:panicked]"
		}
	}()
	if m, ok := v.(logr.Marshaler); ok {
		v = m.MarshalLog()
	}
	text := fmt.Sprintf("%+v", v)
	clean := ev.String(text)
	if clean != text {
		return clean
	}
	if j, err := json.Marshal(v); err == nil && !ev.Clean(j) {
		return string(ev.Append(nil, j))
	}
	return v
}
