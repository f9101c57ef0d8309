package zapredact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/multierr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zapredact"
)

const (
	value = `kestrel"4471-moor`
	tag   = "[REDACTED:db@v1]"
)

func matcher(t testing.TB, version, value string) *redact.Matcher {
	t.Helper()
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", version, []byte(value))})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// leak fails if any spelling of the value is in s.
func leak(t testing.TB, s, value string) {
	t.Helper()
	q := fmt.Sprintf("%q", value)
	for _, form := range []string{value, q[1 : len(q)-1], fmt.Sprintf("%x", value)} {
		if strings.Contains(s, form) {
			t.Errorf("the value is shown as %q in %s", form, s)
		}
	}
}

type fixedClock struct{}

func (fixedClock) Now() time.Time                       { return time.Unix(1700000000, 0).UTC() }
func (fixedClock) NewTicker(time.Duration) *time.Ticker { return time.NewTicker(time.Hour) }

var encoderConfig = func() zapcore.EncoderConfig {
	c := zap.NewProductionEncoderConfig()
	c.FunctionKey = "func"
	return c
}()

func jsonCore(w io.Writer, l zapcore.Level) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig), zapcore.AddSync(w), l)
}

func consoleCore(w io.Writer, l zapcore.Level) zapcore.Core {
	return zapcore.NewCore(zapcore.NewConsoleEncoder(encoderConfig), zapcore.AddSync(w), l)
}

// cores are the ways in which zap composes cores.
var cores = map[string]func(w io.Writer) zapcore.Core{
	"json":    func(w io.Writer) zapcore.Core { return jsonCore(w, zap.DebugLevel) },
	"console": func(w io.Writer) zapcore.Core { return consoleCore(w, zap.DebugLevel) },
	"tee of levels": func(w io.Writer) zapcore.Core {
		return zapcore.NewTee(jsonCore(w, zap.DebugLevel), consoleCore(w, zap.ErrorLevel), jsonCore(w, zap.WarnLevel))
	},
	"sampler": func(w io.Writer) zapcore.Core {
		return zapcore.NewSamplerWithOptions(jsonCore(w, zap.DebugLevel), time.Minute, 1, 0)
	},
	"sampler in tee": func(w io.Writer) zapcore.Core {
		return zapcore.NewTee(zapcore.NewSamplerWithOptions(jsonCore(w, zap.DebugLevel), time.Minute, 1, 0), consoleCore(w, zap.InfoLevel))
	},
	"increased level": func(w io.Writer) zapcore.Core {
		c, err := zapcore.NewIncreaseLevelCore(jsonCore(w, zap.DebugLevel), zap.WarnLevel)
		if err != nil {
			panic(err)
		}
		return c
	},
	"hooks": func(w io.Writer) zapcore.Core {
		return zapcore.RegisterHooks(jsonCore(w, zap.DebugLevel), func(e zapcore.Entry) error {
			fmt.Fprintf(w, "hook %s %s\n", e.Level, e.Message)
			return nil
		})
	},
	"lazy": func(w io.Writer) zapcore.Core {
		return zapcore.NewLazyWith(jsonCore(w, zap.DebugLevel), []zapcore.Field{zap.Int("lazy", 1)})
	},
	"nop": func(io.Writer) zapcore.Core { return zapcore.NewNopCore() },
}

type object struct{ s string }

func (o object) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("s", o.s)
	enc.AddByteString("bs", []byte(o.s))
	enc.AddBinary("bin", []byte("x"+o.s))
	enc.AddBool("b", true)
	enc.AddComplex128("c128", 1i)
	enc.AddComplex64("c64", 1i)
	enc.AddDuration("d", time.Second)
	enc.AddFloat64("f64", 1.5)
	enc.AddFloat32("f32", 1.5)
	enc.AddInt("i", -1)
	enc.AddInt64("i64", -1)
	enc.AddInt32("i32", -1)
	enc.AddInt16("i16", -1)
	enc.AddInt8("i8", -1)
	enc.AddUint("u", 1)
	enc.AddUint64("u64", 1)
	enc.AddUint32("u32", 1)
	enc.AddUint16("u16", 1)
	enc.AddUint8("u8", 1)
	enc.AddUintptr("up", 1)
	enc.AddTime("t", time.Unix(1, 0).UTC())
	if err := enc.AddReflected("r", map[string]any{"k": o.s}); err != nil {
		return err
	}
	if err := enc.AddArray("a", array(o)); err != nil {
		return err
	}
	enc.OpenNamespace("ns " + o.s)
	enc.AddString("in", o.s)
	return enc.AddObject("o", zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error {
		enc.AddString("k "+o.s, "v")
		return nil
	}))
}

