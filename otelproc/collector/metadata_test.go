package collector

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/consumer/xconsumer"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/processor/xprocessor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"
	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry"
	"github.com/seed-00b494d3/tagout/redact"
)

// broken is a registry whose secrets are stale, or cannot be asked for at all.
type broken struct {
	component.StartFunc
	component.ShutdownFunc
	why string
}

func (b *broken) Unavailable() string { return b.why }

func (b *broken) Matcher() *redact.Matcher {
	if b.why == "" {
		panic(census.Secret)
	}
	return nil
}

// of is a host with one extension.
type of struct{ component.Component }

func (h of) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("tagoutregistry"): h.Component}
}

// consumeOnce has a processor of the kind that d needs consume it.
func consumeOnce(ctx context.Context, set processor.Settings, cfg component.Config, h component.Host, d any) error {
	f := tagoutprocessor.NewFactory().(xprocessor.Factory)
	var p component.Component
	var err error
	switch d.(type) {
	case ptrace.Traces:
		p, err = f.CreateTraces(ctx, set, cfg, consumertest.NewNop())
	case plog.Logs:
		p, err = f.CreateLogs(ctx, set, cfg, consumertest.NewNop())
	case pmetric.Metrics:
		p, err = f.CreateMetrics(ctx, set, cfg, consumertest.NewNop())
	case pprofile.Profiles:
		p, err = f.CreateProfiles(ctx, set, cfg, consumertest.NewNop())
	}
	if err != nil {
		return err
	}
	if err := p.Start(ctx, h); err != nil {
		return err
	}
	defer p.Shutdown(ctx)
	switch d := d.(type) {
	case ptrace.Traces:
		return p.(consumer.Traces).ConsumeTraces(ctx, d)
	case plog.Logs:
		return p.(consumer.Logs).ConsumeLogs(ctx, d)
	case pmetric.Metrics:
		return p.(consumer.Metrics).ConsumeMetrics(ctx, d)
	default:
		return p.(xconsumer.Profiles).ConsumeProfiles(ctx, d.(pprofile.Profiles))
	}
}

// COL-8, EXT-10: the metrics that both components emit are those that their
// metadata.yaml, and so their documentation.md, and docs/collector.md describe:
// no other, none missing, with the same attributes and no other value of those
// that have a list.
func TestMetricsAsDocumented(t *testing.T) {
	ctx := context.Background()
	tel := componenttest.NewTelemetry()
	defer tel.Shutdown(ctx)

	secrets := filepath.Join(t.TempDir(), "secrets.json")
	if err := os.WriteFile(secrets, []byte(secretsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	set := extensiontest.NewNopSettings(tagoutregistry.NewFactory().Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	cfg := tagoutregistry.NewFactory().CreateDefaultConfig().(*tagoutregistry.Config)
	cfg.Sources = []tagoutregistry.SourceConfig{
		{File: &tagoutregistry.FileConfig{Path: secrets}},
		{Optional: true, Env: &tagoutregistry.EnvConfig{Names: []string{"TAGOUT_TEST_NOT_SET"}}},
	}
	ext, err := tagoutregistry.NewFactory().Create(ctx, set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Start(ctx, componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	defer ext.Shutdown(ctx)

	for _, registry := range []component.Component{ext, &broken{why: "stale"}, &broken{}} {
		for _, signal := range census.Signals {
			pass := tagoutprocessor.NewFactory().CreateDefaultConfig().(*tagoutprocessor.Config)
			pass.OnUnavailable = tagoutprocessor.Pass
			set := processortest.NewNopSettings(tagoutprocessor.NewFactory().Type())
			set.TelemetrySettings = tel.NewTelemetrySettings()
			if err := consumeOnce(ctx, set, pass, of{registry}, census.Plant(signal, "")); err != nil {
				t.Fatal(err)
			}
		}
	}

	var got metricdata.ResourceMetrics
	if err := tel.Reader.Collect(ctx, &got); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/collector.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"tagoutprocessor", "tagoutregistry"} {
		c, err := confmaptest.LoadConf(filepath.Join(dir, "metadata.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var meta struct {
			Attributes map[string]struct {
				Enum []string `mapstructure:"enum"`
			} `mapstructure:"attributes"`
			Telemetry struct {
				Metrics map[string]struct {
					Attributes []string `mapstructure:"attributes"`
				} `mapstructure:"metrics"`
			} `mapstructure:"telemetry"`
		}
		if err := c.Unmarshal(&meta, confmap.WithIgnoreUnused()); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, sm := range got.ScopeMetrics {
			if !strings.HasSuffix(sm.Scope.Name, "/"+dir) {
				continue
			}
			for _, m := range sm.Metrics {
				name, ok := strings.CutPrefix(m.Name, "otelcol_")
				described, found := meta.Telemetry.Metrics[name]
				if !ok || !found {
					t.Errorf("%s: %s is not described", dir, m.Name)
				}
				seen[name] = true
				for _, attrs := range attributesOf(m) {
					var keys []string
					for _, kv := range attrs.ToSlice() {
						keys = append(keys, string(kv.Key))
						if enum := meta.Attributes[string(kv.Key)].Enum; enum != nil && !slices.Contains(enum, kv.Value.AsString()) {
							t.Errorf("%s: %s=%s is not described", m.Name, kv.Key, kv.Value.AsString())
						}
					}
					if want := slices.Sorted(slices.Values(described.Attributes)); !slices.Equal(keys, want) {
						t.Errorf("%s has %v, described are %v", m.Name, keys, want)
					}
				}
			}
		}
		for name := range maps.Keys(meta.Telemetry.Metrics) {
			if !seen[name] {
				t.Errorf("%s: %s is described and was not emitted", dir, name)
			}
			if !strings.Contains(string(doc), "`otelcol_"+name+"`") {
				t.Errorf("docs/collector.md has no %s", name)
			}
		}
	}
}

func attributesOf(m metricdata.Metrics) (sets []attribute.Set) {
	switch d := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range d.DataPoints {
			sets = append(sets, p.Attributes)
		}
	case metricdata.Gauge[int64]:
		for _, p := range d.DataPoints {
			sets = append(sets, p.Attributes)
		}
	case metricdata.Gauge[float64]:
		for _, p := range d.DataPoints {
			sets = append(sets, p.Attributes)
		}
	case metricdata.Histogram[float64]:
		for _, p := range d.DataPoints {
			sets = append(sets, p.Attributes)
		}
	}
	return sets
}
