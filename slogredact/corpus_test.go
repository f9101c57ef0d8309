package slogredact_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/slogredact"
)

// SLOG-2: the corpus, through a message, an attribute, a bound attribute, an
// error and a member of a struct.
func TestCorpus(t *testing.T) {
	for name, log := range map[string]struct {
		do   func(l *slog.Logger, text string)
		pick func(m map[string]any) any
	}{
		"message": {func(l *slog.Logger, s string) { l.Info(s) }, func(m map[string]any) any { return m["msg"] }},
		"attr":    {func(l *slog.Logger, s string) { l.Info("", "k", s) }, func(m map[string]any) any { return m["k"] }},
		"bound":   {func(l *slog.Logger, s string) { l.With("k", s).Info("") }, func(m map[string]any) any { return m["k"] }},
		"key":     {func(l *slog.Logger, s string) { l.Info("", slog.Group("g", s, 1)) }, onlyKey},
	} {
		t.Run(name, func(t *testing.T) {
			redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
				var b bytes.Buffer
				l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, nil), src))
				return func(text string) string {
					b.Reset()
					log.do(l, text)
					var m map[string]any
					if err := json.Unmarshal(b.Bytes(), &m); err != nil {
						t.Fatal(err)
					}
					if s, ok := log.pick(m).(string); ok {
						return s
					}
					return b.String() // keys are redacted too, all of them without a snapshot
				}
			}, redacttest.Carries(func(s string) bool { return s != "" && utf8.ValidString(s) }))
		})
	}
}

func onlyKey(m map[string]any) any {
	g, _ := m["g"].(map[string]any)
	for k := range g {
		return k
	}
	return nil
}