type array struct{ s string }

func (a array) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	enc.AppendString(a.s)
	enc.AppendByteString([]byte(a.s))
	enc.AppendBool(true)
	enc.AppendComplex128(1i)
	enc.AppendComplex64(1i)
	enc.AppendDuration(time.Second)
	enc.AppendFloat64(1.5)
	enc.AppendFloat32(1.5)
	enc.AppendInt(-1)
	enc.AppendInt64(-1)
	enc.AppendInt32(-1)
	enc.AppendInt16(-1)
	enc.AppendInt8(-1)
	enc.AppendUint(1)
	enc.AppendUint64(1)
	enc.AppendUint32(1)
	enc.AppendUint16(1)
	enc.AppendUint8(1)
	enc.AppendUintptr(1)
	enc.AppendTime(time.Unix(1, 0).UTC())
	if err := enc.AppendReflected([]string{a.s}); err != nil {
		return err
	}
	if err := enc.AppendObject(zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error { enc.AddString("k", a.s); return nil })); err != nil {
		return err
	}
	return enc.AppendArray(zapcore.ArrayMarshalerFunc(func(enc zapcore.ArrayEncoder) error { enc.AppendString(a.s); return nil }))
}

// mixed appends s byte by byte, as integers of several types.
type mixed struct{ s string }

func (m mixed) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	enc.AppendInt8(-1)
	enc.AppendUint16(256)
	enc.AppendString("x")
	for i, c := range []byte(m.s) {
		if i%2 == 0 {
			enc.AppendInt64(int64(c))
		} else {
			enc.AppendUint32(uint32(c))
		}
	}
	enc.AppendFloat32(1.5)
	enc.AppendInt(7)
	return nil
}

type failingObject struct{ s string }

func (o failingObject) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("before", "x")
	return errors.New(o.s)
}

type failingReflect struct{ s string }

func (o failingReflect) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	return enc.AddReflected("r", failingJSON(o))
}

type failingJSON struct{ s string }

func (o failingJSON) MarshalJSON() ([]byte, error) { return nil, errors.New(o.s) }

type stringer struct{ s string }

func (s stringer) String() string { return s.s }

type panicStringer struct{ s string }

func (s panicStringer) String() string { panic(s.s) }

type ptrStringer struct{ s string }

func (s *ptrStringer) String() string { return s.s }

type richError struct{ s string }

func (e richError) Error() string                 { return "rich" }
func (e richError) Format(s fmt.State, verb rune) { fmt.Fprint(s, "rich"); plus(s, e.s) }

func plus(s fmt.State, text string) {
	if s.Flag('+') {
		fmt.Fprint(s, " at ", text)
	}
}

type panicError struct{ s string }

func (e panicError) Error() string { panic(e.s) }

type public struct {
	A string
	b string
}

