package slogredact_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
)

// alternating is a Source that has another snapshot each time it is asked.
type alternating struct {
	calls     atomic.Int64
	snapshots [2]*redact.Matcher
}

func (a *alternating) Matcher() *redact.Matcher { return a.snapshots[a.calls.Add(1)%2] }

// SLOG-16: a record is redacted under one snapshot, whatever it holds and whatever
// was bound, and the Source is asked once for it.
func TestOneSnapshot(t *testing.T) {
	src := &alternating{snapshots: [2]*redact.Matcher{matcher(t, "v1", value), matcher(t, "v2", value)}}
	for inner, newInner := range inners {
		var b bytes.Buffer
		l := slog.New(slogredact.NewHandler(newInner(&b), src)).With("b", value).WithGroup("g-"+value).With("c", errors.New(value))
		for range 10 {
			b.Reset()
			before := src.calls.Load()
			l.Info(value, "k-"+value, value, "e", errors.New(value), "s", point{Name: value}, "v", valuer{slog.StringValue(value)}, slog.Group("in", "raw", []string{value}))
			if n := src.calls.Load() - before; n != 1 {
				t.Errorf("%s: the Source was asked %d times", inner, n)
			}
			v1, v2 := strings.Count(b.String(), "@v1]"), strings.Count(b.String(), "@v2]")
			if v1 > 0 && v2 > 0 || v1+v2 < 8 {
				t.Errorf("%s: %d tags of v1, %d of v2: %s", inner, v1, v2, b.String())
			}
		}
	}
}

// counting is a LogValuer that gives the secret away from the second time on.
type counting struct{ asked *int }

func (c counting) LogValue() slog.Value {
	if *c.asked++; *c.asked > 1 {
		return slog.StringValue(value)
	}
	return slog.StringValue("harmless")
}

// SLOG-3: a LogValuer is asked once, logged or bound, beside clean values and
// beside others that change.
func TestValuerIsAskedOnce(t *testing.T) {
	m := matcher(t, "v1", value)
	for inner, newInner := range inners {
		for name, log := range map[string]func(l *slog.Logger, v slog.LogValuer){
			"alone":   func(l *slog.Logger, v slog.LogValuer) { l.Info("m", "k", v) },
			"before":  func(l *slog.Logger, v slog.LogValuer) { l.Info("m", "k", v, "s", value) },
			"after":   func(l *slog.Logger, v slog.LogValuer) { l.Info("m", "a", 1, "s", value, "k", v) },
			"grouped": func(l *slog.Logger, v slog.LogValuer) { l.Info("m", slog.Group("g", "s", value, "k", v), "t", value) },
			"bound":   func(l *slog.Logger, v slog.LogValuer) { l.With("s", value, "k", v).Info("m", "t", value) },
		} {
			var b bytes.Buffer
			asked := 0
			log(slog.New(slogredact.NewHandler(newInner(&b), m)), counting{&asked})
			if asked != 1 || !strings.Contains(b.String(), "harmless") {
				t.Errorf("%s/%s: asked %d times: %s", inner, name, asked, b.String())
			}
			leak(t, b.String(), value)
		}
	}
}

type traceKey struct{}

// fromContext is a handler that adds what it finds in the context, as those for
// tracing do.
type fromContext struct{ slog.Handler }

func (h fromContext) Handle(ctx context.Context, r slog.Record) error {
	if s, ok := ctx.Value(traceKey{}).(string); ok {
		r.AddAttrs(slog.String("trace", s))
	}
	return h.Handler.Handle(ctx, r)
}

// SLOG-14: what a handler inside takes from the context is redacted by the record
// writer under it; a handler outside is behind the wrapper.
func TestFromContext(t *testing.T) {
	m := matcher(t, "v1", value)
	ctx := context.WithValue(context.Background(), traceKey{}, "t-"+value)
	var in, out bytes.Buffer
	slog.New(slogredact.NewHandler(fromContext{slog.NewJSONHandler(redact.NewRecordWriter(&in, m, redact.SinkJSON()), nil)}, m)).InfoContext(ctx, "m", "k", value)
	slog.New(fromContext{slogredact.NewHandler(slog.NewJSONHandler(&out, nil), m)}).InfoContext(ctx, "m", "k", value)
	for _, s := range []string{in.String(), out.String()} {
		leak(t, s, value)
		if !strings.Contains(s, `"k":"`+tag+`","trace":"t-`+tag+`"`) {
			t.Error(s)
		}
	}
}

// syncBuffer is a buffer that a server writes to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// SLOG-12: what http.Server says of a handler that panics, to its ErrorLog.
func TestServerErrorLog(t *testing.T) {
	var b syncBuffer
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(fmt.Errorf("dial app:%s@db", value))
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slogredact.NewHandler(slog.NewTextHandler(&b, nil), matcher(t, "v1", value)), slog.LevelError)
	s.Start()
	if resp, err := s.Client().Get(s.URL); err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	s.Close()
	leak(t, b.b.String(), value)
	if !strings.Contains(b.b.String(), "level=ERROR") || !strings.Contains(b.b.String(), "panic serving") || !strings.Contains(b.b.String(), "dial app:"+tag+"@db") {
		t.Error(b.b.String())
	}
}
