package otelproc

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// OTEL-5: values that the SDK cut at its limit show no distinctive prefix.
func TestSpanTruncated(t *testing.T) {
	long := "zq9-" + strings.Repeat("k7Vx2Lp0", 12)
	for limit := 8; limit <= 64; limit++ {
		sink := &spanSink{}
		tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(NewSpanExporter(sink, matcher(t, long))),
			sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{AttributeValueLengthLimit: limit, AttributeCountLimit: 1,
				EventCountLimit: 1, LinkCountLimit: 1, AttributePerEventCountLimit: 1, AttributePerLinkCountLimit: 1,
				AttributeValueDepthLimit: 64}))
		_, span := tp.Tracer("t").Start(context.Background(), "n")
		span.SetAttributes(attribute.String("k", long), attribute.String("over", "limit"))
		span.End()
		out := sink.batches[0][0]
		got := out.Attributes()[0].Value.AsString()
		for n := len(long); n >= 9; n-- {
			if strings.Contains(got, long[:n]) {
				t.Errorf("limit %d: %d bytes of the secret in %q", limit, n, got)
				break
			}
		}
		if out.DroppedAttributes() != 1 { // OTEL-7
			t.Errorf("limit %d: dropped %d", limit, out.DroppedAttributes())
		}
	}
}