// fields is one field of every type that carries the text s.
func fields(s string) map[string]zap.Field {
	m := map[string]zap.Field{
		"string": zap.String("k", s), "bytestring": zap.ByteString("k", []byte(s)), "binary": zap.Binary("k", []byte("ab"+s)),
		"reflect": zap.Reflect("k", map[string]any{"x": []any{s, 1, nil}}), "reflect struct": zap.Any("k", public{s, s}),
		"reflect pointer": zap.Any("k", &public{s, s}), "reflect nil": zap.Reflect("k", nil), "reflect int": zap.Reflect("k", 3),
		"reflect fails": zap.Reflect("k", failingJSON{s}), "reflect raw": zap.Reflect("k", json.RawMessage(fmt.Sprintf("[%q]", s))),
		"stringer": zap.Stringer("k", stringer{s}), "stringer nil": zap.Stringer("k", (*ptrStringer)(nil)), "stringer panics": zap.Stringer("k", panicStringer{s}),
		"error": zap.Error(errors.New(s)), "named error": zap.NamedError("k", errors.New(s)), "rich error": zap.Error(richError{s}),
		"nil error": zap.Error(nil), "nil pointer error": zap.NamedError("k", (*ptrError)(nil)), "panicking error": zap.Error(panicError{s}),
		"multierr": zap.Error(multierr.Combine(errors.New("a"), richError{s}, fmt.Errorf("w: %w", errors.New(s)))), "errors": zap.Errors("k", []error{errors.New(s), nil, richError{s}}),
		"array": zap.Array("k", array{s}), "object": zap.Object("k", object{s}), "inline": zap.Inline(object{s}), "failing object": zap.Object("k", failingObject{s}),
		"failing reflect in object": zap.Object("k", failingReflect{s}), "objects": zap.Objects("k", []object{{s}, {s}}),
		"dict": zap.Dict("k", zap.String("a", s), zap.Error(errors.New(s)), zap.Reflect("r", []string{s})), "namespace": zap.Namespace("k " + s), "skip": zap.Skip(),
		"uint8s": zap.Uint8s("k", []byte("ab"+s+"cd")), "runes": zap.Any("k", []rune(s)), "ints": zap.Array("k", mixed{s}),
		"strings": zap.Strings("k", []string{"a", s}), "bytestrings": zap.ByteStrings("k", [][]byte{[]byte(s)}), "stringers": zap.Stringers("k", []stringer{{s}}),
		"pointer": zap.Stringp("k", &s), "nil pointer": zap.Stringp("k", nil), "stack": zap.Stack("k"), "key": zap.Int("k "+s, 1),
		"bool": zap.Bool("k", true), "int64": zap.Int64("k", -7), "int32": zap.Int32("k", -7), "int16": zap.Int16("k", -7), "int8": zap.Int8("k", -7),
		"uint64": zap.Uint64("k", 7), "uint32": zap.Uint32("k", 7), "uint16": zap.Uint16("k", 7), "uint8": zap.Uint8("k", 7), "uintptr": zap.Uintptr("k", 7),
		"float64": zap.Float64("k", 1.5), "float32": zap.Float32("k", 1.5), "complex128": zap.Complex128("k", 1i), "complex64": zap.Complex64("k", 1i),
		"duration": zap.Duration("k", time.Minute), "time": zap.Time("k", time.Unix(1, 0).UTC()), "full time": zap.Time("k", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	return m
}

type ptrError struct{ s string }

func (e *ptrError) Error() string { return e.s }

// run logs a fixed sequence: every level, repeated, named, bound, below
// namespaces.
func run(l *zap.Logger, f zap.Field, msg string) {
	l.Debug(msg, f)
	l.Info(msg, f, zap.Int("n", 1), f)
	l.Info(msg, f)
	b := l.Named("sub").With(zap.String("bound", "x"), f, zap.Int("z", 1))
	b.Warn(msg, f, zap.Namespace("ns"), f)
	b.Error(msg)
	b.WithLazy(f).With(zap.Namespace("outer")).Error(msg, f)
	b.Sugar().Infow(msg, "k", 1, "odd")
	b.Sugar().Errorf("formatted %s", msg)
	if ce := l.Check(zap.WarnLevel, msg); ce != nil {
		ce.Write(f)
	}
}

// ZAP-1, ZAP-4, ZAP-5, ZAP-7, ZAP-11: without a match the bytes are those of the
// bare core, in every composition and for every type of field; with one, nothing
// is shown and JSON stays JSON.
func TestEveryFieldEveryCore(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, newCore := range cores {
		t.Run(name, func(t *testing.T) {
			for field, clean := range fields("harmless text") {
				var bare, ours bytes.Buffer
				rotating := &redacttest.Switch{}
				rotating.Set(m)
				run(zap.New(newCore(&bare), zap.WithClock(fixedClock{})), clean, "message")
				run(zap.New(newCore(&ours), zap.WithClock(fixedClock{}), zapredact.WrapCore(rotating)), clean, "message")
				if bare.String() != ours.String() {
					t.Errorf("%s:\nbare %s\nours %s", field, bare.String(), ours.String())
				}
			}
			for field, dirty := range fields(value) {
				var ours, errs bytes.Buffer
				core := newCore(&ours)
				run(zap.New(core, zap.WithClock(fixedClock{}), zap.ErrorOutput(zapcore.AddSync(&errs)), zapredact.WrapCore(m)), dirty, "message "+value)
				leak(t, ours.String()+errs.String(), value)
				if errs.Len() != 0 {
					t.Errorf("%s: %s", field, errs.String())
				}
				for line := range strings.Lines(ours.String()) {
					if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
						t.Errorf("%s: not JSON: %s", field, line)
					}
				}
			}
		})
	}
}

// ZAP-4: the shape of what was redacted.
func TestShape(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, want := range map[string]string{
		"string":            `"k":"[REDACTED:db@v1]"`,
		"bytestring":        `"k":"[REDACTED:db@v1]"`,
		"reflect":           `"k":{"x":["[REDACTED:db@v1]",1,null]}`,
		"reflect struct":    `"k":{"A":"[REDACTED:db@v1]"}`,
		"reflect fails":     `"kError":"json: error calling MarshalJSON for type zapredact_test.failingJSON: [REDACTED:db@v1]"`,
		"stringer panics":   `"kError":"PANIC=[REDACTED:db@v1]"`,
		"error":             `"error":"[REDACTED:db@v1]"`,
		"rich error":        `"error":"rich","errorVerbose":"rich at [REDACTED:db@v1]"`,
		"multierr":          `"error":"a; rich; w: [REDACTED:db@v1]","errorCauses":[{"error":"a"},{"error":"rich","errorVerbose":"rich at [REDACTED:db@v1]"},{"error":"w: [REDACTED:db@v1]"}]`,
		"failing object":    `"k":{"before":"x"},"kError":"[REDACTED:db@v1]"`,
		"uint8s":            `"k":[97,98,"[REDACTED:db@v1]",99,100]`,
		"runes":             `"k":["[REDACTED:db@v1]"]`,
		"ints":              `"k":[-1,256,"x","[REDACTED:db@v1]",1.5,7]`,
		"key":               `"k [REDACTED:db@v1]":1`,
		"namespace":         `"k [REDACTED:db@v1]":{}`,
		"nil pointer error": `"k":"<nil>"`,
	} {
		for _, bound := range []bool{false, true} {
			var b bytes.Buffer
			l := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(&b), zap.DebugLevel), zapredact.WrapCore(m))
			if f := fields(value)[name]; bound {
				l.With(f).Info("")
			} else {
				l.Info("", f)
			}
			if got := strings.TrimSpace(b.String()); got != "{"+want+"}" {
				t.Errorf("%s, bound=%v:\ngot  %s\nwant {%s}", name, bound, got, want)
			}
		}
	}
}

