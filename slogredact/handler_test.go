package slogredact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/slogredact"
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

func noTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// inners are the handlers that ours is put around.
var inners = map[string]func(io.Writer) slog.Handler{
	"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
	"multi": func(w io.Writer) slog.Handler {
		return slog.NewMultiHandler(slog.NewJSONHandler(w, nil), slog.NewTextHandler(w, nil))
	},
}

// leak fails if any spelling of the value is in s.
func leak(t testing.TB, s, value string) {
	t.Helper()
	q := fmt.Sprintf("%q", value)
	b, _ := json.Marshal(value)
	for _, form := range []string{value, q[1 : len(q)-1], string(b[1 : len(b)-1]), fmt.Sprintf("%x", value), url.QueryEscape(value)} {
		if strings.Contains(s, form) {
			t.Errorf("the value is shown as %q in %s", form, s)
		}
	}
}

// SLOG-1: the rules of slog hold with and without secrets.
func TestSlogtest(t *testing.T) {
	for name, m := range map[string]*redact.Matcher{"empty": {}, "full": matcher(t, "v1", value)} {
		t.Run(name+"/json", func(t *testing.T) {
			var b bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				b.Reset()
				return slogredact.NewHandler(slog.NewJSONHandler(&b, nil), m)
			}, func(t *testing.T) map[string]any { return parseJSON(t, b.Bytes()) })
		})
		t.Run(name+"/text", func(t *testing.T) {
			var b bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				b.Reset()
				return slogredact.NewHandler(slog.NewTextHandler(&b, nil), m)
			}, func(t *testing.T) map[string]any { return parseText(b.String()) })
		})
		for _, outside := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/multi,outside=%v", name, outside), func(t *testing.T) {
				var b, other bytes.Buffer
				slogtest.Run(t, func(*testing.T) slog.Handler {
					b.Reset()
					j, x := slog.Handler(slog.NewJSONHandler(&b, nil)), slog.Handler(slog.NewTextHandler(&other, nil))
					if outside {
						return slogredact.NewHandler(slog.NewMultiHandler(j, x), m)
					}
					return slog.NewMultiHandler(slogredact.NewHandler(j, m), slogredact.NewHandler(x, m))
				}, func(t *testing.T) map[string]any { return parseJSON(t, b.Bytes()) })
			})
		}
	}
}

func parseJSON(t *testing.T, b []byte) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// parseText reads k=v pairs without quotes inside, as slogtest writes them.
func parseText(line string) map[string]any {
	top := map[string]any{}
	for _, f := range strings.Fields(strings.TrimSpace(line)) {
		k, v, _ := strings.Cut(f, "=")
		m := top
		keys := strings.Split(k, ".")
		for _, g := range keys[:len(keys)-1] {
			if m[g] == nil {
				m[g] = map[string]any{}
			}
			m = m[g].(map[string]any)
		}
		m[keys[len(keys)-1]] = strings.Trim(v, `"`)
	}
	return top
}

type point struct {
	X, Y   int
	Name   string
	hidden string
}

type stringer struct{ s string }

func (s stringer) String() string { return s.s }

type textValue struct{ s string }

func (v textValue) MarshalText() ([]byte, error) { return []byte(v.s), nil }

type jsonValue struct{ s string }

func (v jsonValue) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"j": v.s}) }

type failing struct{ s string }

func (v failing) MarshalJSON() ([]byte, error) { return nil, errors.New(v.s) }
func (v failing) MarshalText() ([]byte, error) { return nil, errors.New(v.s) }

type panicking struct{ s string }

func (v panicking) MarshalJSON() ([]byte, error) { panic(v.s) }
func (v panicking) MarshalText() ([]byte, error) { panic(v.s) }

type nilPanics struct{ s string }

func (v *nilPanics) MarshalText() ([]byte, error) { return []byte(v.s), nil }
func (v *nilPanics) MarshalJSON() ([]byte, error) { return json.Marshal(v.s) }

