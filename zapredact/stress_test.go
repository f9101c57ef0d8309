package zapredact_test

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"weak"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zapredact"
)

// ZAP-16: sixteen goroutines log, through bound loggers too, while a secret
// rotates. No version is ever shown.
func TestStress(t *testing.T) {
	redacttest.Stress(t, func(w io.Writer, src redact.Source) func(v string) {
		root := zap.New(zapcore.NewTee(jsonCore(w, zap.DebugLevel), consoleCore(w, zap.WarnLevel)), zapredact.WrapCore(src))
		return func(v string) {
			bound := root.With(zap.String("bound", v), zap.Dict("d", zap.String("v", v))).Named(v).With(zap.Namespace("g"))
			root.Info("m "+v, zap.String("k", v))
			bound.Error("m", zap.Error(fmt.Errorf("e %s", v)))
			bound.WithLazy(zap.String("x", v)).Warn(v)
			bound.Sugar().Infow("m", "s", struct{ V string }{v})
		}
	})
}

// ZAP-16: several goroutines write the first entries of a core at once, under the
// zero Matcher.
func TestFirstEntriesAtOnce(t *testing.T) {
	for range 3000 {
		c := zapredact.NewCore(jsonCore(io.Discard, zap.DebugLevel), &redact.Matcher{})
		start := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				<-start
				if ce := c.Check(zapcore.Entry{Message: "m"}, nil); ce != nil {
					ce.Write()
				}
			})
		}
		close(start)
		wg.Wait()
	}
}

// ZAP-6: a logger that has nothing to say keeps no old snapshot alive.
func TestIdleLoggerKeepsNoSnapshot(t *testing.T) {
	var src redacttest.Switch
	old := weakMatcher(t, &src)
	l := zap.New(jsonCore(io.Discard, zap.DebugLevel), zapredact.WrapCore(&src))
	for _, f := range fields(value) {
		l = l.With(f)
	}
	l.Info("m " + value)
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