// ZAP-4: what is clean reaches the wrapped core as itself, and the caller's
// slice is left alone.
func TestIdentity(t *testing.T) {
	obs, logs := observer.New(zap.DebugLevel)
	p := &public{"a", "b"}
	err := errors.New("clean")
	l := zap.New(obs, zapredact.WrapCore(matcher(t, "v1", value)))
	in := []zap.Field{zap.Any("p", p), zap.Error(err), zap.Stringer("s", stringer{"x"}), zap.Int8("i", 3), zap.String("z", value), zap.Reflect("q", p)}
	keep := append([]zap.Field(nil), in...)
	l.With(in...).Info("m", in...)
	for i := range in {
		if !in[i].Equals(keep[i]) {
			t.Errorf("field %d of the caller was changed", i)
		}
	}
	got := logs.All()[0].Context
	if len(got) != 2*len(in) {
		t.Fatalf("%d fields", len(got))
	}
	for i, f := range got {
		if want := in[i%len(in)]; want.Key == "z" {
			if f.String != tag {
				t.Errorf("got %v", f)
			}
		} else if f.Type != want.Type || f.Interface != want.Interface || f.Integer != want.Integer {
			t.Errorf("field %d is %+v, want %+v", i, f, want)
		}
	}
}

// ZAP-4: a field whose type does not fit its value shows neither it nor a panic.
func TestMisfit(t *testing.T) {
	var b bytes.Buffer
	l := zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(matcher(t, "v1", value)))
	for typ := zapcore.UnknownType; typ < 40; typ++ {
		l.Info("m", zap.Field{Key: "k", Type: typ, String: value})
		if typ != zapcore.ReflectType && typ != zapcore.TimeType {
			l.With(zap.Field{Key: "k", Type: typ, String: value, Interface: nil}).Info("m")
		}
	}
	leak(t, b.String(), value)
}

// ZAP-2: the caller composes around ours as well.
func TestInsideTee(t *testing.T) {
	var a, b bytes.Buffer
	m := matcher(t, "v1", value)
	l := zap.New(zapcore.NewTee(consoleCore(&a, zap.WarnLevel), zapredact.NewCore(jsonCore(&b, zap.InfoLevel), m)))
	l.Info("m "+value, zap.String("k", value))
	l.Warn("m "+value, zap.String("k", value))
	if strings.Count(b.String(), "\n") != 2 || strings.Count(a.String(), "\n") != 1 {
		t.Errorf("a: %s\nb: %s", a.String(), b.String())
	}
	leak(t, b.String(), value)
	if !strings.Contains(a.String(), "kestrel") {
		t.Errorf("the sibling is not ours to change: %s", a.String())
	}
}

