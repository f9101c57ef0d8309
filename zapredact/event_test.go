package zapredact_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zapredact"
)

// ZAP-4: the tests of fields have one of every type that zap has.
func TestEveryFieldType(t *testing.T) {
	tested := map[zapcore.FieldType]bool{}
	for _, f := range fields("harmless text") {
		tested[f.Type] = true
	}
	for typ := zapcore.UnknownType + 1; ; typ++ {
		var b bytes.Buffer
		known := true
		func() {
			defer func() {
				if r := recover(); r != nil { // "unknown field type", or the conversion of nothing
					s, ok := r.(string)
					known = !ok || !strings.HasPrefix(s, "unknown field type")
				}
			}()
			zap.New(jsonCore(&b, zap.DebugLevel)).Info("m", zap.Field{Key: "k", Type: typ})
		}()
		if !known {
			if typ <= zapcore.InlineMarshalerType {
				t.Errorf("type %d is unknown to zap", typ)
			}
			return
		}
		if !tested[typ] {
			t.Errorf("no field of type %d is tested", typ)
		}
	}
}

// alternating is a Source that has another snapshot each time it is asked.
type alternating struct {
	calls     atomic.Int64
	snapshots [2]*redact.Matcher
}

func (a *alternating) Matcher() *redact.Matcher { return a.snapshots[a.calls.Add(1)%2] }

// ZAP-16: an entry is redacted under one snapshot from Check to Write, whatever
// marshalers write while it is encoded.
func TestOneSnapshot(t *testing.T) {
	src := &alternating{snapshots: [2]*redact.Matcher{matcher(t, "v1", value), matcher(t, "v2", value)}}
	for name, newCore := range cores {
		if name == "nop" || strings.Contains(name, "sampler") {
			continue
		}
		var b bytes.Buffer
		l := zap.New(newCore(&b), zapredact.WrapCore(src)).Named(value).With(zap.String("b", value), zap.Object("o", object{value})).With(zap.Error(errors.New(value)))
		for range 10 {
			b.Reset()
			before := src.calls.Load()
			l.Error("m "+value, zap.String("k "+value, value), zap.Reflect("r", []string{value}), zap.Object("o", object{value}), zap.Array("a", array{value}))
			if n := src.calls.Load() - before; n != 1 {
				t.Errorf("%s: the Source was asked %d times", name, n)
			}
			v1, v2 := strings.Count(b.String(), "@v1]"), strings.Count(b.String(), "@v2]")
			if v1 > 0 && v2 > 0 || v1+v2 < 10 {
				t.Errorf("%s: %d tags of v1, %d of v2", name, v1, v2)
			}
		}
	}
}

// ZAP-3: the logger's panic hook, of both levels that panic, written, disabled or
// dropped.
func TestPanicHook(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, level := range map[string]zapcore.Level{"written": zap.DebugLevel, "disabled": zap.FatalLevel} {
		for how, log := range map[string]func(*zap.Logger){
			"Panic":  func(l *zap.Logger) { l.Panic("m "+value, zap.String("k", value), zap.Error(errors.New(value))) },
			"DPanic": func(l *zap.Logger) { l.DPanic("m "+value, zap.String("k", value), zap.Error(errors.New(value))) },
		} {
			for where, opts := range map[string]func(zapcore.CheckWriteHook) []zap.Option{
				"wrapped core": func(h zapcore.CheckWriteHook) []zap.Option {
					return []zap.Option{zap.WithPanicHook(h), zapredact.WrapCore(m)}
				},
				"wrapped hook": func(h zapcore.CheckWriteHook) []zap.Option {
					return []zap.Option{zap.WithPanicHook(zapredact.WrapHook(h, m))}
				},
			} {
				var seen string
				func() {
					defer func() { _ = recover() }()
					log(zap.New(jsonCore(io.Discard, level), append(opts(fatalHook{&seen}), zap.Development())...))
				}()
				leak(t, seen, value)
				if strings.Count(seen, tag) < 3 {
					t.Errorf("%s, %s, %s: %s", name, how, where, seen)
				}
			}
		}
	}
}

// ZAP-10: without a match the write syncer hands on what it was given; with one it
// returns its length all the same, shorter or longer than what went out.
func TestWriteSyncerLength(t *testing.T) {
	var b bytes.Buffer
	ws := zapredact.NewWriteSyncer(zapcore.AddSync(&b), matcher(t, "v1", "kestrel-4471"))
	for in, want := range map[string]string{
		"clean\n": "clean\n", "": "", "kestrel-4471\n": tag + "\n",
		"kestrel-4471" + strings.Repeat("kestrel-4471", 9): strings.Repeat(tag, 10),
	} {
		b.Reset()
		if n, err := ws.Write([]byte(in)); n != len(in) || err != nil || b.String() != want {
			t.Errorf("%q: %d, %v: %q", in, n, err, b.String())
		}
	}
}

// ZAP-16: an entry whose snapshot nobody has any more when it is written is
// redacted under the current one, with what is bound.
func TestSnapshotGone(t *testing.T) {
	var src redacttest.Switch
	old := weakMatcher(t, &src)
	var b bytes.Buffer
	l := zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(&src)).With(zap.String("bound", "later-"+value))
	ce := l.Check(zap.InfoLevel, "m later-"+value)
	src.Set(matcher(t, "v2", "later-"+value))
	for range 20 {
		if runtime.GC(); old.Value() == nil {
			break
		}
	}
	if old.Value() != nil {
		t.Fatal("the snapshot is still reachable")
	}
	ce.Write(zap.String("k", "later-"+value))
	if got := b.String(); strings.Contains(got, value) || strings.Count(got, "@v2]") != 2 || strings.Count(got, "@v1]") != 1 {
		t.Errorf("written: %s", got)
	}
}
