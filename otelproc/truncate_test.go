package otelproc

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// long is cut by the limits below in every place where it can be cut.
var long = "zq9-" + strings.Repeat("k7Vx2Lp0", 12)

func longAttrs() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("start", long), attribute.String("later", "dial "+long),
		attribute.StringSlice("strings", []string{"a", long}), attribute.ByteSlice("bytes", []byte("x "+long)),
		attribute.Map("map", attribute.String("k", long), attribute.ByteSlice("b", []byte(long))),
		attribute.Slice("slice", attribute.StringValue(long), attribute.SliceValue(attribute.StringValue("pp "+long))),
	}
}

// noPrefix fails for every text of v that shows eight bytes or more of the
// beginning of long.
func noPrefix(t *testing.T, what string, limit int, v any) {
	t.Helper()
	for path, text := range texts(v) {
		if strings.Contains(text, long[:8]) {
			t.Errorf("%s, limit %d: %s: %q", what, limit, path, text)
		}
	}
}

// OTEL-5: values that the SDK cut at its limit show no distinctive prefix, in
// attributes of every kind of spans, events, links and log records.
func TestTruncated(t *testing.T) {
	for limit := 8; limit <= 64; limit++ {
		sink := &spanSink{}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(NewSpanExporter(sink, matcher(t, long))),
			sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{AttributeValueLengthLimit: limit, AttributeCountLimit: 6,
				EventCountLimit: 2, LinkCountLimit: 1, AttributePerEventCountLimit: 6, AttributePerLinkCountLimit: 6,
				AttributeValueDepthLimit: 64}))
		_, span := tp.Tracer("t").Start(context.Background(), "n",
			trace.WithLinks(trace.Link{SpanContext: spanContext(trace.TraceState{}), Attributes: longAttrs()}))
		span.SetAttributes(append(longAttrs(), attribute.String("over", "limit"))...)
		span.AddEvent("e", trace.WithAttributes(longAttrs()...))
		span.RecordError(fmt.Errorf("dial %s", long))
		span.End()
		out := sink.batches[0][0]
		noPrefix(t, "span", limit, out)
		if out.DroppedAttributes() != 1 { // OTEL-7
			t.Errorf("limit %d: dropped %d", limit, out.DroppedAttributes())
		}

		ex := &recordSink{}
		emitted{rec: func(r *log.Record) { r.AddAttributes(longAttrs()...) }}.emit(sdklog.WithAttributeValueLengthLimit(limit),
			sdklog.WithProcessor(sdklog.NewSimpleProcessor(NewLogExporter(ex, matcher(t, long)))))
		noPrefix(t, "log record", limit, *ex.last())
	}
}

// OTEL-5: without the wrapper the same values show it: the test can fail.
func TestTruncatedWithout(t *testing.T) {
	sink := &spanSink{}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeValueLengthLimit = 16
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(sink), sdktrace.WithRawSpanLimits(limits))
	_, span := tp.Tracer("t").Start(context.Background(), "n")
	span.SetAttributes(longAttrs()...)
	span.End()
	if s := fmt.Sprint(texts(sink.batches[0][0])); strings.Count(s, long[:8]) < 7 || strings.Contains(s, long) {
		t.Errorf("not cut, or not there: %s", s)
	}
}
