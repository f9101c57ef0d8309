// Package bridges tests zapredact together with what connects zap to others. It is
// a package of its own so that whoever imports zapredact does not get these into the
// go.sum of a module.
package bridges

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/contrib/bridges/otelzap"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zapredact"
)

const (
	value = `kestrel"4471-moor`
	tag   = "[REDACTED:db@v1]"
)

func matcher(t *testing.T) *redact.Matcher {
	t.Helper()
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v1", []byte(value))})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func jsonCore(w io.Writer, l zapcore.Level) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(w), l)
}

func leak(t *testing.T, s string) {
	t.Helper()
	if strings.Contains(s, "kestrel") || strings.Contains(s, base64.StdEncoding.EncodeToString([]byte(value))[:8]) {
		t.Errorf("the value is shown: %s", s)
	}
}

// recordPrinter is an exporter that prints all of a record.
type recordPrinter struct{ bytes.Buffer }

func (p *recordPrinter) Export(_ context.Context, records []sdklog.Record) error {
	for _, r := range records {
		fmt.Fprintf(p, "%s %s %s", r.InstrumentationScope().Name, r.SeverityText(), r.Body().AsString())
		r.WalkAttributes(func(kv attribute.KeyValue) bool {
			fmt.Fprintf(p, " %s=%s", kv.Key, kv.Value.String())
			return true
		})
		fmt.Fprintln(p)
	}
	return nil
}

func (*recordPrinter) Shutdown(context.Context) error   { return nil }
func (*recordPrinter) ForceFlush(context.Context) error { return nil }

type user struct{ Name, password string }

func (u user) String() string { return u.Name + ":" + u.password }

func (u user) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString(u.password, u.Name)
	enc.OpenNamespace("ns")
	enc.AddBinary("bin", []byte(u.password))
	return enc.AddReflected("r", map[string]any{"p": []string{u.password}})
}

// ZAP-13: OpenTelemetry's bridge, beside a core that writes JSON, forwards fields of
// every sort, bound and not, as the wrapper hands them to it.
func TestOpenTelemetryBridge(t *testing.T) {
	u := user{"app", value}
	for name, f := range map[string]zap.Field{
		"string": zap.String("k", value), "key": zap.Int(value, 1), "bytes": zap.ByteString("k", []byte(value)), "binary": zap.Binary("k", []byte(value)),
		"stringer": zap.Stringer("k", u), "error": zap.Error(fmt.Errorf("w: %w", errors.New(value))), "errors": zap.Errors("k", []error{errors.New(value)}),
		"object": zap.Object("k", u), "inline": zap.Inline(u), "objects": zap.Objects("k", []user{u, u}), "strings": zap.Strings("k", []string{value}),
		"reflect": zap.Reflect("k", struct{ P string }{value}), "map": zap.Any("k", map[string]any{value: []any{value}}), "dict": zap.Dict("k", zap.String("a", value)),
		"uint8s": zap.Uint8s("k", []byte(value)), "namespace": zap.Namespace(value),
	} {
		var b bytes.Buffer
		var records recordPrinter
		provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(&records)))
		bridge := otelzap.NewCore("app", otelzap.WithLoggerProvider(provider))
		l := zap.New(zapcore.NewTee(bridge, jsonCore(&b, zap.WarnLevel)), zapredact.WrapCore(matcher(t))).Named("sub " + value)
		l.With(f).Info("m "+value, f, zap.Int("n", 1))
		l.Warn("m "+value, zap.Namespace("ns"), f, zap.Int("n", 1))
		if err := provider.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		leak(t, records.String()+b.String())
		if strings.Count(records.String(), "m "+tag) != 2 || strings.Count(b.String(), "\n") != 1 || strings.Count(records.String()+b.String(), tag) < 7 {
			t.Errorf("%s: %s%s", name, records.String(), b.String())
		}
	}
}

// ZAP-13: slog in front of zap: its handler asks the core as a logger does.
func TestSlogInFront(t *testing.T) {
	var b bytes.Buffer
	core := zapredact.NewCore(zapcore.NewTee(jsonCore(&b, zap.InfoLevel), jsonCore(&b, zap.ErrorLevel)), matcher(t))
	l := slog.New(zapslog.NewHandler(core, zapslog.WithName("n "+value), zapslog.AddStacktraceAt(slog.LevelError)))
	l = l.With("bound", value).WithGroup("g " + value)
	l.Info("m "+value, "k", value, "err", errors.New(value), slog.Group("in", "v", []string{value}))
	l.Error("m "+value, value, fmt.Errorf("w: %w", errors.New(value)))
	leak(t, b.String())
	if strings.Count(b.String(), "m "+tag) != 3 || strings.Count(b.String(), `"bound":"`+tag+`"`) != 3 {
		t.Error(b.String())
	}
}
