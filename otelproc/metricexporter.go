package otelproc

import (
	"context"
	"sync/atomic"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewMetricExporter returns an exporter that hands redacted metrics to next. It
// panics if next or src is nil.
//
// Tags carry no version unless [WithTagStyle] says otherwise. Metrics without a
// secret are passed on as they are, the same pointer, and otherwise as a copy of
// what had to change. Measured values are not touched. Errors of next come back
// redacted. Shutdown is forwarded once; later calls do nothing, and Export then
// returns [sdkmetric.ErrExporterShutdown].
func NewMetricExporter(next sdkmetric.Exporter, src redact.Source, opts ...Option) sdkmetric.Exporter {
	if next == nil {
		panic("otelproc: nil metric Exporter")
	}
	return &metricExporter{next: next, redactor: newRedactor(src, "otel/metric", redact.TagNamed, opts)}
}

type metricExporter struct {
	*redactor
	next sdkmetric.Exporter
	shut atomic.Bool
}

func (e *metricExporter) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return e.next.Temporality(k)
}

func (e *metricExporter) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return e.next.Aggregation(k)
}

func (e *metricExporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	if e.shut.Load() {
		return sdkmetric.ErrExporterShutdown
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if rm == nil {
		return e.error(e.next.Export(ctx, nil))
	}
	w := e.begin()
	out, _ := w.resourceMetrics(rm)
	e.end(w)
	return e.error(e.next.Export(ctx, out))
}

func (e *metricExporter) ForceFlush(ctx context.Context) error {
	if e.shut.Load() {
		return nil
	}
	return e.error(e.next.ForceFlush(ctx))
}

func (e *metricExporter) Shutdown(ctx context.Context) error {
	if e.shut.Swap(true) {
		return nil
	}
	return e.error(e.next.Shutdown(ctx))
}
