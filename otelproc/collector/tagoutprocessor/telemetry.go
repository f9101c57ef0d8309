package tagoutprocessor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// scopeName is that of the processor's own telemetry.
const scopeName = "github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"

// telemetry counts what one processor does. Hits by secret, version and position
// are counted by the registry, which all processors share.
type telemetry struct {
	name          attribute.KeyValue
	items, places metric.Int64Counter
	closed, lost  metric.Int64Counter
	seconds       metric.Float64Histogram
	bySignal      metric.MeasurementOption
}

func newTelemetry(set component.TelemetrySettings, s signal) (*telemetry, error) {
	m := set.MeterProvider.Meter(scopeName)
	t := &telemetry{name: attribute.String("signal", string(s))}
	t.bySignal = metric.WithAttributeSet(attribute.NewSet(t.name))
	var err error
	counter := func(name, desc, unit string) (c metric.Int64Counter) {
		if err == nil {
			c, err = m.Int64Counter(name, metric.WithDescription(desc), metric.WithUnit(unit))
		}
		return c
	}
	t.items = counter("otelcol_tagout_scanned", "Spans, log records, data points and samples that were looked at.", "{item}")
	t.places = counter("otelcol_tagout_redacted", "Places in which one secret or more were redacted.", "{place}")
	t.closed = counter("otelcol_tagout_unavailable", "Items that came while the registry could not vouch for its secrets.", "{item}")
	t.lost = counter("otelcol_tagout_dropped", "Items that were dropped because they could not be redacted.", "{item}")
	if err != nil {
		return nil, err
	}
	t.seconds, err = m.Float64Histogram("otelcol_tagout_duration", metric.WithDescription("Time to redact one batch."), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1, 5e-1, 1))
	return t, err
}

func (t *telemetry) scanned(ctx context.Context, items, places int, d time.Duration) {
	t.items.Add(ctx, int64(items), t.bySignal)
	if places > 0 {
		t.places.Add(ctx, int64(places), t.bySignal)
	}
	t.seconds.Record(ctx, d.Seconds(), t.bySignal)
}

func (t *telemetry) unavailable(ctx context.Context, items int, why string) {
	t.closed.Add(ctx, int64(items), metric.WithAttributes(t.name, attribute.String("state", why)))
}

func (t *telemetry) dropped(ctx context.Context, items int, why string) {
	t.lost.Add(ctx, int64(items), metric.WithAttributes(t.name, attribute.String("reason", why)))
}
