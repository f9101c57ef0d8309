package tagoutprocessor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor/internal/metadata"
)

// telemetry counts what one processor does; metadata.yaml describes the
// instruments. Hits by secret, version and position are counted by the registry,
// which all processors share.
type telemetry struct {
	*metadata.TelemetryBuilder
	name     attribute.KeyValue
	bySignal metric.MeasurementOption
}

func newTelemetry(set component.TelemetrySettings, s signal) (*telemetry, error) {
	b, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, err
	}
	name := attribute.String("signal", string(s))
	return &telemetry{TelemetryBuilder: b, name: name, bySignal: metric.WithAttributeSet(attribute.NewSet(name))}, nil
}

func (t *telemetry) scanned(ctx context.Context, items, places int, d time.Duration) {
	t.TagoutScanned.Add(ctx, int64(items), t.bySignal)
	if places > 0 {
		t.TagoutRedacted.Add(ctx, int64(places), t.bySignal)
	}
	t.TagoutDuration.Record(ctx, d.Seconds(), t.bySignal)
}

func (t *telemetry) unavailable(ctx context.Context, items int, why string) {
	t.TagoutUnavailable.Add(ctx, int64(items), metric.WithAttributes(t.name, attribute.String("state", why)))
}

func (t *telemetry) dropped(ctx context.Context, items int, why string) {
	t.TagoutDropped.Add(ctx, int64(items), metric.WithAttributes(t.name, attribute.String("reason", why)))
}
