// Package otelmetrics reports the measurements of a secrets cache to
// OpenTelemetry.
//
//	m, err := otelmetrics.New(meterProvider)
//	cache := secretsregistry.NewCache(p, reg, secretsregistry.WithMetrics(m))
//
// Instruments are named tagout.secrets.* after [secretsregistry.Metric]. Their
// attributes are the provider's name, classes, reasons and states: never a path,
// a name of a secret or a value.
package otelmetrics

import (
	"context"
	"fmt"
	"sync"

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
	sets       sync.Map // series: *options; there are few
}

var _ secretsregistry.Metrics = (*Metrics)(nil)

// buckets are the bounds of histograms, in seconds: the SDK's are meant for
// milliseconds.
var buckets = map[secretsregistry.Metric][]float64{
	secretsregistry.MetricFetchSeconds:    {.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	secretsregistry.MetricServedAge:       {1, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 3 * 3600, 12 * 3600, 24 * 3600},
	secretsregistry.MetricRefreshLag:      {.01, .1, .5, 1, 5, 15, 60, 300, 900, 3600},
	secretsregistry.MetricRegisterSeconds: {.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1},
}

// New creates the instruments.
func New(p metric.MeterProvider) (*Metrics, error) {
	meter := p.Meter(scope)
	m := &Metrics{}
	for x := range secretsregistry.NumMetrics {
		name := "tagout.secrets." + x.String()
		var err error
		switch {
		case x.Histogram():
			m.histograms[x], err = meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(buckets[x]...))
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

// A series is what one set of attributes stands for.
type series struct {
	metric          secretsregistry.Metric
	provider, label string
}

type options struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

// options returns the attributes of a series, which are made once: a Get of a
// live value is measured too.
func (m *Metrics) options(s series) *options {
	if o, ok := m.sets.Load(s); ok {
		return o.(*options)
	}
	kvs := []attribute.KeyValue{attribute.String("provider", s.provider)}
	if key := s.metric.Label(); key != "" && s.label != "" {
		kvs = append(kvs, attribute.String(key, s.label))
	}
	set := metric.WithAttributeSet(attribute.NewSet(kvs...))
	o, _ := m.sets.LoadOrStore(s, &options{[]metric.AddOption{set}, []metric.RecordOption{set}})
	return o.(*options)
}

// Add implements [secretsregistry.Metrics].
func (m *Metrics) Add(x secretsregistry.Metric, provider, label string, n int64) {
	switch {
	case x >= secretsregistry.NumMetrics:
	case m.counters[x] != nil:
		m.counters[x].Add(context.Background(), n, m.options(series{x, provider, label}).add...)
	case m.gauges[x] != nil:
		m.gauges[x].Add(context.Background(), n, m.options(series{x, provider, label}).add...)
	}
}

// Observe implements [secretsregistry.Metrics].
func (m *Metrics) Observe(x secretsregistry.Metric, provider, label string, seconds float64) {
	if x < secretsregistry.NumMetrics && m.histograms[x] != nil {
		m.histograms[x].Record(context.Background(), seconds, m.options(series{x, provider, label}).record...)
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