// ZAP-13: a sibling that keeps or forwards fields is behind the wrapper too.
func TestSiblings(t *testing.T) {
	var b bytes.Buffer
	obs, logs := observer.New(zap.DebugLevel)
	l := zap.New(zapcore.NewTee(jsonCore(&b, zap.InfoLevel), obs), zapredact.WrapCore(matcher(t, "v1", value)))
	for _, f := range fields(value) {
		l.Named(value).With(f).Info(value, f)
	}
	for _, e := range logs.All() {
		leak(t, fmt.Sprintf("%+v %+v %#v", e.Entry, e.ContextMap(), e.ContextMap()), value)
		leak(t, fmt.Sprintf("%+v %v %#v", e.Context, e.Context, e.Context), value)
	}
}

// ZAP-13: a core that forwards fields may print what an encoder does not write:
// unexported fields, Stringers, values that are no JSON. zap's own encoders get
// the value itself.
func TestForwarded(t *testing.T) {
	m := matcher(t, "v1", value)
	type private struct {
		A string
		b string
		F func() `json:"-"`
	}
	for name, v := range map[string]any{
		"unexported": &private{"a", value, nil}, "stringers": map[string]fmt.Stringer{"k": stringer{value}}, "no JSON": struct {
			C chan int
			s string
		}{nil, value}, "no end": endless(value),
	} {
		for _, bound := range []bool{false, true} {
			obs, logs := observer.New(zap.DebugLevel)
			l := zap.New(zapcore.NewTee(obs, jsonCore(io.Discard, zap.DebugLevel)), zapredact.WrapCore(m))
			if f := zap.Reflect("k", v); bound {
				l.With(f).Info("m")
			} else {
				l.Info("m", f)
			}
			f := logs.All()[0].Context[0]
			if f.Interface == v {
				t.Errorf("%s, bound=%v: handed on as it is", name, bound)
			}
			leak(t, fmt.Sprintf("%+v %v", f.Interface, f.String), value)
		}
	}
	var got []any
	cfg := encoderConfig
	cfg.NewReflectedEncoder = func(w io.Writer) zapcore.ReflectedEncoder {
		return reflectedEncoder(func(v any) error { got = append(got, v); return json.NewEncoder(w).Encode(v) })
	}
	leaf := zapcore.NewCore(zapcore.NewConsoleEncoder(cfg), zapcore.AddSync(io.Discard), zap.DebugLevel)
	up, err := zapcore.NewIncreaseLevelCore(leaf, zap.InfoLevel)
	if err != nil {
		t.Fatal(err)
	}
	core := zapcore.NewTee(zapcore.NewSamplerWithOptions(leaf, time.Second, 9, 9), zapcore.RegisterHooks(up, func(zapcore.Entry) error { return nil }), zapcore.NewNopCore())
	v := &private{"a", value, nil}
	zap.New(core, zapredact.WrapCore(m), zapredact.WrapCore(m)).Info("m", zap.Reflect("k", v))
	if len(got) != 2 || got[0] != any(v) || got[1] != any(v) {
		t.Errorf("zap's own cores got %T", got)
	}
}

type reflectedEncoder func(any) error

func (f reflectedEncoder) Encode(v any) error { return f(v) }

type loop struct {
	s string
	m map[string]any
}

func endless(s string) *loop {
	l := &loop{s: s, m: map[string]any{}}
	l.m["self"] = l.m
	return l
}

