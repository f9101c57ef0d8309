package tagoutregistry

import (
	"context"
	"errors"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry/internal/metadata"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// telemetry shows the registry: how many values, how old, how often which was
// redacted where. metadata.yaml describes the instruments.
type telemetry struct {
	*metadata.TelemetryBuilder
	cfg TelemetryConfig
	reg *registry

	mu     sync.Mutex
	series map[[2]string]bool // pairs of name and version with series of their own
	totals map[hitKey]int64   // never decreasing
}

type hitKey struct{ signal, position, secret, version string }

func newTelemetry(set component.TelemetrySettings, cfg TelemetryConfig, r *registry) (*telemetry, error) {
	b, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, err
	}
	return &telemetry{TelemetryBuilder: b, cfg: cfg, reg: r, series: map[[2]string]bool{}, totals: map[hitKey]int64{}}, nil
}

func (t *telemetry) start() error {
	return errors.Join(
		t.RegisterTagoutHitsCallback(t.observeHits),
		t.RegisterTagoutRegistrySecretsCallback(t.observeSecrets),
		t.RegisterTagoutRegistryAgeCallback(t.observeAge))
}

func (t *telemetry) refreshed(ctx context.Context, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	t.TagoutRegistryReads.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
}

func (t *telemetry) observeSecrets(_ context.Context, o metric.Int64Observer) error {
	s := t.reg.reg.Status()
	o.Observe(int64(s.Live), metric.WithAttributes(attribute.String("state", "live")))
	o.Observe(int64(s.Retired), metric.WithAttributes(attribute.String("state", "retired")))
	return nil
}

func (t *telemetry) observeAge(_ context.Context, o metric.Float64Observer) error {
	o.Observe(t.reg.age().Seconds())
	return nil
}

func (t *telemetry) observeHits(_ context.Context, o metric.Int64Observer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, n := range t.count(t.reg.reg.Hits()) {
		t.totals[k] = max(t.totals[k], n)
	}
	for k, n := range t.totals {
		o.Observe(n, metric.WithAttributes(
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
