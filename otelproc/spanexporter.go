package otelproc

import (
	"context"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewSpanExporter returns an exporter that hands redacted spans to next. It
// panics if next or src is nil.
//
// Each batch is redacted under one snapshot. A batch without a secret is passed
// on as it is, the same slice of the same spans. A context that ends during the
// work ends the export, and nothing of the batch is passed on. Errors of next
// come back redacted; errors.Is and errors.As still work on them. Shutdown is
// forwarded once, and later calls of any method do nothing.
func NewSpanExporter(next sdktrace.SpanExporter, src redact.Source, opts ...Option) sdktrace.SpanExporter {
	if next == nil {
		panic("otelproc: nil SpanExporter")
	}
	return &spanExporter{next: next, redactor: newRedactor(src, "otel/span", redact.TagDefault, opts)}
}

type spanExporter struct {
	*redactor
	next sdktrace.SpanExporter
	shut atomic.Bool
}

func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.shut.Load() {
		return nil
	}
	out, err := e.redactSpans(ctx, spans)
	if err != nil {
		return err
	}
	return e.error(e.next.ExportSpans(ctx, out))
}

func (r *redactor) redactSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) ([]sdktrace.ReadOnlySpan, error) {
	w := r.begin()
	defer r.end(w)
	out, dirty := spans, false
	for i, s := range spans {
		if i%ctxEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if s == nil {
			continue
		}
		t, d := w.span(s)
		if d && !dirty {
			out, dirty = append([]sdktrace.ReadOnlySpan(nil), spans...), true
		}
		if d {
			out[i] = t
		}
	}
	return out, nil
}

// ctxEvery is how many items are redacted between two looks at the context.
const ctxEvery = 64

func (e *spanExporter) Shutdown(ctx context.Context) error {
	if e.shut.Swap(true) {
		return nil
	}
	return e.error(e.next.Shutdown(ctx))
}