// ZAP-6: what was bound before a secret was known is redacted once it is, under
// the version that is current then, and not read again.
func TestLateRegistration(t *testing.T) {
	for name, newCore := range cores {
		if name == "nop" || strings.Contains(name, "sampler") {
			continue
		}
		for field, f := range fields(value) {
			var b bytes.Buffer
			src := &redacttest.Switch{}
			src.Set(&redact.Matcher{})
			p := &public{A: value}
			raw := []byte(value)
			l := zap.New(newCore(&b), zapredact.WrapCore(src)).With(f, zap.Any("p", p), zap.ByteString("raw", raw)).With(zap.String("s", value)).WithLazy(f)
			l.Error("before")
			p.A, raw[0] = "changed after it was bound", 'X'
			for _, version := range []string{"v1", "v2"} {
				b.Reset()
				src.Set(matcher(t, version, value))
				l.Error("after")
				leak(t, b.String(), value)
				if n := strings.Count(b.String(), "[REDACTED:db@"+version+"]"); n < 3 {
					t.Errorf("%s/%s: %d tags of %s in %s", name, field, n, version, b.String())
				}
				if strings.Contains(b.String(), "changed after") || strings.Contains(b.String(), "Xestrel") {
					t.Errorf("%s/%s: a bound value was read again: %s", name, field, b.String())
				}
			}
			b.Reset()
			src.Set(&redact.Matcher{})
			l.Error("forgotten")
			if strings.Contains(b.String(), "REDACTED") || !strings.Contains(b.String(), "kestrel") {
				t.Errorf("%s/%s: the tag outlived its secret: %s", name, field, b.String())
			}
			b.Reset()
			src.Set(nil)
			l.Error("unavailable")
			leak(t, b.String(), value)
		}
	}
}

// ZAP-6: a logger wrapped after With needs the write syncer.
func TestWrappedAfterWith(t *testing.T) {
	var b bytes.Buffer
	m := matcher(t, "v1", value)
	ws := zapredact.NewWriteSyncer(zapcore.AddSync(&b), m, redact.SinkJSON())
	core := zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig), ws, zap.DebugLevel)
	zap.New(core).With(zap.String("early", value)).WithOptions(zapredact.WrapCore(m)).Info("m")
	leak(t, b.String(), value)
	if !strings.Contains(b.String(), tag) || !json.Valid(b.Bytes()) {
		t.Error(b.String())
	}
}

// ZAP-3: name, stack and caller.
func TestEntry(t *testing.T) {
	var b bytes.Buffer
	core := zapredact.NewCore(jsonCore(&b, zap.DebugLevel), matcher(t, "v1", value))
	ent := zapcore.Entry{LoggerName: "n " + value, Message: "m " + value, Stack: "s " + value,
		Caller: zapcore.EntryCaller{Defined: true, File: "/src/" + value + "/x.go", Function: "f." + value, Line: 3}}
	core.Check(ent, nil).Write()
	if err := core.Write(ent, []zap.Field{zap.String("k", value)}); err != nil {
		t.Fatal(err)
	}
	leak(t, b.String(), value)
	if n := strings.Count(b.String(), tag); n != 11 {
		t.Errorf("%d tags in %s", n, b.String())
	}
}

// ZAP-3: panics carry the redacted message, with the level disabled, dropped by
// a sampler or without any core.
func TestPanics(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, newCore := range map[string]func() zapcore.Core{
		"enabled":  func() zapcore.Core { return jsonCore(io.Discard, zap.DebugLevel) },
		"disabled": func() zapcore.Core { return jsonCore(io.Discard, zap.FatalLevel) },
		"nop":      zapcore.NewNopCore,
		"sampled": func() zapcore.Core {
			return zapcore.NewSamplerWithOptions(jsonCore(io.Discard, zap.DebugLevel), time.Minute, 0, 0)
		},
		"tee": func() zapcore.Core { return cores["tee of levels"](io.Discard) },
	} {
		for how, log := range map[string]func(*zap.Logger){
			"Panic":  func(l *zap.Logger) { l.Panic("m "+value, zap.String("k", value)) },
			"DPanic": func(l *zap.Logger) { l.DPanic("m " + value) },
			"Panicf": func(l *zap.Logger) { l.Sugar().Panicf("m %s", value) },
			"bound":  func(l *zap.Logger) { l.With(zap.String("k", value)).Panic("m " + value) },
			"by hooks": func(l *zap.Logger) {
				l.WithOptions(zap.Hooks(func(zapcore.Entry) error { return nil })).Panic("m " + value)
			},
		} {
			func() {
				defer func() {
					if r := recover(); r != "m "+tag {
						t.Errorf("%s/%s: panic with %v", name, how, r)
					}
				}()
				log(zap.New(newCore(), zap.Development(), zapredact.WrapCore(m)))
			}()
		}
	}
}

type fatalHook struct{ seen *string }

func (h fatalHook) OnWrite(ce *zapcore.CheckedEntry, fields []zapcore.Field) {
	*h.seen = fmt.Sprintf("%+v %+v", ce.Entry, fields)
	panic("stop")
}

