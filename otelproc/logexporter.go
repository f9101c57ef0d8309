package otelproc

import (
	"context"
	"slices"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewLogExporter returns an exporter that hands redacted records to next. It
// panics if next or src is nil.
//
// Each batch is redacted under one snapshot. A batch without a secret is passed
// on as it is, the same slice. Of any other, the records that hold a secret are
// copies, resource and scope included; the count of dropped attributes is kept. A
// context that ends during the work ends the export, and nothing of the batch is
// passed on. Errors of next come back redacted. Shutdown is forwarded once, and
// later calls of any method do nothing.
func NewLogExporter(next sdklog.Exporter, src redact.Source, opts ...Option) sdklog.Exporter {
	if next == nil {
		panic("otelproc: nil log Exporter")
	}
	return &logExporter{next: next, redactor: newRedactor(src, "otel/log", redact.TagDefault, opts)}
}

type logExporter struct {
	*redactor
	next sdklog.Exporter
	shut atomic.Bool
}

func (e *logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	if e.shut.Load() {
		return nil
	}
	out, err := e.redactRecords(ctx, records)
	if err != nil {
		return err
	}
	return e.error(e.next.Export(ctx, out))
}

func (r *redactor) redactRecords(ctx context.Context, records []sdklog.Record) ([]sdklog.Record, error) {
	w := r.begin()
	defer r.end(w)
	out, dirty := records, false
	for i := range records {
		if i%ctxEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c, d := w.record(&records[i])
		if d && !dirty {
			out, dirty = slices.Clone(records), true
		}
		if d {
			out[i] = *c
		}
	}
	return out, nil
}

func (e *logExporter) Shutdown(ctx context.Context) error {
	if e.shut.Swap(true) {
		return nil
	}
	return e.error(e.next.Shutdown(ctx))
}

func (e *logExporter) ForceFlush(ctx context.Context) error {
	if e.shut.Load() {
		return nil
	}
	return e.error(e.next.ForceFlush(ctx))
}
