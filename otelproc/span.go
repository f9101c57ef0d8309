package otelproc

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A redactedSpan is a copy of a span with its texts redacted. It does not hold
// the original, which formatting it would print. The interface that it embeds,
// because it has a private method, is a span about nothing: a method that a later
// SDK adds answers for that one until it is redacted here.
type redactedSpan struct {
	sdktrace.ReadOnlySpan
	name            string
	context, parent trace.SpanContext
	kind            trace.SpanKind
	start, end      time.Time
	attrs           []attribute.KeyValue
	links           []sdktrace.Link
	events          []sdktrace.Event
	status          sdktrace.Status
	scope           instrumentation.Scope
	resource        *resource.Resource
	droppedAttrs    int
	droppedLinks    int
	droppedEvents   int
	children        int
}

func (s *redactedSpan) Name() string                                { return s.name }
func (s *redactedSpan) SpanContext() trace.SpanContext              { return s.context }
func (s *redactedSpan) Parent() trace.SpanContext                   { return s.parent }
func (s *redactedSpan) SpanKind() trace.SpanKind                    { return s.kind }
func (s *redactedSpan) StartTime() time.Time                        { return s.start }
func (s *redactedSpan) EndTime() time.Time                          { return s.end }
func (s *redactedSpan) Attributes() []attribute.KeyValue            { return s.attrs }
func (s *redactedSpan) Links() []sdktrace.Link                      { return s.links }
func (s *redactedSpan) Events() []sdktrace.Event                    { return s.events }
func (s *redactedSpan) Status() sdktrace.Status                     { return s.status }
func (s *redactedSpan) InstrumentationScope() instrumentation.Scope { return s.scope }
func (s *redactedSpan) InstrumentationLibrary() instrumentation.Scope {
	return s.scope
}
func (s *redactedSpan) Resource() *resource.Resource { return s.resource }
func (s *redactedSpan) DroppedAttributes() int       { return s.droppedAttrs }
func (s *redactedSpan) DroppedLinks() int            { return s.droppedLinks }
func (s *redactedSpan) DroppedEvents() int           { return s.droppedEvents }
func (s *redactedSpan) ChildSpanCount() int          { return s.children }

// span returns s itself if it is clean.
func (w *walk) span(s sdktrace.ReadOnlySpan) (sdktrace.ReadOnlySpan, bool) {
	name, d0 := w.text(s.Name())
	context, d1 := w.spanContext(s.SpanContext())
	parent, d2 := w.spanContext(s.Parent())
	attrs, d3 := w.attrs(s.Attributes())
	links, d4 := w.links(s.Links())
	events, d5 := w.events(s.Events())
	status := s.Status()
	description, d6 := w.text(status.Description)
	scope, d7 := w.scope(s.InstrumentationScope())
	res, d8 := w.resource(s.Resource())
	if !(d0 || d1 || d2 || d3 || d4 || d5 || d6 || d7 || d8) {
		return s, false
	}
	status.Description = description
	return &redactedSpan{
		ReadOnlySpan: blankSpan(),
		name:         name, context: context, parent: parent,
		kind: s.SpanKind(), start: s.StartTime(), end: s.EndTime(),
		attrs: attrs, links: links, events: events,
		status: status, scope: scope, resource: res,
		droppedAttrs: s.DroppedAttributes(), droppedLinks: s.DroppedLinks(),
		droppedEvents: s.DroppedEvents(), children: s.ChildSpanCount(),
	}, true
}

func (w *walk) events(in []sdktrace.Event) ([]sdktrace.Event, bool) {
	out, dirty := in, false
	for i := range in {
		name, n := w.text(in[i].Name)
		attrs, a := w.attrs(in[i].Attributes)
		if !n && !a {
			continue
		}
		if !dirty {
			out, dirty = slices.Clone(in), true
		}
		out[i].Name, out[i].Attributes = name, attrs
	}
	return out, dirty
}

func (w *walk) links(in []sdktrace.Link) ([]sdktrace.Link, bool) {
	out, dirty := in, false
	for i := range in {
		sc, s := w.spanContext(in[i].SpanContext)
		attrs, a := w.attrs(in[i].Attributes)
		if !s && !a {
			continue
		}
		if !dirty {
			out, dirty = slices.Clone(in), true
		}
		out[i].SpanContext, out[i].Attributes = sc, attrs
	}
	return out, dirty
}

// blankSpan is an ended span of the SDK's own that tells nothing.
var blankSpan = sync.OnceValue(func() sdktrace.ReadOnlySpan {
	var c capture
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.Empty()),
		sdktrace.WithSpanProcessor(&c))
	_, span := tp.Tracer("tagout").Start(context.Background(), "[REDACTED]")
	span.End()
	return &redactedSpan{ReadOnlySpan: c.span, resource: resource.Empty()}
})

// capture keeps the span that ended last.
type capture struct{ span sdktrace.ReadOnlySpan }

func (*capture) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (c *capture) OnEnd(s sdktrace.ReadOnlySpan)                 { c.span = s }
func (*capture) Shutdown(context.Context) error                  { return nil }
func (*capture) ForceFlush(context.Context) error                { return nil }
