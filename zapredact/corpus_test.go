package zapredact_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"go.uber.org/zap"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zapredact"
)

// ZAP-3, ZAP-4: the corpus, through the message, a field, a bound field, an
// element of an array and a key.
func TestCorpus(t *testing.T) {
	for name, do := range map[string]func(l *zap.Logger, s string){
		"message": func(l *zap.Logger, s string) { l.Info(s) },
		"field":   func(l *zap.Logger, s string) { l.Info("", zap.String("k", s)) },
		"bytes":   func(l *zap.Logger, s string) { l.Info("", zap.ByteString("k", []byte(s))) },
		"bound":   func(l *zap.Logger, s string) { l.With(zap.String("k", s)).Info("") },
		"array":   func(l *zap.Logger, s string) { l.Info("", zap.Strings("k", []string{s})) },
		"key":     func(l *zap.Logger, s string) { l.Info("", zap.Int(s, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
				var b bytes.Buffer
				l := zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(src))
				return func(text string) string {
					b.Reset()
					do(l, text)
					var m map[string]any
					if err := json.Unmarshal(b.Bytes(), &m); err != nil {
						t.Fatal(err)
					}
					delete(m, "level")
					delete(m, "ts")
					msg, _ := m["msg"].(string)
					if delete(m, "msg"); len(m) == 0 {
						return msg
					}
					for k, v := range m {
						switch v := v.(type) {
						case string:
							if k == "k" {
								return v
							}
						case []any:
							return v[0].(string)
						case float64:
							return k
						}
					}
					return b.String() // keys are redacted too, all of them without a snapshot
				}
			}, redacttest.Carries(func(s string) bool { return s != "" && utf8.ValidString(s) }))
		})
	}
}
