package slogredact_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
)

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

func testValue(i int) string { return fmt.Sprintf("Zq%08x%x-secret", uint32(i)*2654435761, i) }

func cleanRecord(l *slog.Logger) {
	l.LogAttrs(context.Background(), slog.LevelInfo, "request served with a message of usual length",
		slog.String("method", "GET"), slog.String("path", "/v1/payments/4711/refunds"), slog.Int("status", 200),
		slog.Duration("took", 1234*time.Microsecond), slog.String("remote", "10.2.3.4:51234"), slog.Bool("tls", true),
		slog.String("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11"), slog.Time("at", time.Unix(1700000000, 0)),
		slog.Float64("load", 0.25), slog.String("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"))
}

// SLOG-11: strings and scalars without a match cost no allocation over the bare
// handler, bound attributes and groups included; a disabled level costs none.
func TestAllocs(t *testing.T) {
	if raceOn {
		t.Skip("allocations are counted without the race detector")
	}
	m := manySecrets(t, 1000)
	for name, inner := range map[string]slog.Handler{
		"json": slog.NewJSONHandler(io.Discard, nil), "text": slog.NewTextHandler(io.Discard, nil),
	} {
		with := func(h slog.Handler) *slog.Logger {
			return slog.New(h).With("service", "payments", "n", 1).WithGroup("http").With("a", "b")
		}
		bare, ours := with(inner), with(slogredact.NewHandler(inner, m))
		want := testing.AllocsPerRun(200, func() { cleanRecord(bare) })
		if got := testing.AllocsPerRun(200, func() { cleanRecord(ours) }); got > want {
			t.Errorf("%s: %v allocations, bare handler %v", name, got, want)
		}
		group := slog.Group("g", slog.String("a", "b"), slog.Int("n", 1))
		r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
		r.AddAttrs(group, slog.String("k", "v"))
		want = testing.AllocsPerRun(200, func() { _ = bare.Handler().Handle(context.Background(), r) })
		if got := testing.AllocsPerRun(200, func() { _ = ours.Handler().Handle(context.Background(), r) }); got > want {
			t.Errorf("%s, group: %v allocations, bare handler %v", name, got, want)
		}
		if got := testing.AllocsPerRun(200, func() { ours.Debug("off") }); got != 0 {
			t.Errorf("%s, disabled: %v allocations", name, got)
		}
	}
}

// masqLike is what redactors of this kind do: ReplaceAttr looks at every
// attribute and replaces what it knows, value by value.
func masqLike(values map[string]string) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindString {
			s := a.Value.String()
			if tag, ok := values[s]; ok { // whole values only: it finds less than we do
				return slog.String(a.Key, tag)
			}
		}
		return a
	}
}

// dirtyRecord is a record with one attribute that may be a secret.
func dirtyRecord(l *slog.Logger, dsn string) {
	l.LogAttrs(context.Background(), slog.LevelInfo, "request served with a message of usual length",
		slog.String("method", "GET"), slog.String("dsn", dsn), slog.Int("status", 200),
		slog.String("path", "/v1/payments/4711/refunds"), slog.String("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11"))
}

// checkHandler fails unless a handler shows what one without redaction shows, but
// for the secret.
func checkHandler(b *testing.B, bare, redacted func(io.Writer) slog.Handler, secret, tag string) {
	b.Helper()
	lines := func(make func(io.Writer) slog.Handler) string {
		var out bytes.Buffer
		l := slog.New(timeless{make(&out)}).With("service", "payments")
		cleanRecord(l)
		dirtyRecord(l, secret)
		return out.String()
	}
	if got, want := lines(redacted), strings.ReplaceAll(lines(bare), secret, tag); got != want {
		b.Fatalf("got  %swant %s", got, want)
	}
}

// timeless drops the time of records.
type timeless struct{ slog.Handler }

func (h timeless) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h timeless) WithAttrs(as []slog.Attr) slog.Handler {
	return timeless{h.Handler.WithAttrs(as)}
}

func BenchmarkHandler(b *testing.B) {
	values := map[string]string{}
	for i := range 1000 {
		values[testValue(i)] = fmt.Sprint("[REDACTED:app/", i, "@v1]")
	}
	secret := testValue(7)
	tag := values[secret]
	opts := &slog.HandlerOptions{ReplaceAttr: masqLike(values)}
	small, large := manySecrets(b, 1000), manySecrets(b, 10000)
	asJSON := func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) }
	asText := func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }
	for _, bench := range []struct {
		name     string
		bare, of func(io.Writer) slog.Handler
		tag      string
	}{
		{"json/bare", asJSON, asJSON, secret},
		{"json/redacted=1000", asJSON, func(w io.Writer) slog.Handler { return slogredact.NewHandler(asJSON(w), small) }, tag},
		{"json/redacted=10000", asJSON, func(w io.Writer) slog.Handler { return slogredact.NewHandler(asJSON(w), large) }, tag},
		{"json/masq-like=1000", asJSON, func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, opts) }, tag},
		{"text/bare", asText, asText, secret},
		{"text/redacted=1000", asText, func(w io.Writer) slog.Handler { return slogredact.NewHandler(asText(w), small) }, tag},
		{"text/masq-like=1000", asText, func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, opts) }, tag},
	} {
		checkHandler(b, bench.bare, bench.of, secret, bench.tag)
		l := slog.New(bench.of(io.Discard)).With("service", "payments")
		b.Run("clean/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cleanRecord(l)
			}
		})
		b.Run("dirty/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dirtyRecord(l, secret)
			}
		})
	}
	b.Run("error", func(b *testing.B) {
		var out bytes.Buffer
		shown := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&out, nil), small))
		shown.LogAttrs(context.Background(), slog.LevelError, "failed", slog.Any("err", fmt.Errorf("refund: %w", errors.New(secret))))
		if s := out.String(); strings.Contains(s, secret) || !strings.Contains(s, `"err":"refund: `+tag+`"`) {
			b.Fatal(s)
		}
		l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(io.Discard, nil), small))
		err := fmt.Errorf("refund: %w", errors.New("gateway timed out"))
		b.ReportAllocs()
		for b.Loop() {
			l.LogAttrs(context.Background(), slog.LevelError, "failed", slog.Any("err", err))
		}
	})
}