type namedBytes []byte

type valuer struct{ v slog.Value }

func (v valuer) LogValue() slog.Value { return v.v }

type cyclic struct{}

func (c cyclic) LogValue() slog.Value { return slog.AnyValue(c) }

type panicValuer struct{ s string }

func (p panicValuer) LogValue() slog.Value { panic(p.s) }

type stackError struct{ msg, stack string }

func (e *stackError) Error() string { return e.msg }
func (e *stackError) Format(s fmt.State, _ rune) {
	io.WriteString(s, e.msg)
	if s.Flag('+') {
		io.WriteString(s, "\n"+e.stack)
	}
}

type jsonErr struct{ msg string }

func (e jsonErr) Error() string                { return "short" }
func (e jsonErr) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"msg": e.msg}) }

// values is one value of every sort that carries the text s.
func values(s string) map[string]any {
	req, _ := http.NewRequest("GET", "http://example.com/", nil)
	req.Header.Set("Authorization", "Bearer "+s)
	u := &url.URL{Scheme: "https", Host: "example.com", User: url.UserPassword("u", s)}
	self := map[string]any{"s": s}
	self["self"], self["again"] = self, self // fmt would not come back from it
	return map[string]any{
		"string": s, "error": errors.New(s), "wrapped": fmt.Errorf("w: %w", errors.New(s)),
		"joined": errors.Join(errors.New("a"), errors.New(s)), "stack": &stackError{"m", s}, "jsonErr": jsonErr{s},
		"stringer": stringer{s}, "text": textValue{s}, "json": jsonValue{s}, "failing": failing{s}, "panicking": panicking{s},
		"nilPanics": (*nilPanics)(nil), "bytes": []byte("x" + s), "named": namedBytes(s), "raw": json.RawMessage(`{"a":` + jsonText(s) + `}`),
		"number": json.Number("12"), "pstring": &s, "struct": point{1, 2, s, ""}, "pstruct": &point{1, 2, s, ""},
		"unexported": point{1, 2, "n", s}, "map": map[string]any{"a": []any{s, 1, nil}}, "mapkey": map[string]int{s: 1},
		"header": http.Header{"Authorization": {"Basic " + s}}, "url": u, "request": req, "self": self,
		"valuer": valuer{slog.StringValue(s)}, "group": valuer{slog.GroupValue(slog.String("k", s), slog.Any("v", valuer{slog.StringValue(s)}))},
		"twice": valuer{slog.AnyValue(valuer{slog.StringValue(s)})}, "cyclic": cyclic{}, "panicValuer": panicValuer{s},
		"int": 42, "float": 1.5, "bool": true, "duration": time.Second, "time": time.Unix(0, 0).UTC(), "nil": nil,
		"level": slog.LevelWarn, "source": &slog.Source{Function: "f", File: "/src/" + s, Line: 3}, "strings": []string{"a", s},
		"nested": `{"dsn":` + jsonText(s) + `}`, "quoted": fmt.Sprintf("%q", fmt.Sprintf("%q", s)),
	}
}

func jsonText(s string) string { b, _ := json.Marshal(s); return string(b) }

// SLOG-2, SLOG-3, SLOG-5, SLOG-6, SLOG-13: a value of any sort, logged or bound, shows nothing;
// JSON stays JSON.
func TestEveryValue(t *testing.T) {
	m := matcher(t, "v1", value)
	for inner, newInner := range inners {
		for name, v := range values(value) {
			for _, bound := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/bound=%v", inner, name, bound), func(t *testing.T) {
					var b bytes.Buffer
					l := slog.New(slogredact.NewHandler(newInner(&b), m))
					if bound {
						l.With("k", v).WithGroup("g").Info("msg", "z", 1)
					} else {
						l.Info("msg", "k", v, slog.Group("g", "in", v, "n", 1))
					}
					leak(t, b.String(), value)
					for line := range strings.Lines(b.String()) {
						if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
							t.Errorf("not JSON: %s", line)
						}
					}
				})
			}
		}
	}
}