// ZAP-3: the logger's fatal hook sees redacted fields; WrapHook covers the rest,
// and loggers whose core is not wrapped.
func TestFatalHook(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, opts := range map[string]func(h zapcore.CheckWriteHook) []zap.Option{
		"wrapped core": func(h zapcore.CheckWriteHook) []zap.Option {
			return []zap.Option{zap.WithFatalHook(h), zapredact.WrapCore(m)}
		},
		"wrapped hook": func(h zapcore.CheckWriteHook) []zap.Option {
			return []zap.Option{zap.WithFatalHook(zapredact.WrapHook(h, m))}
		},
	} {
		for _, level := range []zapcore.Level{zap.DebugLevel, zap.FatalLevel + 1} {
			var seen string
			func() {
				defer func() { _ = recover() }()
				zap.New(jsonCore(io.Discard, level), opts(fatalHook{&seen})...).Fatal("m "+value, zap.String("k", value), zap.Error(errors.New(value)))
			}()
			leak(t, seen, value)
			if strings.Count(seen, tag) < 3 {
				t.Errorf("%s: %s", name, seen)
			}
		}
	}
}

// ZAP-8: inside the wrapper, hooks and sampler hooks see redacted entries.
func TestHooksSeeRedacted(t *testing.T) {
	var seen string
	hook := func(e zapcore.Entry) error { seen += e.Message + e.LoggerName; return nil }
	core := zapcore.NewSamplerWithOptions(zapcore.RegisterHooks(jsonCore(io.Discard, zap.DebugLevel), hook), time.Minute, 1, 0,
		zapcore.SamplerHook(func(e zapcore.Entry, d zapcore.SamplingDecision) { seen += e.Message; _ = d }))
	l := zap.New(core, zapredact.WrapCore(matcher(t, "v1", value))).Named(value)
	l.Info(value)
	l.Info(value)
	leak(t, seen, value)
	if n := strings.Count(seen, tag); n != 4 {
		t.Errorf("%d tags: %s", n, seen)
	}
}

type fullDisk struct{ zapcore.WriteSyncer }

var errFull = errors.New("full")

func (fullDisk) Write([]byte) (int, error) {
	return 0, fmt.Errorf("https://u:%s@host: %w", value, errFull)
}
func (fullDisk) Sync() error { return fmt.Errorf("sync %s: %w", value, errFull) }

