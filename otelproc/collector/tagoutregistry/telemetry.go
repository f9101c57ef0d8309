package tagoutregistry

import (
	"context"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const scopeName = "github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry"

// telemetry shows the registry: how many values, how old, how often which was
// redacted where.
type telemetry struct {
	cfg   TelemetryConfig
	reg   *registry
	meter metric.Meter

	hits     metric.Int64ObservableCounter
	secrets  metric.Int64ObservableGauge
	age      metric.Float64ObservableGauge
	reads    metric.Int64Counter
	observed metric.Registration

	mu     sync.Mutex
	series map[[2]string]bool // pairs of name and version with series of their own
	totals map[hitKey]int64   // never decreasing
}

type hitKey struct{ signal, position, secret, version string }

func newTelemetry(set component.TelemetrySettings, cfg TelemetryConfig, r *registry) (*telemetry, error) {
	t := &telemetry{cfg: cfg, reg: r, meter: set.MeterProvider.Meter(scopeName),
		series: map[[2]string]bool{}, totals: map[hitKey]int64{}}
	var err error
	if t.hits, err = t.meter.Int64ObservableCounter("otelcol_tagout_hits",
		metric.WithDescription("How often a secret was redacted, by signal, position, secret and version."), metric.WithUnit("{hit}")); err != nil {
		return nil, err
	}
	if t.secrets, err = t.meter.Int64ObservableGauge("otelcol_tagout_registry_secrets",
		metric.WithDescription("Values that are redacted, by state."), metric.WithUnit("{value}")); err != nil {
		return nil, err
	}
	if t.age, err = t.meter.Float64ObservableGauge("otelcol_tagout_registry_age",
		metric.WithDescription("Time since all sources could be read."), metric.WithUnit("s")); err != nil {
		return nil, err
	}
	t.reads, err = t.meter.Int64Counter("otelcol_tagout_registry_reads",
		metric.WithDescription("Reads of sources, by result."), metric.WithUnit("{read}"))
	return t, err
}

func (t *telemetry) start() (err error) {
	t.observed, err = t.meter.RegisterCallback(t.observe, t.hits, t.secrets, t.age)
	return err
}

func (t *telemetry) stop() error {
	if t.observed == nil {
		return nil
	}
	return t.observed.Unregister()
}

func (t *telemetry) refreshed(ctx context.Context, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	t.reads.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
}

func (t *telemetry) observe(_ context.Context, o metric.Observer) error {
	s := t.reg.reg.Status()
	o.ObserveInt64(t.secrets, int64(s.Live), metric.WithAttributes(attribute.String("state", "live")))
	o.ObserveInt64(t.secrets, int64(s.Retired), metric.WithAttributes(attribute.String("state", "retired")))
	o.ObserveFloat64(t.age, t.reg.age().Seconds())
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, n := range t.count(t.reg.reg.Hits()) {
		t.totals[k] = max(t.totals[k], n)
	}
	for k, n := range t.totals {
		o.ObserveInt64(t.hits, n, metric.WithAttributes(
			attribute.String("signal", k.signal), attribute.String("position", k.position),
			attribute.String("secret", k.secret), attribute.String("version", k.version)))
	}
	return nil
}

// other stands for the secrets without series of their own. It is not in the
// alphabet of names.
const other = "*"

// count adds up hits by series. A secret that has series keeps them.
func (t *telemetry) count(hits []secretsregistry.HitCount) map[hitKey]int64 {
	sums := map[hitKey]int64{}
	for _, h := range hits {
		rest, ours := strings.CutPrefix(h.Sink, "collector/")
		if !ours {
			continue
		}
		k := hitKey{secret: other}
		k.signal, k.position, _ = strings.Cut(rest, "/")
		pair := [2]string{h.Name, h.Version}
		if t.cfg.SecretNames && (t.series[pair] || len(t.series) < t.cfg.MaxSecrets) {
			t.series[pair] = true
			k.secret, k.version = h.Name, h.Version
		}
		sums[k] += int64(h.Count)
	}
	return sums
}