// SLOG-1: without a match the bytes are those of the bare handler.
func TestByteIdentical(t *testing.T) {
	m := matcher(t, "v1", value)
	for inner, newInner := range inners {
		for name, v := range values("harmless text") {
			if name == "self" && inner != "json" {
				continue // the bare handler would not come back
			}
			t.Run(inner+"/"+name, func(t *testing.T) {
				var bare, ours bytes.Buffer
				rotating := &redacttest.Switch{}
				rotating.Set(m)
				log := func(h slog.Handler, rotate func()) {
					l := slog.New(h).With("b", v, "c", 1).WithGroup("g").With("d", v).WithGroup("h")
					rotate()
					r := slog.NewRecord(time.Unix(1, 2), slog.LevelWarn, "message", 0)
					r.Add("a", v, "e", slog.GroupValue(slog.Any("f", v)), "", slog.GroupValue(slog.Int("inline", 1)), "empty", slog.GroupValue(), "i", 1, "j", 2, "k", 3)
					if err := l.Handler().Handle(context.Background(), r); err != nil {
						t.Error(err)
					}
				}
				log(newInner(&bare), func() {})
				log(slogredact.NewHandler(newInner(&ours), rotating), func() { rotating.Set(matcher(t, "v2", "another-secret-7")) })
				if name == "panicValuer" {
					return // shows a stack, which is that of its caller
				}
				if ours.String() != bare.String() {
					t.Errorf("got  %s\nwant %s", ours.String(), bare.String())
				}
			})
		}
	}
}

// SLOG-6: JSON keeps its shape, the value is not a quoted string.
func TestShape(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, c := range map[string]struct {
		v          any
		json, text string
	}{
		"struct":     {point{1, 2, value, ""}, `{"X":1,"Y":2,"Name":"[REDACTED:db@v1]"}`, `"{X:1 Y:2 Name:[REDACTED:db@v1] hidden:}"`},
		"unexported": {point{1, 2, "n", value}, `{"X":1,"Y":2,"Name":"n"}`, `"{X:1 Y:2 Name:n hidden:[REDACTED:db@v1]}"`},
		"map":        {map[string]any{value: []any{1, value}}, `{"[REDACTED:db@v1]":[1,"[REDACTED:db@v1]"]}`, `"map[[REDACTED:db@v1]:[1 [REDACTED:db@v1]]]"`},
		"bytes":      {[]byte("ab " + value), "", `"ab [REDACTED:db@v1]"`},
		"stringer":   {stringer{value}, `{}`, tag},
		"text":       {textValue{value}, `"` + tag + `"`, tag},
		"json":       {jsonValue{value}, `{"j":"` + tag + `"}`, "{s:" + tag + "}"},
		"failing":    {failing{value}, `"!ERROR:json: error calling MarshalJSON for type slogredact_test.failing: ` + tag + `"`, "!ERROR:" + tag},
		"panicking":  {panicking{value}, `"!PANIC: ` + tag + `"`, `"!PANIC: ` + tag + `"`},
		"error":      {fmt.Errorf("a %w", errors.New(value)), `"a ` + tag + `"`, `"a ` + tag + `"`},
		"jsonErr":    {jsonErr{value}, `{"msg":"` + tag + `"}`, "short"},
		"stack":      {&stackError{"m", value}, `"m"`, `"m\n` + tag + `"`},
		"source":     {&slog.Source{Function: value, File: "f", Line: 1}, `{"function":"` + tag + `","file":"f","line":1}`, "f:1"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, multi := range []bool{false, true} {
				var j, x bytes.Buffer
				jh, th := slog.Handler(slog.NewJSONHandler(&j, &slog.HandlerOptions{ReplaceAttr: noTime})), slog.Handler(slog.NewTextHandler(&x, &slog.HandlerOptions{ReplaceAttr: noTime}))
				if multi {
					slog.New(slogredact.NewHandler(slog.NewMultiHandler(jh, th), m)).Info("m", "k", c.v)
				} else {
					slog.New(slogredact.NewHandler(jh, m)).Info("m", "k", c.v)
					slog.New(slogredact.NewHandler(th, m)).Info("m", "k", c.v)
				}
				if want := `{"level":"INFO","msg":"m","k":` + c.json + "}\n"; c.json != "" && j.String() != want {
					t.Errorf("json, multi=%v: got %swant %s", multi, j.String(), want)
				}
				if want := `level=INFO msg=m k=` + c.text + "\n"; !(multi && name == "bytes") && x.String() != want {
					t.Errorf("text, multi=%v: got %swant %s", multi, x.String(), want)
				}
				leak(t, j.String()+x.String(), value)
			}
		})
	}
}

