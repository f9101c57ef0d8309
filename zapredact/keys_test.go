package zapredact_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zapredact"
)

// KEY-8: off by default; as an option, values under such keys are hidden
// wherever the key stands and whatever the value is.
func TestKeyRules(t *testing.T) {
	const hide = "hunter2"
	shown := zap.String("cache_key", "shown")
	inner := zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error {
		enc.AddString("password", hide)
		enc.AddInt("token", 70710678)
		enc.AddBinary("secret", []byte(hide))
		if err := enc.AddArray("cookies", zapcore.ArrayMarshalerFunc(func(a zapcore.ArrayEncoder) error { a.AppendString(hide); return nil })); err != nil {
			return err
		}
		if err := enc.AddReflected("api_key", hide); err != nil {
			return err
		}
		enc.OpenNamespace("credentials")
		enc.AddString("a", hide)
		enc.AddTime("t", time.Unix(70710678, 0))
		return nil
	})
	for name, log := range map[string]func(*zap.Logger){
		"string": func(l *zap.Logger) { l.Info("m", zap.String("password", hide), shown) },
		"number": func(l *zap.Logger) { l.Info("m", zap.Int("password", 70710678), shown) },
		"error":  func(l *zap.Logger) { l.Info("m", zap.NamedError("token", errors.New(hide)), shown) },
		"bound":  func(l *zap.Logger) { l.With(zap.String("db_password", hide)).Info("m", shown) },
		"namespace": func(l *zap.Logger) {
			l.Info("m", shown, zap.Namespace("cookies"), zap.String("a", hide), zap.Inline(inner))
		},
		"bound namespace": func(l *zap.Logger) {
			l.With(shown, zap.Namespace("cookies"), zap.String("x", hide)).With(zap.String("y", hide)).Info("m", zap.String("a", hide))
		},
		"object":       func(l *zap.Logger) { l.Info("m", zap.Object("o", inner), shown) },
		"bound object": func(l *zap.Logger) { l.With(zap.Object("o", inner)).Info("m", shown) },
		"inline":       func(l *zap.Logger) { l.Info("m", shown, zap.Inline(inner)) },
		"reflect": func(l *zap.Logger) {
			l.Info("m", zap.Any("o", map[string]any{"x": map[string]string{"apiKey": hide}}), shown)
		},
		"sugar": func(l *zap.Logger) { l.Sugar().Infow("m", "authorization", hide, "cache_key", "shown") },
	} {
		var b bytes.Buffer
		log(zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(&redact.Matcher{}, zapredact.WithKeyRules(keyrules.New()))))
		if strings.Contains(b.String(), hide) || strings.Contains(b.String(), "70710678") || strings.Contains(b.String(), "aHVudGVyMg") {
			t.Errorf("%s: the value is shown: %s", name, b.String())
		}
		if !strings.Contains(b.String(), "[REDACTED:key/") || !strings.Contains(b.String(), "shown") {
			t.Errorf("%s: %s", name, b.String())
		}
	}
	var b bytes.Buffer
	zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(&redact.Matcher{})).Info("m", zap.String("password", hide))
	if !strings.Contains(b.String(), hide) {
		t.Error("key rules must be off by default")
	}
}
