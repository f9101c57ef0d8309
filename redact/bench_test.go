package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// benchSecrets makes n base62 tokens of 32 bytes.
func benchSecrets(n int) []Secret {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	out := make([]Secret, n)
	for i := range out {
		v := make([]byte, 32)
		for j := range v {
			v[j] = base62[rng.IntN(62)]
		}
		out[i] = NewSecret(fmt.Sprintf("team%d/svc/token%d", i%50, i), "v1", v)
	}
	return out
}

// benchLines makes clean JSON log lines.
func benchLines(n int) [][]byte {
	rng := rand.New(rand.NewPCG(9, 9))
	out := make([][]byte, n)
	for i := range out {
		out[i], _ = json.Marshal(map[string]any{
			"time":  fmt.Sprintf("2026-03-%02dT%02d:%02d:%02d.%06dZ", 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), rng.IntN(1e6)),
			"level": "INFO", "msg": "request completed", "method": "GET", "path": fmt.Sprintf("/api/v1/orders/%d/items", rng.IntN(1e6)),
			"status": 200, "duration_ms": rng.Float64() * 100, "remote": fmt.Sprintf("10.%d.%d.%d", rng.IntN(256), rng.IntN(256), rng.IntN(256)),
			"trace_id": fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()),
		})
		out[i] = append(out[i], '\n')
	}
	return out
}

func BenchmarkClean(b *testing.B) {
	lines := benchLines(2000)
	body := bytes.Join(lines, nil)
	for _, n := range []int{10, 1000, 10000} {
		m, err := NewMatcher(benchSecrets(n))
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, len(body)+1000)
		b.Run(fmt.Sprintf("line/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				for _, l := range lines {
					dst = m.Append(dst[:0], l)
					if len(dst) != len(l) {
						b.Fatal("changed")
					}
				}
			}
		})
		b.Run(fmt.Sprintf("body/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				dst = m.Append(dst[:0], body)
				if len(dst) != len(body) {
					b.Fatal("changed")
				}
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			secrets := benchSecrets(n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var m *Matcher
			for b.Loop() {
				m, _ = NewMatcher(secrets)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			grown := float64(int64(after.HeapAlloc) - int64(before.HeapAlloc))
			b.ReportMetric(grown/1e6, "MB")
			b.ReportMetric(grown/float64(n), "B/secret")
			b.ReportMetric(float64(len(m.engine().segments[0].auto.patterns))/float64(n), "patterns/secret")
			runtime.KeepAlive(m)
		})
	}
}

// BenchmarkRotate replaces one secret of 10,000 by its next version.
func BenchmarkRotate(b *testing.B) {
	secrets := benchSecrets(10000)
	m, err := NewMatcher(secrets)
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	var took []time.Duration
	for b.Loop() {
		fresh := NewSecret(secrets[i].Name(), "v2", fmt.Appendf(nil, "rotated-%024d", i))
		start := time.Now()
		if m, err = m.Update([]Secret{fresh}, []Secret{secrets[i]}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		secrets[i] = fresh
		i = (i + 1) % len(secrets)
	}
	slices.Sort(took)
	for _, q := range []int{500, 990, 999} {
		b.ReportMetric(took[len(took)*q/1000].Seconds()*1e3, fmt.Sprintf("ms-p%g", float64(q)/10))
	}
	if m.Len() != len(secrets) || m.String("rotated-000000000000000000000000") == "rotated-000000000000000000000000" {
		b.Fatal("lost a secret")
	}
}