// SLOG-6: what is clean reaches the wrapped handler as itself.
func TestIdentity(t *testing.T) {
	var got []any
	p, ps := &point{1, 2, "n", ""}, new(string)
	err := errors.New("clean")
	inner := slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "k" {
			got = append(got, a.Value.Any())
		}
		return a
	}})
	src := &redacttest.Switch{}
	src.Set(matcher(t, "v1", value))
	l := slog.New(slogredact.NewHandler(inner, src))
	for _, v := range []any{p, ps, err, int64(7), 1.5, true, time.Second, uint64(9), slog.LevelInfo} {
		got = nil
		l.Info("m", "k", v)
		l.With("k", v).Info("m")
		src.Set(matcher(t, "v2", value))
		l.With("k", v).Info("m")
		for i, g := range got {
			if g != v {
				t.Errorf("value %d of %T: got %T %v", i, v, g, g)
			}
		}
		if len(got) != 3 {
			t.Errorf("%T: bound %d times, want 3", v, len(got))
		}
	}
	got = nil
	b := l.With("k", p)
	src.Set(matcher(t, "v3", value))
	b.Info("m")
	if len(got) != 1 || got[0] != any(p) {
		t.Errorf("a new snapshot that changes nothing bound again: %v", got)
	}
}

// SLOG-7: an error stays an error.
func TestErrorStaysAnError(t *testing.T) {
	target := &stackError{"inner " + value, "stack " + value}
	var got error
	inner := slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if err, ok := a.Value.Any().(error); ok {
			got = err
		}
		return a
	}})
	slog.New(slogredact.NewHandler(inner, matcher(t, "v1", value))).Error("m", "err", fmt.Errorf("outer: %w", errors.Join(target, io.EOF)))
	if got == nil {
		t.Fatal("no error arrived")
	}
	var as *stackError
	if !errors.Is(got, io.EOF) || !errors.Is(got, target) || !errors.As(got, &as) || as != target {
		t.Error("errors.Is or errors.As does not see through")
	}
	for err := got; err != nil; err = errors.Unwrap(err) {
		leak(t, err.Error()+fmt.Sprintf("%+v %#v %s %q %U %x", err, err, err, err, err, err), value)
	}
}

// SLOG-2: keys, group names and the message.
func TestKeys(t *testing.T) {
	var b bytes.Buffer
	l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, nil), matcher(t, "v1", value)))
	l.WithGroup("g-"+value).With("w-"+value, 1).Info("m "+value, "k-"+value, 2, slog.Group("gg-"+value, "a", 1))
	leak(t, b.String(), value)
	for _, want := range []string{`"g-` + tag, `"w-` + tag, `"k-` + tag, `"gg-` + tag, `"m ` + tag} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
}

