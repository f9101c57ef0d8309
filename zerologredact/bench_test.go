//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

func testValue(i int) string { return fmt.Sprintf("Zq%08x%x-secret", uint32(i)*2654435761, i) }

func manySecrets(t testing.TB, n int) *redact.Matcher {
	t.Helper()
	secrets := make([]redact.Secret, n)
	for i := range secrets {
		secrets[i] = redact.NewSecret(fmt.Sprint("app/", i), "v1", []byte(testValue(i)))
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func cleanEvent(l *zerolog.Logger) {
	l.Info().Str("method", "GET").Str("path", "/v1/payments/4711/refunds").Int("status", 200).
		Dur("took", 1234*time.Microsecond).Str("remote", "10.2.3.4:51234").Bool("tls", true).
		Str("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11").Time("at", time.Unix(1700000000, 0)).
		Float64("load", 0.25).Str("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36").
		Msg("request served with a message of usual length")
}

// ZERO-12: an event without a match costs no allocation, key rules included.
func TestAllocs(t *testing.T) {
	if raceOn {
		t.Skip("allocations are counted without the race detector")
	}
	m := manySecrets(t, 1000)
	for name, w := range map[string]zerolog.LevelWriter{
		"plain": zerologredact.NewWriter(io.Discard, m), "key rules": zerologredact.NewWriter(io.Discard, m, zerologredact.WithKeyRules(keyrules.New())),
	} {
		bare := zerolog.New(io.Discard).With().Str("service", "payments").Logger()
		ours := zerolog.New(w).With().Str("service", "payments").Logger()
		want := testing.AllocsPerRun(500, func() { cleanEvent(&bare) })
		if got := testing.AllocsPerRun(500, func() { cleanEvent(&ours) }); got > want {
			t.Errorf("%s: %v allocations, bare writer %v", name, got, want)
		}
	}
}

// replaceAll is what writers of this kind do: one search and replace for each
// value. It finds less than we do.
type replaceAll struct {
	w      io.Writer
	values [][]byte
}

func (r *replaceAll) Write(p []byte) (int, error) {
	out := p
	for _, v := range r.values {
		if bytes.Contains(out, v) {
			out = bytes.ReplaceAll(out, v, []byte("[REDACTED]"))
		}
	}
	_, err := r.w.Write(out)
	return len(p), err
}

func BenchmarkWriter(b *testing.B) {
	var values [][]byte
	for i := range 1000 {
		values = append(values, []byte(testValue(i)))
	}
	for _, bench := range []struct {
		name string
		w    io.Writer
	}{
		{"bare", io.Discard},
		{"redacted=1000", zerologredact.NewWriter(io.Discard, manySecrets(b, 1000))},
		{"redacted=10000", zerologredact.NewWriter(io.Discard, manySecrets(b, 10000))},
		{"redacted=1000,key-rules", zerologredact.NewWriter(io.Discard, manySecrets(b, 1000), zerologredact.WithKeyRules(keyrules.New()))},
		{"masq-like=1000", &replaceAll{io.Discard, values}},
	} {
		l := zerolog.New(bench.w).With().Str("service", "payments").Logger()
		b.Run("clean/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cleanEvent(&l)
			}
		})
		secret := testValue(7)
		b.Run("dirty/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Info().Str("method", "GET").Str("dsn", secret).Int("status", 200).Str("path", "/v1/payments/4711/refunds").
					Str("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11").Msg("request served with a message of usual length")
			}
		})
	}
}
