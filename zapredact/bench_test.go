package zapredact_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zapredact"
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

func cleanEntry(l *zap.Logger) {
	l.Info("request served with a message of usual length",
		zap.String("method", "GET"), zap.String("path", "/v1/payments/4711/refunds"), zap.Int("status", 200),
		zap.Duration("took", 1234*time.Microsecond), zap.String("remote", "10.2.3.4:51234"), zap.Bool("tls", true),
		zap.String("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11"), zap.Time("at", time.Unix(1700000000, 0)),
		zap.Float64("load", 0.25), zap.String("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"))
}

// ZAP-12: strings and scalars without a match cost no allocation over the bare
// core, bound fields included; a disabled level costs none.
func TestAllocs(t *testing.T) {
	if raceOn {
		t.Skip("allocations are counted without the race detector")
	}
	m := manySecrets(t, 1000)
	for name, core := range map[string]zapcore.Core{
		"json": jsonCore(io.Discard, zap.InfoLevel), "console": consoleCore(io.Discard, zap.InfoLevel),
		"tee": zapcore.NewTee(jsonCore(io.Discard, zap.InfoLevel), jsonCore(io.Discard, zap.WarnLevel)),
	} {
		with := func(l *zap.Logger) *zap.Logger {
			return l.Named("n").With(zap.String("service", "payments"), zap.Int("n", 1))
		}
		bare, ours := with(zap.New(core)), with(zap.New(core, zapredact.WrapCore(m)))
		want := testing.AllocsPerRun(500, func() { cleanEntry(bare) })
		if got := testing.AllocsPerRun(500, func() { cleanEntry(ours) }); got > want {
			t.Errorf("%s: %v allocations, bare core %v", name, got, want)
		}
		if got := testing.AllocsPerRun(500, func() { ours.Debug("off") }); got != 0 {
			t.Errorf("%s, disabled: %v allocations", name, got)
		}
	}
}

// masqLike is what redactors of this kind do: a core that replaces whole string
// values that it knows. It finds less than we do.
type masqLike struct {
	zapcore.Core
	values map[string]string
}

func (c masqLike) With(fs []zapcore.Field) zapcore.Core { return masqLike{c.Core.With(fs), c.values} }

func (c masqLike) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c masqLike) Write(e zapcore.Entry, fs []zapcore.Field) error {
	out := make([]zapcore.Field, len(fs))
	for i, f := range fs {
		if f.Type == zapcore.StringType {
			if tag, ok := c.values[f.String]; ok {
				f.String = tag
			}
		}
		out[i] = f
	}
	return c.Core.Write(e, out)
}

func dirtyEntry(l *zap.Logger, dsn string) {
	l.Info("request served with a message of usual length", zap.String("method", "GET"), zap.String("dsn", dsn),
		zap.Int("status", 200), zap.String("path", "/v1/payments/4711/refunds"), zap.String("request_id", "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11"))
}

// noon is a clock that stands.
type noon struct{}

func (noon) Now() time.Time                         { return time.Unix(1700000000, 0) }
func (noon) NewTicker(d time.Duration) *time.Ticker { return time.NewTicker(d) }

// logged returns what a core writes of a clean and of a dirty entry.
func logged(of func(zapcore.Core) zapcore.Core, dsn string) string {
	var b bytes.Buffer
	l := zap.New(of(jsonCore(&b, zap.InfoLevel)), zap.WithClock(noon{})).With(zap.String("service", "payments"))
	cleanEntry(l)
	dirtyEntry(l, dsn)
	return b.String()
}

func BenchmarkCore(b *testing.B) {
	values := map[string]string{}
	for i := range 1000 {
		values[testValue(i)] = fmt.Sprint("[REDACTED:app/", i, "@v1]")
	}
	secret := testValue(7)
	tag := values[secret]
	bare := func(c zapcore.Core) zapcore.Core { return c }
	small, large := manySecrets(b, 1000), manySecrets(b, 10000)
	for _, bench := range []struct {
		name string
		of   func(zapcore.Core) zapcore.Core
		tag  string
	}{
		{"bare", bare, secret},
		{"redacted=1000", func(c zapcore.Core) zapcore.Core { return zapredact.NewCore(c, small) }, tag},
		{"redacted=10000", func(c zapcore.Core) zapcore.Core { return zapredact.NewCore(c, large) }, tag},
		{"masq-like=1000", func(c zapcore.Core) zapcore.Core { return masqLike{c, values} }, tag},
	} {
		if got, want := logged(bench.of, secret), strings.ReplaceAll(logged(bare, secret), secret, bench.tag); got != want {
			b.Fatalf("%s: got  %swant %s", bench.name, got, want)
		}
		l := zap.New(bench.of(jsonCore(io.Discard, zap.InfoLevel))).With(zap.String("service", "payments"))
		b.Run("clean/json/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cleanEntry(l)
			}
		})
		b.Run("dirty/json/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dirtyEntry(l, secret)
			}
		})
	}
}
