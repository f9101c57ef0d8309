// Package otelmetrics reports the measurements of a secrets cache to
// OpenTelemetry.
//
//	m, err := otelmetrics.New(meterProvider)
//	cache := secretsregistry.NewCache(p, reg, secretsregistry.WithMetrics(m))
//
// Instruments are named tagout.secrets.* after [secretsregistry.Metric]. Their
// attributes are classes, reasons and states: never a path, a name or a value.
package otelmetrics

import (
	"context"
	"fmt"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const scope = "github.com/seed-00b494d3/tagout/secretsregistry"

// Metrics implements [secretsregistry.Metrics].
type Metrics struct {
	counters   [secretsregistry.NumMetrics]metric.Int64Counter
	gauges     [secretsregistry.NumMetrics]metric.Int64UpDownCounter
	histograms [secretsregistry.NumMetrics]metric.Float64Histogram
}

var _ secretsregistry.Metrics = (*Metrics)(nil)

// New creates the instruments.
func New(p metric.MeterProvider) (*Metrics, error) {
	meter := p.Meter(scope)
	m := &Metrics{}
	for x := range secretsregistry.NumMetrics {
		name := "tagout.secrets." + x.String()
		var err error
		switch {
		case x.Histogram():
			m.histograms[x], err = meter.Float64Histogram(name, metric.WithUnit("s"))
		case x.Gauge():
			m.gauges[x], err = meter.Int64UpDownCounter(name)
		default:
			m.counters[x], err = meter.Int64Counter(name)
		}
		if err != nil {
			return nil, fmt.Errorf("otelmetrics: %s: %w", name, err)
		}
	}
	return m, nil
}

func label(m secretsregistry.Metric, l string) metric.MeasurementOption {
	if l == "" || m.Label() == "" {
		return metric.WithAttributeSet(attribute.Set{})
	}
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(m.Label(), l)))
}

// Add implements [secretsregistry.Metrics].
func (m *Metrics) Add(x secretsregistry.Metric, l string, n int64) {
	switch {
	case x >= secretsregistry.NumMetrics:
	case m.counters[x] != nil:
		m.counters[x].Add(context.Background(), n, label(x, l))
	case m.gauges[x] != nil:
		m.gauges[x].Add(context.Background(), n, label(x, l))
	}
}

// Observe implements [secretsregistry.Metrics].
func (m *Metrics) Observe(x secretsregistry.Metric, l string, seconds float64) {
	if x < secretsregistry.NumMetrics && m.histograms[x] != nil {
		m.histograms[x].Record(context.Background(), seconds, label(x, l))
	}
}

// ObserveRegistry reports the state of a registry at every collection: values
// that are redacted by state, evictions, dropped events, and whether it is
// stale or closed. stop ends that.
func ObserveRegistry(p metric.MeterProvider, r *secretsregistry.Registry) (stop func() error, err error) {
	meter := p.Meter(scope)
	needles, err := meter.Int64ObservableGauge("tagout.secrets.needles", metric.WithDescription("values that are redacted, by state"))
	if err != nil {
		return nil, fmt.Errorf("otelmetrics: %w", err)
	}
	evicted, err := meter.Int64ObservableCounter("tagout.secrets.retired_needles_evicted_total")
	if err != nil {
		return nil, fmt.Errorf("otelmetrics: %w", err)
	}
	dropped, err := meter.Int64ObservableCounter("tagout.secrets.events_dropped_total")
	if err != nil {
		return nil, fmt.Errorf("otelmetrics: %w", err)
	}
	unavailable, err := meter.Int64ObservableGauge("tagout.secrets.unavailable", metric.WithDescription("1 while the registry is in that condition"))
	if err != nil {
		return nil, fmt.Errorf("otelmetrics: %w", err)
	}
	state := func(k, v string) metric.ObserveOption {
		return metric.WithAttributeSet(attribute.NewSet(attribute.String(k, v)))
	}
	reg, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := r.Status()
		o.ObserveInt64(needles, int64(s.Live), state("state", "live"))
		o.ObserveInt64(needles, int64(s.Retired), state("state", "retired"))
		o.ObserveInt64(evicted, int64(s.Evicted))
		o.ObserveInt64(dropped, int64(s.Dropped))
		o.ObserveInt64(unavailable, bit(s.Empty), state("condition", "empty"))
		o.ObserveInt64(unavailable, bit(s.Stale), state("condition", "stale"))
		o.ObserveInt64(unavailable, bit(s.Closed), state("condition", "closed"))
		return nil
	}, needles, evicted, dropped, unavailable)
	if err != nil {
		return nil, fmt.Errorf("otelmetrics: %w", err)
	}
	return reg.Unregister, nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