// SLOG-8: the result of With is a wrapper, the caller's slice is left alone, and
// groups nest as they were opened.
func TestWith(t *testing.T) {
	var b bytes.Buffer
	h := slogredact.NewHandler(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: noTime}), matcher(t, "v1", value))
	attrs := []slog.Attr{slog.String("a", value), slog.Group("in", slog.String("x", value))}
	before := slices.Clone(attrs)
	w := h.WithAttrs(attrs)
	if !slices.EqualFunc(attrs, before, slog.Attr.Equal) || attrs[1].Value.Group()[0].Value.String() != value {
		t.Error("the caller's slice was changed")
	}
	attrs[0] = slog.String("b", "overwritten by its other owner")
	if h.WithGroup("") != h || h.WithAttrs(nil) != h {
		t.Error("an empty group or slice must return the handler itself")
	}
	slog.New(w.WithGroup("g")).With("a", 1).WithGroup("h").With("b", 2).Info(value, "c", 3)
	want := "level=INFO msg=" + tag + " a=" + tag + " in.x=" + tag + " g.a=1 g.h.b=2 g.h.c=3\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
	leak(t, fmt.Sprintf("%+v %#v %v %U %g %d", w, w, w, w, w, w), value)
	leak(t, fmt.Sprintf("%+v %v", struct{ h slog.Handler }{w}, []any{w}), value)
}

// SLOG-9: what was bound before a secret was known is redacted once it is, and
// under the version that is current then.
func TestLateRegistration(t *testing.T) {
	for inner, newInner := range inners {
		t.Run(inner, func(t *testing.T) {
			var b bytes.Buffer
			src := &redacttest.Switch{}
			src.Set(&redact.Matcher{})
			p := &point{Name: value}
			l := slog.New(slogredact.NewHandler(newInner(&b), src)).
				With("s", value, "p", p, "err", errors.New(value), "b", []byte(value)).WithGroup("g-"+value).With("t", value)
			l.Info("before")
			if !strings.Contains(b.String(), "g-") {
				t.Fatal(b.String())
			}
			p.Name = "changed after it was bound"
			for _, version := range []string{"v1", "v2"} {
				b.Reset()
				src.Set(matcher(t, version, value))
				l.Info("after")
				leak(t, b.String(), value)
				if n := strings.Count(b.String(), "[REDACTED:db@"+version+"]"); n < 5 {
					t.Errorf("%d tags of %s in %s", n, version, b.String())
				}
				if strings.Contains(b.String(), "changed after") {
					t.Errorf("a bound value was read again: %s", b.String())
				}
			}
			b.Reset()
			src.Set(&redact.Matcher{})
			l.Info("forgotten")
			if strings.Contains(b.String(), "REDACTED") || !strings.Contains(b.String(), "kestrel") {
				t.Errorf("the tag outlived its secret: %s", b.String())
			}
			b.Reset()
			src.Set(nil)
			l.Info("unavailable")
			leak(t, b.String(), value)
		})
	}
}

// SLOG-10: source position, zero time and many attributes are kept.
func TestRecord(t *testing.T) {
	var b bytes.Buffer
	l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, &slog.HandlerOptions{AddSource: true}), matcher(t, "v1", value)))
	l.Info(value, "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", value, "g", 7, "h", 8)
	if !strings.Contains(b.String(), "handler_test.go") || !strings.Contains(b.String(), `"a":1,"b":2,"c":3,"d":4,"e":5,"f":"`+tag+`","g":7,"h":8}`) {
		t.Error(b.String())
	}
	b.Reset()
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	r.AddAttrs(slog.String("a", value))
	r.AddAttrs(slog.Int("1", 1), slog.Int("2", 2), slog.Int("3", 3), slog.Int("4", 4), slog.Int("5", 5), slog.String("z", value))
	clone := r.Clone()
	if err := l.Handler().Handle(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), `"time"`) {
		t.Errorf("a zero time is shown: %s", b.String())
	}
	clone.Attrs(func(a slog.Attr) bool {
		if strings.Contains(a.Value.String(), "REDACTED") {
			t.Error("the caller's record was changed")
		}
		return true
	})
}

// SLOG-11: Enabled asks the wrapped handler.
func TestEnabled(t *testing.T) {
	var lv slog.LevelVar
	h := slogredact.NewHandler(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: &lv}), matcher(t, "v1", value))
	for _, h := range []slog.Handler{h, h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})} {
		lv.Set(slog.LevelError)
		if h.Enabled(context.Background(), slog.LevelWarn) || !h.Enabled(context.Background(), slog.LevelError) {
			t.Error("wrong level")
		}
	}
}