// ZAP-9, ZAP-10: errors pass through, redacted, and are reported once.
func TestErrors(t *testing.T) {
	m := matcher(t, "v1", value)
	leafCore := zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig), fullDisk{}, zap.DebugLevel)
	for name, core := range map[string]zapcore.Core{"leaf": leafCore, "tee": zapcore.NewTee(leafCore, jsonCore(io.Discard, zap.DebugLevel))} {
		var errs bytes.Buffer
		c := zapredact.NewCore(core, m)
		zap.New(c, zap.WithClock(fixedClock{}), zap.ErrorOutput(zapcore.AddSync(&errs))).Info("m")
		if want := "2023-11-14 22:13:20 +0000 UTC write error: https://u:" + tag + "@host: full\n"; errs.String() != want {
			t.Errorf("%s: got %q, want %q", name, errs.String(), want)
		}
		for _, err := range []error{c.Write(zapcore.Entry{}, nil), c.Sync()} {
			if !errors.Is(err, errFull) || strings.Contains(err.Error(), value) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	var b bytes.Buffer
	out := zapredact.NewWriteSyncer(zapcore.AddSync(&b), m)
	if n, err := out.Write([]byte("write error: " + value)); err != nil || n != len("write error: "+value) {
		t.Errorf("Write = %d, %v", n, err)
	}
	leak(t, b.String(), value)
	bad := zapredact.NewWriteSyncer(fullDisk{}, m)
	if _, err := bad.Write([]byte("x")); !errors.Is(err, errFull) || strings.Contains(err.Error(), value) {
		t.Errorf("got %v", err)
	}
	if err := bad.Sync(); !errors.Is(err, errFull) || strings.Contains(err.Error(), value) {
		t.Errorf("got %v", err)
	}
}

// ZAP-1, ZAP-14: levels; and formatters find nothing.
func TestLevel(t *testing.T) {
	lv := zap.NewAtomicLevelAt(zap.WarnLevel)
	c := zapredact.NewCore(zapcore.NewCore(zapcore.NewJSONEncoder(encoderConfig), zapcore.AddSync(io.Discard), lv), matcher(t, "v1", value))
	for _, c := range []zapcore.Core{c, c.With([]zap.Field{zap.Int("a", 1)})} {
		lv.SetLevel(zap.WarnLevel)
		if zapcore.LevelOf(c) != zap.WarnLevel || c.Enabled(zap.InfoLevel) || !c.Enabled(zap.WarnLevel) || c.Check(zapcore.Entry{Level: zap.InfoLevel}, nil) != nil {
			t.Error("wrong level")
		}
		lv.SetLevel(zap.DebugLevel)
		if zapcore.LevelOf(c) != zap.DebugLevel || !c.Enabled(zap.InfoLevel) {
			t.Error("the level does not follow")
		}
	}
	if c.With(nil) != c {
		t.Error("With without fields must return the core itself")
	}
	leak(t, fmt.Sprintf("%+v %v %U %#v", c.With([]zap.Field{zap.String("k", value)}), c, c, c), value)
}

// ZAP-15: two wrappers give the same bytes as one.
func TestStacked(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, newCore := range cores {
		for field, f := range fields(value) {
			var one, two bytes.Buffer
			run(zap.New(newCore(&one), zap.WithClock(fixedClock{}), zapredact.WrapCore(m)), f, value)
			run(zap.New(newCore(&two), zap.WithClock(fixedClock{}), zapredact.WrapCore(m), zapredact.WrapCore(m)), f, value)
			if one.String() != two.String() {
				t.Errorf("%s/%s:\none %s\ntwo %s", name, field, one.String(), two.String())
			}
		}
	}
}

// Numbers are left alone unless asked for.
func TestNumbers(t *testing.T) {
	m := matcher(t, "v1", "90210447")
	for _, on := range []bool{false, true} {
		var opts []zapredact.Option
		if on {
			opts = append(opts, zapredact.WithNumbers())
		}
		var b bytes.Buffer
		zap.New(jsonCore(&b, zap.DebugLevel), zapredact.WrapCore(m, opts...)).Info("m", zap.Int("a", 90210447), zap.Uint32("b", 90210447), zap.Float64("c", 90210447),
			zap.Ints("d", []int{1, 90210447}), zap.Dict("e", zap.Uint("f", 90210447), zap.Float32("g", 1.5)))
		if n := strings.Count(b.String(), tag); on && n != 5 || !on && n != 0 {
			t.Errorf("on=%v: %d tags in %s", on, n, b.String())
		}
		if !json.Valid(b.Bytes()) {
			t.Error(b.String())
		}
	}
}

// A nil Source, Core, WriteSyncer or hook panics where it is passed in.
func TestNil(t *testing.T) {
	m := &redact.Matcher{}
	for i, f := range []func(){
		func() { zapredact.WrapCore(nil) },
		func() { zapredact.NewCore(zapcore.NewNopCore(), nil) },
		func() { zapredact.NewCore(nil, m) },
		func() { zapredact.NewWriteSyncer(nil, m) },
		func() { zapredact.NewWriteSyncer(zapcore.AddSync(io.Discard), nil) },
		func() { zapredact.WrapHook(nil, m) },
		func() { zapredact.WrapHook(zapcore.WriteThenPanic, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d: no panic", i)
				}
			}()
			f()
		}()
	}
}

// countingCore counts how often fields are bound to it.
type countingCore struct {
	zapcore.Core
	withs *int
}

func (c countingCore) With(fs []zap.Field) zapcore.Core {
	*c.withs++
	return countingCore{c.Core.With(fs), c.withs}
}

// ZAP-6: a new snapshot that changes nothing in what is bound does not bind it
// again; one that does binds it once, and what hangs on it.
func TestBoundOnce(t *testing.T) {
	withs := 0
	src := &redacttest.Switch{}
	src.Set(matcher(t, "v1", value))
	l := zap.New(countingCore{jsonCore(io.Discard, zap.DebugLevel), &withs}, zapredact.WrapCore(src)).
		With(zap.Object("clean", object{"x"}), zap.Reflect("r", &public{A: "x"})).With(zap.String("k", "another-secret-7"))
	for i, c := range []struct {
		m    *redact.Matcher
		want int
	}{
		{nil, 2}, {matcher(t, "v2", value), 2}, {matcher(t, "v1", "another-secret-7"), 3}, {matcher(t, "v1", "another-secret-7"), 3}, {matcher(t, "v1", value), 4},
	} {
		if c.m != nil {
			src.Set(c.m)
		}
		l.Info("m")
		l.Info("m")
		if withs != c.want {
			t.Errorf("step %d: bound %d times, want %d", i, withs, c.want)
		}
	}
}
