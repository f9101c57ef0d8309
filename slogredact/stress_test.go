package slogredact_test

import (
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"weak"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/slogredact"
)

// SLOG-16: sixteen goroutines log, through bound loggers too, while a secret
// rotates. No version is ever shown.
func TestStress(t *testing.T) {
	redacttest.Stress(t, func(w io.Writer, src redact.Source) func(v string) {
		root := slog.New(slogredact.NewHandler(slog.NewMultiHandler(slog.NewJSONHandler(w, nil), slog.NewTextHandler(w, nil)), src))
		return func(v string) {
			bound := root.With("bound", v).WithGroup("g")
			root.Info("m "+v, "k", v)
			bound.Info("m", "k", fmt.Errorf("e %s", v))
			bound.With("x", v).Info(v)
			bound.Info("m", "s", struct{ V string }{v})
		}
	})
}

// SLOG-9: a logger that has nothing to say keeps no old snapshot alive.
func TestIdleLoggerKeepsNoSnapshot(t *testing.T) {
	var src redacttest.Switch
	old := weakMatcher(t, &src)
	l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(io.Discard, nil), &src)).With("k", "v", "p", &struct{ A string }{value}).WithGroup("g").With("e", value)
	l.Info("m", "k", value)
	src.Set(&redact.Matcher{})
	for range 20 {
		if runtime.GC(); old.Value() == nil {
			break
		}
	}
	if old.Value() != nil {
		t.Error("the snapshot is still reachable")
	}
	runtime.KeepAlive(l)
}

func weakMatcher(t *testing.T, src *redacttest.Switch) weak.Pointer[redact.Matcher] {
	m := matcher(t, "v1", value)
	src.Set(m)
	return weak.Make(m)
}