// SLOG-12: the log package and http.Server.ErrorLog, through slog.
func TestStandardLog(t *testing.T) {
	var b bytes.Buffer
	h := slogredact.NewHandler(slog.NewTextHandler(&b, nil), matcher(t, "v1", value))
	slog.NewLogLogger(h, slog.LevelError).Printf("http: %s", value)
	old, flags, w := slog.Default(), log.Flags(), log.Writer()
	defer func() { slog.SetDefault(old); log.SetFlags(flags); log.SetOutput(w) }()
	slog.SetDefault(slog.New(h))
	log.Printf("std: %s", value)
	leak(t, b.String(), value)
	if strings.Count(b.String(), tag) != 2 {
		t.Error(b.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write(p []byte) (int, error) { return 0, fmt.Errorf("https://u:%s@host: full", value) }

// SLOG-14: the error of the wrapped handler, and what it adds itself,
// which the guard writer under it catches.
func TestBelow(t *testing.T) {
	m := matcher(t, "v1", value)
	h := slogredact.NewHandler(slog.NewTextHandler(fullDisk{}, nil), m)
	if err := h.Handle(context.Background(), slog.Record{}); err == nil || strings.Contains(err.Error(), value) {
		t.Errorf("got %v", err)
	}
	var b bytes.Buffer
	adds := slog.NewJSONHandler(redact.NewRecordWriter(&b, m, redact.SinkJSON()), &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "k" {
			a.Value = slog.StringValue("added below: " + value)
		}
		return a
	}})
	slog.New(slogredact.NewHandler(adds, m)).Info("m", "k", 1)
	leak(t, b.String(), value)
	if !json.Valid(b.Bytes()) || !strings.Contains(b.String(), tag) {
		t.Error(b.String())
	}
}

// SLOG-15: two wrappers give the same bytes as one.
func TestStacked(t *testing.T) {
	m := matcher(t, "v1", value)
	for inner, newInner := range inners {
		for name, v := range values(value) {
			if name == "panicValuer" {
				continue
			}
			var one, two bytes.Buffer
			for b, h := range map[*bytes.Buffer]slog.Handler{
				&one: slogredact.NewHandler(newInner(&one), m),
				&two: slogredact.NewHandler(slogredact.NewHandler(newInner(&two), m), m),
			} {
				r := slog.NewRecord(time.Unix(1, 0), slog.LevelInfo, "m "+value, 0)
				r.Add("k", v)
				if err := h.WithAttrs([]slog.Attr{slog.Any("b", v)}).Handle(context.Background(), r); err != nil {
					t.Error(err)
				}
				_ = b
			}
			if one.String() != two.String() {
				t.Errorf("%s/%s:\none %s\ntwo %s", inner, name, one.String(), two.String())
			}
		}
	}
}

// SLOG-4: numbers keep their kind unless asked for.
func TestNumbers(t *testing.T) {
	m := matcher(t, "v1", "90210447")
	for _, on := range []bool{false, true} {
		var opts []slogredact.Option
		if on {
			opts = append(opts, slogredact.WithNumbers())
		}
		var b bytes.Buffer
		slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, nil), m, opts...)).Info("m", "i", 90210447, "u", uint64(90210447), "f", 90210447.0, "ok", 12)
		if got := strings.Count(b.String(), tag); on && got != 3 || !on && got != 0 || !strings.Contains(b.String(), `"ok":12`) {
			t.Errorf("on=%v: %s", on, b.String())
		}
	}
}

// A nil Source or Handler panics where it is passed in.
func TestNil(t *testing.T) {
	for _, f := range []func(){
		func() { slogredact.NewHandler(nil, &redact.Matcher{}) },
		func() { slogredact.NewHandler(slog.DiscardHandler, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}
