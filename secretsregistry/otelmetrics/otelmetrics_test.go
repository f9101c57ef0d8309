package otelmetrics_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/otelmetrics"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// CACHE-METRICS: everything that is measured arrives, under labels that name
// no secret.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := metric.NewManualReader()
		mp := metric.NewMeterProvider(metric.WithReader(reader))
		m, err := otelmetrics.New(mp)
		if err != nil {
			t.Fatal(err)
		}
		reg := secretsregistry.New()
		stop, err := otelmetrics.ObserveRegistry(mp, reg)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		mock := devmock.New(devmock.WithPaths("payments/db"))
		c := secretsregistry.NewCache(mock, reg, secretsregistry.WithMetrics(m), secretsregistry.WithTTL(time.Minute))
		defer c.Close()
		mock.Set("payments/db", map[string]string{"password": "hunter2-hunter2", "flag": "true"})
		if err := c.Start(t.Context(), "payments/db"); err != nil {
			t.Fatal(err)
		}
		mock.Rotate("payments/db")
		time.Sleep(time.Minute)
		mock.Break(devmock.FaultUnavailable)
		time.Sleep(5 * time.Minute)
		c.Get(t.Context(), "payments/db")
		time.Sleep(time.Hour)
		c.Get(t.Context(), "payments/db")
		synctest.Wait()

		var rm metricdata.ResourceMetrics
		if err := reader.Collect(context.Background(), &rm); err != nil {
			t.Fatal(err)
		}
		all, err := json.Marshal(rm)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"fetch_total", "fetch_seconds", "served_age_seconds", "stale_served_total", "expired_total", "refresh_lag_seconds",
			"breaker_open", "rotations_total", "register_seconds", "unredactable_total", "watch_connected", "needles", `"Value":"transient"`, `"Value":"plain"`} {
			if !strings.Contains(string(all), want) {
				t.Errorf("%s is missing", want)
			}
		}
		for _, secret := range []string{"payments", "hunter2", "password"} {
			if strings.Contains(string(all), secret) {
				t.Errorf("%q in the metrics", secret)
			}
		}
	})
}
