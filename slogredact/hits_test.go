package slogredact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
)

type hits []redact.Hit

func (h *hits) Redacted(hit redact.Hit) { *h = append(*h, hit) }

// What is shown once is one hit, under the name of the sink.
func TestHits(t *testing.T) {
	const value = "kestrel-4471-moor"
	var seen hits
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v1", []byte(value))}, redact.WithObserver(&seen))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"string": value, "error": errors.New(value), "struct": point{Name: value}, "bytes": []byte("xx" + value), "valuer": valuer{slog.StringValue(value)}} {
		seen = nil
		slog.New(slogredact.NewHandler(slog.NewJSONHandler(io.Discard, nil), m)).Info("m", "k", v)
		if len(seen) != 1 || seen[0].Sink != "slog" {
			t.Errorf("%s: %v", name, seen)
		}
	}
	seen = nil
	var b bytes.Buffer
	slog.New(slogredact.NewHandler(slog.NewTextHandler(&b, nil), m, slogredact.WithSinkOptions(redact.SinkName("audit"), redact.SinkTagStyle(redact.TagConstant)))).Info(value)
	if len(seen) != 1 || seen[0].Sink != "audit" || !strings.Contains(b.String(), "msg=[REDACTED]\n") {
		t.Errorf("%v %s", seen, b.String())
	}
}

// SLOG-5: a handler of which nothing is known gets a value that shows the
// redacted form in whatever way it is asked; WithRendering says what to expect.
func TestUnknownHandler(t *testing.T) {
	m := matcher(t, "v1", value)
	for _, r := range []slogredact.Rendering{slogredact.RenderingUnknown, slogredact.RenderingJSON, slogredact.RenderingText} {
		var got any
		inner := handlerFunc(func(r slog.Record) { r.Attrs(func(a slog.Attr) bool { got = a.Value.Any(); return true }) })
		l := slog.New(slogredact.NewHandler(inner, m, slogredact.WithRendering(r)))
		for name, v := range values(value) {
			if name == "self" && r == slogredact.RenderingJSON {
				continue // fmt would not come back
			}
			l.Info("m", "k", v)
			var shown string
			if r != slogredact.RenderingText {
				j, _ := json.Marshal(got)
				shown += string(j)
			}
			if r != slogredact.RenderingJSON {
				shown += fmt.Sprintf("%+v", got)
			}
			if r == slogredact.RenderingUnknown {
				shown += fmt.Sprintf("%v %s %q", got, got, got)
			}
			leak(t, shown, value)
		}
	}
}

type handlerFunc func(slog.Record)

func (f handlerFunc) Enabled(context.Context, slog.Level) bool      { return true }
func (f handlerFunc) Handle(_ context.Context, r slog.Record) error { f(r); return nil }
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler            { return f }
func (f handlerFunc) WithGroup(string) slog.Handler                 { return f }

// KEY-8: the members of an error that is a JSON object.
func TestKeyRulesInError(t *testing.T) {
	var b bytes.Buffer
	l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, nil), &redact.Matcher{}, slogredact.WithKeyRules(keyrules.New(keyrules.Add("msg")))))
	l.Info("m", "err", jsonErr{"hunter2"})
	l.With("err", jsonErr{"hunter2"}).Info("m")
	if strings.Contains(b.String(), "hunter2") || strings.Count(b.String(), "[REDACTED:key/msg]") != 2 {
		t.Error(b.String())
	}
}
