package slogredact_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
)

// KEY-8: off by default; as an option, values under such keys are hidden
// wherever the key stands and whatever the value is.
func TestKeyRules(t *testing.T) {
	const hide = "hunter2"
	rules := keyrules.New()
	type creds struct {
		User     string
		Password string
		inner    string
	}
	for name, log := range map[string]func(*slog.Logger){
		"attr":        func(l *slog.Logger) { l.Info("m", "password", hide, "cache_key", "shown") },
		"bound":       func(l *slog.Logger) { l.With("db_password", hide).Info("m", "cache_key", "shown") },
		"error":       func(l *slog.Logger) { l.Info("m", "token", errors.New(hide), "cache_key", "shown") },
		"group value": func(l *slog.Logger) { l.Info("m", slog.Group("cookie", "a", hide), "cache_key", "shown") },
		"member":      func(l *slog.Logger) { l.Info("m", slog.Group("g", "pwd", hide, "cache_key", "shown")) },
		"open group": func(l *slog.Logger) {
			l.With("cache_key", "shown").WithGroup("secrets").With("a", hide).Info("m", "b", hide)
		},
		"struct":  func(l *slog.Logger) { l.Info("m", "c", creds{"u", hide, ""}, "cache_key", "shown") },
		"pointer": func(l *slog.Logger) { l.Info("m", "c", &creds{"u", hide, ""}, "cache_key", "shown") },
		"map": func(l *slog.Logger) {
			l.Info("m", "c", map[string]any{"x": []any{map[string]any{"apiKey": hide}}}, "cache_key", "shown")
		},
		"header":    func(l *slog.Logger) { l.Info("m", "h", http.Header{"Authorization": {hide}}, "cache_key", "shown") },
		"LogValuer": func(l *slog.Logger) { l.Info("m", "password", valuer{slog.StringValue(hide)}, "cache_key", "shown") },
		"inline group": func(l *slog.Logger) {
			l.WithGroup("cookies").Info("m", slog.Group("", slog.String("a", hide)))
			l.Info("cache_key shown")
		},
		"number": func(l *slog.Logger) { l.Info("m", "password", 70710678, "s", hide[:0], "cache_key", "shown") },
	} {
		for inner, newInner := range inners {
			var b bytes.Buffer
			log(slog.New(slogredact.NewHandler(newInner(&b), &redact.Matcher{}, slogredact.WithKeyRules(rules))))
			if strings.Contains(b.String(), hide) || strings.Contains(b.String(), "70710678") {
				t.Errorf("%s/%s: the value is shown: %s", inner, name, b.String())
			}
			if !strings.Contains(b.String(), "[REDACTED:key/") || !strings.Contains(b.String(), "shown") {
				t.Errorf("%s/%s: %s", inner, name, b.String())
			}
		}
	}
	var b bytes.Buffer
	slog.New(slogredact.NewHandler(slog.NewTextHandler(&b, nil), &redact.Matcher{}, slogredact.WithKeyRules(rules))).
		WithGroup("cookies").Info("m", slog.Group("", slog.String("a", hide), slog.Int("n", 1)))
	if !strings.HasSuffix(b.String(), "cookies.a=[REDACTED:key/cookies] cookies.n=[REDACTED:key/cookies]\n") {
		t.Errorf("a group without key has no value of its own: %s", b.String())
	}
	b.Reset()
	slog.New(slogredact.NewHandler(slog.NewTextHandler(&b, nil), &redact.Matcher{})).Info("m", "password", hide)
	if !strings.Contains(b.String(), hide) {
		t.Error("key rules must be off by default")
	}
}
