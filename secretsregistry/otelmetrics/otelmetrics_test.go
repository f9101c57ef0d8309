package otelmetrics_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/otelmetrics"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const (
	path  = "payments/db"
	value = "hunter2-hunter2"
)

// A rig is a cache that reports to a reader.
type rig struct {
	*testing.T
	reader *metric.ManualReader
	mock   *devmock.Manager
	reg    *secretsregistry.Registry
	cache  *secretsregistry.Cache
}

func newRig(t *testing.T, opts ...secretsregistry.CacheOption) *rig {
	r := &rig{T: t, reader: metric.NewManualReader(), mock: devmock.New(), reg: secretsregistry.New()}
	mp := metric.NewMeterProvider(metric.WithReader(r.reader))
	m, err := otelmetrics.New(mp)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := otelmetrics.ObserveRegistry(mp, r.reg)
	if err != nil {
		t.Fatal(err)
	}
	r.cache = secretsregistry.NewCache(r.mock, r.reg, append([]secretsregistry.CacheOption{
		secretsregistry.WithMetrics(m), secretsregistry.WithProviderName("dev"), secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Hour),
	}, opts...)...)
	t.Cleanup(func() {
		r.cache.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// collect returns the values of all series: of histograms how often something
// was observed. A series is spelled name{key=value,...}.
func (r *rig) collect() map[string]int64 {
	r.Helper()
	synctest.Wait()
	var rm metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &rm); err != nil {
		r.Fatal(err)
	}
	all, err := json.Marshal(rm)
	if err != nil {
		r.Fatal(err)
	}
	for _, secret := range []string{"payments", "hunter2", "password"} {
		if strings.Contains(string(all), secret) {
			r.Errorf("%q in the metrics", secret)
		}
	}
	out := map[string]int64{}
	put := func(m metricdata.Metrics, attrs attribute.Set, n int64) {
		out[strings.TrimPrefix(m.Name, "tagout.secrets.")+"{"+attrs.Encoded(attribute.DefaultEncoder())+"}"] = n
	}
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					put(m, p.Attributes, p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					put(m, p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					if m.Unit != "s" || len(p.Bounds) < 8 {
						r.Errorf("%s: unit %q, bounds %v", m.Name, m.Unit, p.Bounds)
					}
					put(m, p.Attributes, int64(p.Count))
				}
			default:
				r.Errorf("%s: %T", m.Name, d)
			}
		}
	}
	return out
}

func (r *rig) want(want map[string]int64) {
	r.Helper()
	got := r.collect()
	for series, n := range want {
		if k, ok := got[series]; !ok || k != n {
			r.Errorf("%s is %d, want %d", series, k, n)
		}
	}
	if r.Failed() {
		r.Logf("%v", slices.Sorted(maps.Keys(got)))
	}
}

// CACHE-METRICS: every metric arrives under its name, with its labels, and says
// what happened.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.mock.Set(path, map[string]string{"password": value, "flag": "true", "pin": "1a2b3"})
		r.mock.Script(devmock.Slow(devmock.FaultNone, time.Second))
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := r.cache.Get(t.Context(), path); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		r.cache.Get(t.Context(), path)
		// The watch has read once more, as it does when it is connected.
		r.want(map[string]int64{
			"fetch_total{class=ok,provider=dev}":            2,
			"fetch_seconds{class=ok,provider=dev}":          2,
			"served_age_seconds{provider=dev,state=fresh}":  101,
			"singleflight_shared_total{provider=dev}":       100,
			"register_seconds{provider=dev}":                2,
			"unredactable_total{provider=dev,reason=plain}": 2,
			"unredactable_total{provider=dev,reason=weak}":  2,
			"watch_connected{provider=dev}":                 1,
			"needles{state=live}":                           int64(r.reg.Matcher().Len()),
			"needles{state=retired}":                        0,
			"unavailable{condition=empty}":                  0,
			"unavailable{condition=stale}":                  0,
			"unavailable{condition=closed}":                 0,
			"retired_needles_evicted_total{}":               0,
			"events_dropped_total{}":                        0,
		})
		r.mock.Set(path, map[string]string{"password": value + "-2"})
		r.want(map[string]int64{"rotations_total{provider=dev}": 1, "fetch_total{class=ok,provider=dev}": 3})
		time.Sleep(time.Minute)
		if n := r.collect()["refresh_lag_seconds{provider=dev}"]; n < 2 {
			t.Errorf("refresh_lag_seconds: %d observations", n)
		}
		r.mock.Set(path, map[string]string{"password": value + "-3"})
		synctest.Wait()
		if n := r.collect()["needles{state=retired}"]; n == 0 {
			t.Error("no retired needles")
		}

		r.mock.Break(devmock.FaultUnavailable)
		time.Sleep(10 * time.Minute)
		r.cache.Get(t.Context(), path)
		got := r.collect()
		if got["fetch_total{class=transient,provider=dev}"] < 5 || got["fetch_seconds{class=transient,provider=dev}"] < 5 {
			t.Error("failed requests are missing")
		}
		r.want(map[string]int64{
			"stale_served_total{provider=dev}":             1,
			"served_age_seconds{provider=dev,state=stale}": 1,
		})
		for range 100 { // until a probe is under way
			if r.collect()["breaker_state{provider=dev}"] == 2 {
				break
			}
			time.Sleep(time.Second)
		}
		r.want(map[string]int64{"breaker_state{provider=dev}": 2})
		r.mock.Break(devmock.FaultHang)
		for range 300 {
			if r.collect()["breaker_state{provider=dev}"] == 1 {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		r.want(map[string]int64{"breaker_state{provider=dev}": 1})
		time.Sleep(2 * time.Hour)
		r.cache.Get(t.Context(), path)
		r.want(map[string]int64{"expired_total{provider=dev}": 1})

		r.mock.Break(devmock.FaultNone)
		r.mock.Delete(path)
		time.Sleep(time.Minute)
		r.want(map[string]int64{"breaker_state{provider=dev}": 0})
		if n := r.collect()["fetch_total{class=not_found,provider=dev}"]; n == 0 {
			t.Error("an answer without a secret is missing")
		}
		r.mock.Break(devmock.FaultUnavailable)
		time.Sleep(10 * time.Minute)
		r.cache.Close()
		r.want(map[string]int64{"watch_connected{provider=dev}": 0, "breaker_state{provider=dev}": 0})
	})
}

// CACHE-METRICS: the number of series does not grow with paths, versions,
// fields and failures.
func TestSeriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, secretsregistry.WithNegativeTTL(0))
		live := func(n int) {
			for i := range n {
				p := fmt.Sprint(path, "/", i)
				r.mock.Set(p, map[string]string{"password": fmt.Sprint(value, i), fmt.Sprint("flag", i): "true", fmt.Sprint("pin", i): "1a2b3", "blank": "  ", "todo": "changeme", "x": "ab"})
				r.cache.Get(t.Context(), p)
			}
			for _, f := range []devmock.Fault{devmock.FaultUnavailable, devmock.FaultDenied, devmock.FaultNotFound, devmock.FaultMalformed, devmock.FaultPanic, devmock.FaultNone} {
				r.mock.Break(f)
				time.Sleep(10 * time.Minute)
				for i := range n {
					r.cache.Get(t.Context(), fmt.Sprint(path, "/", i))
				}
			}
		}
		live(2)
		live(2)
		before := r.collect()
		live(30)
		after := r.collect()
		for series := range after {
			if _, ok := before[series]; !ok {
				t.Errorf("new: %s", series)
			}
		}
		if len(before) < 20 {
			t.Errorf("%d series", len(before))
		}
	})
}
