package zapredact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zapredact"
)

const canary = "Vq7-otter/holt+5521=reed"

// shown returns the part of the canary that is in s, in whatever spelling.
func shown(s string) string {
	n := strings.NewReplacer(",", " ", "[", " ", "]", " ", "{", " ", "}", " ", "0x", " ").Replace(s)
	n = strings.Join(strings.Fields(n), " ")
	for i := 0; i+8 <= len(canary); i++ {
		w := canary[i : i+8]
		for _, f := range []string{w, fmt.Sprintf("%x", w), fmt.Sprintf("%X", w), strings.Trim(fmt.Sprint([]byte(w)), "[]"), fmt.Sprintf("% x", w), url.QueryEscape(w)} {
			if strings.Contains(s, f) || strings.Contains(n, f) {
				return f
			}
		}
		for sh := 0; sh < 3 && i+12 <= len(canary); sh++ {
			b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", sh) + canary[i:i+12]))
			b = b[sh*4/3+1 : len(b)-3]
			if strings.Contains(s, b) {
				return "b64 " + b
			}
		}
	}
	return ""
}

type pErr struct{}

func (*pErr) Error() string { panic(errors.New(canary)) }

type loopErr struct{ s string }

func (l *loopErr) Error() string { return "loop" }
func (l *loopErr) Unwrap() error { return l }

type grpErr struct{ es []error }

func (g grpErr) Error() string   { return "grp" }
func (g grpErr) Errors() []error { return g.es }

type wrapHidden struct{ in error }

func (w *wrapHidden) Error() string { return "clean" }
func (w *wrapHidden) Unwrap() error { return w.in }

type jsonObjErr struct{ s string }

func (jsonObjErr) Error() string                  { return "joe" }
func (j jsonObjErr) MarshalJSON() ([]byte, error) { return []byte(`"` + j.s + `"`), nil }

type node struct {
	Name string
	Next *node
	b    string
}
type mapKey struct{ s string }

func (m mapKey) MarshalText() ([]byte, error) { return []byte(m.s), nil }

type badJSON struct{ s string }

func (b badJSON) MarshalJSON() ([]byte, error) { return []byte(b.s), nil }

type panicJSON struct{ s string }

func (b panicJSON) MarshalJSON() ([]byte, error) { panic(b.s) }

func hostileValues() map[string]zap.Field {
	b := []byte(canary)
	s := canary
	e := errors.New(canary)
	cyc := &node{Name: canary}
	cyc.Next = cyc
	var arr [24]byte
	copy(arr[:], canary)
	deep := any(canary)
	for i := 0; i < 300; i++ {
		deep = []any{deep}
	}
	req, _ := http.NewRequest("POST", "http://h/?q="+url.QueryEscape(canary), strings.NewReader(canary))
	req.SetBasicAuth("user", canary)
	m := map[string]zap.Field{}
	for n, v := range map[string]any{"arr": arr, "parr": &arr, "bytesInStruct": struct{ B []byte }{b}, "bb": [][]byte{b, b}, "runes": []rune(canary), "pbytes": &b, "cyc": cyc, "deep": deep, "ps": &s, "req": req,
		"hdr": req.Header, "mapkey": map[mapKey]int{{canary}: 1}, "urlerr": &url.Error{Op: "Get", URL: "http://u:" + url.QueryEscape(canary) + "@h", Err: e}, "path": &os.PathError{Op: "o", Path: canary, Err: e}, "cmd": exec.Command("x", canary),
		"errs": []error{e, io.EOF}, "chan": make(chan int), "func": func() {}, "strs": []string{canary}, "vals": url.Values{"k": {canary}}, "cookie": &http.Cookie{Name: "a", Value: canary}, "secret": redact.NewSecret("a", "v", b),
		"badjson": badJSON{canary}, "panicjson": panicJSON{canary}, "ifs": []any{canary, b, e}, "fields": []zap.Field{zap.String("a", canary)}, "ctx": context.WithValue(context.Background(), mapKey{"k"}, canary), "joe": jsonObjErr{canary}, "sjoe": struct{ E error }{jsonObjErr{canary}},
		"loop": &loopErr{canary}, "grp": grpErr{[]error{e, &pErr{}, grpErr{[]error{e}}}}, "wrapHidden": &wrapHidden{e}, "nilperr": (*pErr)(nil), "pErr": &pErr{}, "unexp": struct{ a string }{canary}, "stringermap": map[string]fmt.Stringer{"a": stringer{canary}},
		"join": errors.Join(e, io.EOF), "times": []time.Time{}, "uint8s": []uint8(canary), "pp": struct{ P *string }{&s}, "node": &node{b: canary},
	} {
		m[n] = zap.Any("k", v)
	}
	m["dictnested"] = zap.Dict("k", zap.Dict("a", zap.Dict(canary, zap.Binary("q", b), zap.Namespace(canary), zap.Error(e), zap.Strings("s", []string{canary}))))
	m["inlinedict"] = zap.Inline(zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error {
		zap.Error(grpErr{[]error{e}}).AddTo(enc)
		zap.Any("x", struct{ B []byte }{b}).AddTo(enc)
		enc.OpenNamespace("n" + canary)
		enc.AddBinary(canary, b)
		return fmt.Errorf("oops %s", canary)
	}))
	m["arrfail"] = zap.Array("k", zapcore.ArrayMarshalerFunc(func(enc zapcore.ArrayEncoder) error { enc.AppendString(canary); return e }))
	m["objarr"] = zap.Array("k", zapcore.ArrayMarshalerFunc(func(enc zapcore.ArrayEncoder) error {
		return enc.AppendObject(zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error { return enc.AddReflected(canary, panicSafe{canary}) }))
	}))
	m["stringerr"] = zap.Stringer("k", stringErr{canary})
	m["errsnil"] = zap.Errors("k", []error{nil, e, (*pErr)(nil)})
	return m
}

