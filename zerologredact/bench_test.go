//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
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

func dirtyEvent(l *zerolog.Logger, dsn string) {
	l.Info().Str("method", "GET").Str("dsn", dsn).Int("status", 200).Str("path", "/v1/payments/4711/refunds").
		Str("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11").Msg("request served with a message of usual length")
}

// logged returns what a writer makes of a clean and of a dirty event.
func logged(of func(io.Writer) io.Writer, dsn string) string {
	var b bytes.Buffer
	l := zerolog.New(of(&b)).With().Str("service", "payments").Logger()
	cleanEvent(&l)
	dirtyEvent(&l, dsn)
	return b.String()
}

func BenchmarkWriter(b *testing.B) {
	var values [][]byte
	for i := range 1000 {
		values = append(values, []byte(testValue(i)))
	}
	const tag = "[REDACTED:app/7@v1]"
	secret := testValue(7)
	bare := func(w io.Writer) io.Writer { return w }
	small, large := manySecrets(b, 1000), manySecrets(b, 10000)
	for _, bench := range []struct {
		name string
		of   func(io.Writer) io.Writer
		tag  string
	}{
		{"bare", bare, secret},
		{"redacted=1000", func(w io.Writer) io.Writer { return zerologredact.NewWriter(w, small) }, tag},
		{"redacted=10000", func(w io.Writer) io.Writer { return zerologredact.NewWriter(w, large) }, tag},
		{"redacted=1000,key-rules", func(w io.Writer) io.Writer {
			return zerologredact.NewWriter(w, small, zerologredact.WithKeyRules(keyrules.New()))
		}, tag},
		{"masq-like=1000", func(w io.Writer) io.Writer { return &replaceAll{w, values} }, "[REDACTED]"},
	} {
		if got, want := logged(bench.of, secret), strings.ReplaceAll(logged(bare, secret), secret, bench.tag); got != want {
			b.Fatalf("%s: got  %swant %s", bench.name, got, want)
		}
		l := zerolog.New(bench.of(io.Discard)).With().Str("service", "payments").Logger()
		b.Run("clean/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cleanEvent(&l)
			}
		})
		b.Run("dirty/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dirtyEvent(&l, secret)
			}
		})
	}
}
