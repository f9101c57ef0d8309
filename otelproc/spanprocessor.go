package otelproc

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewSpanProcessor returns a processor through which next sees spans redacted.
// It panics if next or src is nil.
//
// OnEnd gives next a clean span as it is and any other as a copy. OnStart gives
// next the live span behind a view: what next reads from it, then or later, is
// redacted at that moment, and what next writes to it is written to the span.
// Shutdown is forwarded once, and later calls of any method do nothing.
func NewSpanProcessor(next sdktrace.SpanProcessor, src redact.Source, opts ...Option) sdktrace.SpanProcessor {
	if next == nil {
		panic("otelproc: nil SpanProcessor")
	}
	return &spanProcessor{next: next, redactor: newRedactor(src, "otel/span", redact.TagDefault, opts)}
}

type spanProcessor struct {
	*redactor
	next sdktrace.SpanProcessor
	shut atomic.Bool
}

func (p *spanProcessor) OnStart(parent context.Context, s sdktrace.ReadWriteSpan) {
	if p.shut.Load() {
		return
	}
	p.next.OnStart(parent, &liveSpan{ReadOnlySpan: blankSpan(),
		open: func() (sdktrace.ReadWriteSpan, *redactor) { return s, p.redactor }})
}

func (p *spanProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	if p.shut.Load() {
		return
	}
	w := p.begin()
	t, _ := w.span(s)
	p.end(w)
	p.next.OnEnd(t)
}

func (p *spanProcessor) Shutdown(ctx context.Context) error {
	if p.shut.Swap(true) {
		return nil
	}
	return p.error(p.next.Shutdown(ctx))
}

func (p *spanProcessor) ForceFlush(ctx context.Context) error {
	if p.shut.Load() {
		return nil
	}
	return p.error(p.next.ForceFlush(ctx))
}

// A liveSpan is the view of a span that has not ended. The span is behind a
// closure, out of fmt's reach. Methods that a later SDK adds do nothing.
type liveSpan struct {
	noop.Span
	sdktrace.ReadOnlySpan
	open func() (sdktrace.ReadWriteSpan, *redactor)
}

// part redacts one part of a live span under the snapshot of now.
func part[T any](s *liveSpan, get func(sdktrace.ReadWriteSpan) T, do func(*walk, T) (T, bool)) T {
	span, r := s.open()
	w := r.begin()
	defer r.end(w)
	out, _ := do(w, get(span))
	return out
}

func (s *liveSpan) raw() sdktrace.ReadWriteSpan { span, _ := s.open(); return span }

func (s *liveSpan) Name() string {
	return part(s, sdktrace.ReadWriteSpan.Name, (*walk).text)
}

func (s *liveSpan) SpanContext() trace.SpanContext {
	return part(s, sdktrace.ReadWriteSpan.SpanContext, (*walk).spanContext)
}

func (s *liveSpan) Parent() trace.SpanContext {
	return part(s, sdktrace.ReadWriteSpan.Parent, (*walk).spanContext)
}

func (s *liveSpan) Attributes() []attribute.KeyValue {
	return part(s, sdktrace.ReadWriteSpan.Attributes, (*walk).attrs)
}

func (s *liveSpan) Links() []sdktrace.Link {
	return part(s, sdktrace.ReadWriteSpan.Links, (*walk).links)
}

func (s *liveSpan) Events() []sdktrace.Event {
	return part(s, sdktrace.ReadWriteSpan.Events, (*walk).events)
}

func (s *liveSpan) Status() sdktrace.Status {
	return part(s, sdktrace.ReadWriteSpan.Status, func(w *walk, st sdktrace.Status) (sdktrace.Status, bool) {
		var dirty bool
		st.Description, dirty = w.text(st.Description)
		return st, dirty
	})
}

func (s *liveSpan) InstrumentationScope() instrumentation.Scope {
	return part(s, sdktrace.ReadWriteSpan.InstrumentationScope, (*walk).scope)
}

func (s *liveSpan) InstrumentationLibrary() instrumentation.Scope { return s.InstrumentationScope() }

func (s *liveSpan) Resource() *resource.Resource {
	return part(s, sdktrace.ReadWriteSpan.Resource, (*walk).resource)
}

func (s *liveSpan) SpanKind() trace.SpanKind { return s.raw().SpanKind() }
func (s *liveSpan) StartTime() time.Time     { return s.raw().StartTime() }
func (s *liveSpan) EndTime() time.Time       { return s.raw().EndTime() }
func (s *liveSpan) DroppedAttributes() int   { return s.raw().DroppedAttributes() }
func (s *liveSpan) DroppedLinks() int        { return s.raw().DroppedLinks() }
func (s *liveSpan) DroppedEvents() int       { return s.raw().DroppedEvents() }
func (s *liveSpan) ChildSpanCount() int      { return s.raw().ChildSpanCount() }

func (s *liveSpan) End(o ...trace.SpanEndOption)                { s.raw().End(o...) }
func (s *liveSpan) AddEvent(n string, o ...trace.EventOption)   { s.raw().AddEvent(n, o...) }
func (s *liveSpan) AddLink(l trace.Link)                        { s.raw().AddLink(l) }
func (s *liveSpan) IsRecording() bool                           { return s.raw().IsRecording() }
func (s *liveSpan) RecordError(e error, o ...trace.EventOption) { s.raw().RecordError(e, o...) }
func (s *liveSpan) SetStatus(c codes.Code, d string)            { s.raw().SetStatus(c, d) }
func (s *liveSpan) SetName(n string)                            { s.raw().SetName(n) }
func (s *liveSpan) SetAttributes(kv ...attribute.KeyValue)      { s.raw().SetAttributes(kv...) }
func (s *liveSpan) TracerProvider() trace.TracerProvider        { return s.raw().TracerProvider() }