type stringErr struct{ s string }

func (s stringErr) String() string { return s.s }
func (s stringErr) Error() string  { return s.s }

type panicSafe struct{ S string }

// attempt calls f, which must come back without a panic and without the canary.
func attempt(t *testing.T, name string, f func() string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", name, r)
		}
	}()
	if out := f(); shown(out) != "" {
		t.Errorf("%s: %q is shown in %.600s", name, shown(out), out)
	}
}

// keepCore does with fields what cores do that forward them to another system.
type keepCore struct {
	zapcore.LevelEnabler
	w    io.Writer
	with []zap.Field
}

func (k keepCore) With(f []zap.Field) zapcore.Core {
	return keepCore{k.LevelEnabler, k.w, append(append([]zap.Field(nil), k.with...), f...)}
}
func (k keepCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return ce.AddCore(e, k)
}
func (k keepCore) Sync() error { return nil }
func (k keepCore) Write(e zapcore.Entry, f []zap.Field) error {
	fmt.Fprintf(k.w, "%+v %+v %+v", e, k.with, f)
	for _, x := range append(append([]zap.Field(nil), k.with...), f...) {
		fmt.Fprintf(k.w, " %+v %v", x.Interface, x.Interface)
	}
	enc := zapcore.NewMapObjectEncoder()
	for _, x := range append(append([]zap.Field(nil), k.with...), f...) {
		x.AddTo(enc)
	}
	fmt.Fprintf(k.w, "%+v", enc.Fields)
	return nil
}

// ZAP-2, ZAP-4, ZAP-5, ZAP-6, ZAP-13: fields of every type, made to be difficult,
// through every composition and every order of binding and registration. Nothing
// is shown, nothing panics, nothing hangs. Under the race detector, which makes it
// slow, each pair of field, composition and order is met, but not each triple.
func TestNoWayAround(t *testing.T) {
	none, m, rotated := &redact.Matcher{}, matcher(t, "v1", canary), matcher(t, "v2", canary)
	cs := map[string]func(w io.Writer) zapcore.Core{"keep": func(w io.Writer) zapcore.Core { return keepCore{zap.DebugLevel, w, nil} }}
	maps.Copy(cs, cores)
	orders := []func(l *zap.Logger, v zap.Field, src *redacttest.Switch){
		func(l *zap.Logger, v zap.Field, src *redacttest.Switch) {
			src.Set(m)
			l.Error("m", v)
		},
		func(l *zap.Logger, v zap.Field, src *redacttest.Switch) {
			src.Set(m)
			l.With(v).Error("m")
		},
		func(l *zap.Logger, v zap.Field, src *redacttest.Switch) {
			src.Set(m)
			l.With(zap.Namespace("g")).WithLazy(v, v).Error("m", zap.Dict("d", v))
		},
		func(l *zap.Logger, v zap.Field, src *redacttest.Switch) {
			l2 := l.With(v)
			src.Set(m)
			l3 := l2.WithLazy(zap.Namespace("x"), v)
			l2.Error("m")
			l3.Error("m")
		},
		func(l *zap.Logger, v zap.Field, src *redacttest.Switch) {
			l2 := l.With(v).With(zap.String("z", canary))
			src.Set(m)
			l2.Error("m")
			src.Set(rotated)
			l2.With(v).Error("m", v)
		},
	}
	values := hostileValues()
	names := slices.Sorted(maps.Keys(values))
	for c, core := range slices.Sorted(maps.Keys(cs)) {
		for n, name := range names {
			for o, order := range orders {
				if raceOn && (c+n+o)%len(orders) != 0 {
					continue
				}
				attempt(t, fmt.Sprintf("%s/%s/%d", core, name, o), func() string {
					var b bytes.Buffer
					var src redacttest.Switch
					src.Set(none)
					l := zap.New(cs[core](&b), zapredact.WrapCore(&src), zap.ErrorOutput(zapcore.AddSync(&b)))
					order(l, values[name], &src)
					if b.Len() == 0 && core != "nop" {
						return "nothing was written: " + canary
					}
					return b.String()
				})
			}
		}
	}
}

// ZAP-1, ZAP-6: bound again because of what stands beside it, a clean field of any
// type is still written as the bare core writes it.
func TestReboundCleanFields(t *testing.T) {
	for inner, newInner := range cores {
		for name, f := range fields("harmless text") {
			var bare, ours bytes.Buffer
			src := &redacttest.Switch{}
			src.Set(&redact.Matcher{})
			log := func(s string, w *bytes.Buffer, rotate func(), opts ...zap.Option) {
				l := zap.New(newInner(w), append(opts, zap.WithClock(fixedClock{}))...).With(f, zap.String("s", s)).With(zap.Namespace("g"), f)
				rotate()
				l.Error("m", f)
			}
			log(tag, &bare, func() {})
			log(value, &ours, func() { src.Set(matcher(t, "v1", value)) }, zapredact.WrapCore(src))
			if ours.String() != bare.String() {
				t.Errorf("%s/%s\ngot  %s\nwant %s", inner, name, ours.String(), bare.String())
			}
		}
	}
}
