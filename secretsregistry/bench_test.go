package secretsregistry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// Get on a live value, while the provider answers and while the value's own
// refresh, and a cold path beside it, hang (7). One reader, then as many as there
// are processors.
func BenchmarkGet(b *testing.B) {
	for _, c := range []struct {
		name  string
		fault devmock.Fault
	}{{"healthy", devmock.FaultNone}, {"hanging", devmock.FaultHang}} {
		open := func(b *testing.B) (get func(), done func()) {
			m := devmock.New(devmock.WithPaths(db))
			cache := secretsregistry.NewCache(m, secretsregistry.New(), secretsregistry.WithTTL(time.Hour), secretsregistry.WithFetchTimeout(time.Hour))
			b.Cleanup(func() { cache.Close() })
			if err := cache.Start(b.Context(), db); err != nil {
				b.Fatal(err)
			}
			first, err := cache.Get(b.Context(), db)
			if err != nil {
				b.Fatal(err)
			}
			want, _ := first.Field("password")
			for m.Fetches() < 2 { // the watch reads once more
				time.Sleep(time.Millisecond)
			}
			m.Break(c.fault)
			if c.fault != devmock.FaultNone {
				m.Rotate(db) // the watch tells, and the refresh hangs
				go cache.Get(b.Context(), "cold")
				for m.Fetches() < 4 {
					time.Sleep(time.Millisecond)
				}
			}
			return func() {
					v, err := cache.Get(b.Context(), db)
					if err != nil {
						b.Fatal(err)
					}
					if pw, _ := v.Field("password"); v.Stale() || pw != want {
						b.Fatalf("version %s, stale %v", v.Version(), v.Stale())
					}
				}, func() {
					if hangs := m.Fetches() >= 4; hangs != (c.fault != devmock.FaultNone) {
						b.Fatalf("%d requests", m.Fetches())
					}
				}
		}
		b.Run(c.name, func(b *testing.B) {
			get, done := open(b)
			took := make([]time.Duration, 0, 1<<20)
			for b.Loop() {
				began := time.Now()
				get()
				if len(took) < cap(took) {
					took = append(took, time.Since(began))
				}
			}
			done()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
			b.ReportMetric(float64(took[len(took)*999/1000].Nanoseconds()), "p99.9-ns")
		})
		b.Run(c.name+"-parallel", func(b *testing.B) {
			get, done := open(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					get()
				}
			})
			done()
		})
	}
}
