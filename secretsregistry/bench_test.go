package secretsregistry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// Get on a live value, while the provider answers and while it hangs (7).
func BenchmarkGet(b *testing.B) {
	for _, c := range []struct {
		name  string
		fault devmock.Fault
	}{{"healthy", devmock.FaultNone}, {"hanging", devmock.FaultHang}} {
		b.Run(c.name, func(b *testing.B) {
			m := devmock.New(devmock.WithPaths(db))
			cache := secretsregistry.NewCache(plain{m}, secretsregistry.New(), secretsregistry.WithTTL(time.Hour))
			defer cache.Close()
			if err := cache.Start(b.Context(), db); err != nil {
				b.Fatal(err)
			}
			m.Break(c.fault)
			go cache.Get(b.Context(), "cold") // a request that hangs
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				began := time.Now()
				if _, err := cache.Get(b.Context(), db); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
		})
	}
}
