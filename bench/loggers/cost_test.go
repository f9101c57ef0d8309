package loggers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const cleanDSN = "db-7.internal.example.com:5432/payments"

// secretOf returns a token, which every one of the clones can find.
func secretOf(s set) string { return s.secrets[7].Value }

// check logs a clean and a dirty record and looks at what comes out.
func check(t testing.TB, sub subject, s set) {
	t.Helper()
	clean, dirty := record(t, sub.redacted, s, cleanDSN), record(t, sub.redacted, s, secretOf(s))
	if want := record(t, func(w io.Writer, _ set) logger { return sub.bare(w) }, s, cleanDSN); !maps.Equal(clean, want) {
		t.Fatalf("a clean record changed: %v, want %v", clean, want)
	}
	if v := fmt.Sprint(dirty["dsn"]); strings.Contains(v, secretOf(s)) || !strings.HasPrefix(v, "[REDACTED") {
		t.Fatalf("dsn is %s", v)
	}
	delete(dirty, "dsn")
	delete(clean, "dsn")
	if !maps.Equal(clean, dirty) {
		t.Fatalf("a dirty record is %v, want %v", dirty, clean)
	}
}

// record returns what a logger writes, without the time.
func record(t testing.TB, redacted func(io.Writer, set) logger, s set, dsn string) map[string]any {
	t.Helper()
	var b bytes.Buffer
	redacted(&b, s)(dsn)
	var m map[string]any
	if err := json.Unmarshal(b.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "time")
	delete(m, "ts")
	return m
}

// The answers of all subjects, which the benchmarks check again.
func TestSubjects(t *testing.T) {
	s := newSet(t, 200)
	for _, sub := range subjects {
		t.Run(sub.name, func(t *testing.T) { check(t, sub, s) })
	}
}

// turn is how many records are logged between two looks at the clock.
const turn = 200

// compare times two loggers in turns and reports the medians.
func compare(b *testing.B, bare, ours logger, bareDSN, dsn string) {
	bareAllocs, oursAllocs := allocs(bare, bareDSN), allocs(ours, dsn)
	var bares, ourss []time.Duration
	for b.Loop() {
		bares = append(bares, timed(bare, bareDSN))
		ourss = append(ourss, timed(ours, dsn))
	}
	ratios := make([]float64, len(bares))
	for i := range bares {
		ratios[i] = float64(ourss[i]) / float64(bares[i])
	}
	slices.Sort(ratios)
	slices.Sort(bares)
	slices.Sort(ourss)
	n := len(bares) / 2
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(bares[n])/turn, "bare-ns")
	b.ReportMetric(float64(ourss[n])/turn, "ns")
	b.ReportMetric(ratios[n], "x-bare")
	b.ReportMetric(oursAllocs-bareAllocs, "allocs-added")
}

func timed(l logger, dsn string) time.Duration {
	start := time.Now()
	for range turn {
		l(dsn)
	}
	return time.Since(start)
}

func allocs(l logger, dsn string) float64 { return testing.AllocsPerRun(turn, func() { l(dsn) }) }

// BenchmarkClean is the record that nearly every record is.
func BenchmarkClean(b *testing.B) { each(b, cleanDSN, nil) }

// BenchmarkDirty is a record with one secret, beside the bare logger that writes
// it as it is.
func BenchmarkDirty(b *testing.B) { each(b, "", secretOf) }

func each(b *testing.B, dsn string, of func(set) string) {
	for _, n := range []int{1000, 10_000} {
		s := newSet(b, n)
		if of != nil {
			dsn = of(s)
		}
		for _, sub := range subjects {
			b.Run(fmt.Sprintf("%s/secrets=%d", sub.name, n), func(b *testing.B) {
				check(b, sub, s)
				runtime.GC()
				compare(b, sub.bare(io.Discard), sub.redacted(io.Discard, s), dsn, dsn)
			})
		}
	}
}
