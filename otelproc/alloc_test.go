//go:build !race

package otelproc

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// OTEL-3: clean spans cost no allocation.
func TestSpanCleanCostsNothing(t *testing.T) {
	sink := &nullSink{}
	e := NewSpanExporter(sink, matcher(t))
	batch := []sdktrace.ReadOnlySpan{cleanSpan(t, traceState(t, "a=b,c=d")), cleanSpan(t, trace.TraceState{})}
	if n := testing.AllocsPerRun(100, func() { e.ExportSpans(context.Background(), batch) }); n != 0 {
		t.Errorf("%v allocations for clean spans", n)
	}
	p := NewSpanProcessor(&endSink{}, matcher(t))
	if n := testing.AllocsPerRun(100, func() { p.OnEnd(batch[0]) }); n != 0 {
		t.Errorf("%v allocations for a clean OnEnd", n)
	}
}

type nullSink struct{}

func (*nullSink) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (*nullSink) Shutdown(context.Context) error                             { return nil }
