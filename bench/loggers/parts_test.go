package loggers

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// BenchmarkParts says what the time of a clean record consists of: the bare
// logger, what an adapter adds without any secret, and what the engine adds to
// that. The three are timed in turns and their medians are subtracted.
func BenchmarkParts(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		s := newSet(b, n)
		none := set{matcher: &redact.Matcher{}}
		for _, sub := range subjects {
			if !sub.ours {
				continue
			}
			b.Run(fmt.Sprintf("%s/secrets=%d", sub.name, n), func(b *testing.B) {
				check(b, sub, s)
				loggers := []logger{sub.bare(io.Discard), sub.redacted(io.Discard, none), sub.redacted(io.Discard, s)}
				times := make([][]time.Duration, len(loggers))
				runtime.GC()
				for b.Loop() {
					for i, l := range loggers {
						times[i] = append(times[i], timed(l, cleanDSN))
					}
				}
				var ns [3]float64
				for i := range times {
					slices.Sort(times[i])
					ns[i] = float64(times[i][len(times[i])/2]) / turn
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(ns[0], "logger-ns")
				b.ReportMetric(ns[1]-ns[0], "adapter-ns")
				b.ReportMetric(ns[2]-ns[1], "engine-ns")
			})
		}
	}
}
