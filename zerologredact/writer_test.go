//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

const (
	value = "kestrel\"\\44\t71\n<moor>\u2028é"
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

// leak fails if the value, or its parts between escapes, is in s.
func leak(t testing.TB, s, value string) {
	t.Helper()
	for _, form := range []string{value, "kestrel", fmt.Sprintf("%x", value), base64.StdEncoding.EncodeToString([]byte(value))[:12]} {
		if strings.Contains(s, form) {
			t.Errorf("the value is shown as %q in %s", form, s)
		}
	}
}

type stringer struct{ s string }

func (s stringer) String() string { return s.s }

type object struct{ s string }

func (o object) MarshalZerologObject(e *zerolog.Event) { e.Str("s", o.s).Int("n", 1) }

type array struct{ s string }

func (a array) MarshalZerologArray(z *zerolog.Array) { z.Str(a.s).Int(1).Object(object(a)) }

// adds is every way in which an event can carry the text s.
func adds(s string) map[string]func(*zerolog.Event) {
	quoted, _ := json.Marshal(s)
	var unicode strings.Builder
	for _, r := range s {
		fmt.Fprintf(&unicode, `\u%04X`, r)
	}
	return map[string]func(*zerolog.Event){
		"str": func(e *zerolog.Event) { e.Str("k", s) }, "strs": func(e *zerolog.Event) { e.Strs("k", []string{"a", s}) },
		"key": func(e *zerolog.Event) { e.Str("k "+s, "v") }, "bytes": func(e *zerolog.Event) { e.Bytes("k", []byte(s)) },
		"hex": func(e *zerolog.Event) { e.Hex("k", []byte("ab"+s)) }, "stringer": func(e *zerolog.Event) { e.Stringer("k", stringer{s}) },
		"stringers": func(e *zerolog.Event) { e.Stringers("k", []fmt.Stringer{stringer{s}}) },
		"err":       func(e *zerolog.Event) { e.Err(fmt.Errorf("w: %w", errors.New(s))) }, "errs": func(e *zerolog.Event) { e.Errs("k", []error{errors.New(s), nil}) },
		"anerr": func(e *zerolog.Event) { e.AnErr("k", errors.New(s)) }, "interface": func(e *zerolog.Event) { e.Interface("k", map[string]any{"a": []string{s}}) },
		"interface bytes": func(e *zerolog.Event) { e.Interface("k", struct{ B []byte }{[]byte("x" + s)}) },
		"any":             func(e *zerolog.Event) { e.Any("k", http.Header{"Authorization": {"Bearer " + s}}) },
		"rawjson":         func(e *zerolog.Event) { e.RawJSON("k", fmt.Appendf(nil, `{"a":%s}`, quoted)) },
		"rawjson spelled": func(e *zerolog.Event) { e.RawJSON("k", []byte(`"`+unicode.String()+`"`)) },
		"dict":            func(e *zerolog.Event) { e.Dict("k", zerolog.Dict().Str("a", s)) }, "object": func(e *zerolog.Event) { e.Object("k", object{s}) },
		"embed": func(e *zerolog.Event) { e.EmbedObject(object{s}) }, "array": func(e *zerolog.Event) { e.Array("k", array{s}) },
		"fields": func(e *zerolog.Event) { e.Fields(map[string]any{"a": s, "b": errors.New(s), "c": []byte(s)}) },
		"func":   func(e *zerolog.Event) { e.Func(func(e *zerolog.Event) { e.Str("f", s) }) }, "ctx": func(e *zerolog.Event) { e.Ctx(context.Background()).Str("k", s) },
		"ip": func(e *zerolog.Event) { e.IPAddr("k", net.IPv4(10, 0, 0, 1)) }, "numbers": func(e *zerolog.Event) { e.Int("i", -3).Uint8("u", 4).Float64("f", 1.5).Bool("b", true) },
		"times": func(e *zerolog.Event) { e.Time("t", time.Unix(1, 0).UTC()).Dur("d", time.Second) }, "caller": func(e *zerolog.Event) { e.Caller().Stack() },
		"json in json": func(e *zerolog.Event) { e.Str("k", `{"dsn":`+string(quoted)+`}`) }, "quoted": func(e *zerolog.Event) { e.Str("k", fmt.Sprintf("%q", s)) },
		"twice quoted": func(e *zerolog.Event) { e.Str("k", fmt.Sprintf("%q", fmt.Sprintf("%q", s))) },
	}
}

// ZERO-1, ZERO-4, ZERO-5: every method of an event, without a match byte for byte, with
// one without the value and still JSON.
func TestEveryMethod(t *testing.T) {
	m := matcher(t, "v1", value)
	for name, add := range adds("harmless text") {
		var bare, ours bytes.Buffer
		for w, out := range map[io.Writer]*bytes.Buffer{&bare: &bare, zerologredact.NewWriter(&ours, m): &ours} {
			l := zerolog.New(w).With().Str("bound", "x").Logger()
			e := l.Info()
			add(e)
			e.Msg("message")
			_ = out
		}
		if name != "caller" && bare.String() != ours.String() {
			t.Errorf("%s:\nbare %sours %s", name, bare.String(), ours.String())
		}
	}
	for name, add := range adds(value) {
		var b bytes.Buffer
		l := zerolog.New(zerologredact.NewWriter(&b, m)).With().Str("bound", value).Logger()
		e := l.Info()
		add(e)
		e.Msg("message " + value)
		leak(t, b.String(), value)
		if !json.Valid(b.Bytes()) || !strings.HasSuffix(b.String(), "}\n") {
			t.Errorf("%s: not one JSON record: %s", name, b.String())
		}
		if strings.Count(b.String(), tag) < 2 {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}

// ZERO-3: a marshaler of the user's that escapes HTML, and text that was cut to
// valid UTF-8.
func TestOtherEscapes(t *testing.T) {
	old := zerolog.InterfaceMarshalFunc
	defer func() { zerolog.InterfaceMarshalFunc = old }()
	zerolog.InterfaceMarshalFunc = json.Marshal
	var b bytes.Buffer
	l := zerolog.New(zerologredact.NewWriter(&b, matcher(t, "v1", value)))
	l.Info().Interface("k", map[string]string{"html": value}).Send()
	leak(t, b.String(), value)
	if !strings.Contains(b.String(), tag) {
		t.Error(b.String())
	}
}

// ZERO-3: bytes that are not UTF-8 are written as U+FFFD, whatever they were.
func TestInvalidUTF8(t *testing.T) {
	const raw = "kestrel\xff4471\xfe\xfdmoor-lane"
	var b bytes.Buffer
	l := zerolog.New(zerologredact.NewWriter(&b, matcher(t, "v1", raw)))
	l.Info().Str("k", raw).Bytes("b", []byte(raw)).Hex("h", []byte(raw)).Msg(raw)
	leak(t, b.String(), raw)
	if !json.Valid(b.Bytes()) {
		t.Error(b.String())
	}
}

// ZERO-4: a number that is a secret becomes a string; a tag never straddles an
// escape.
func TestNumbers(t *testing.T) {
	var b bytes.Buffer
	l := zerolog.New(zerologredact.NewWriter(&b, matcher(t, "v1", "90210447")))
	l.Info().Int("a", 90210447).Ints("b", []int{1, 90210447}).Float64("c", 1.5).Str("d", `x\90210447"`).Send()
	want := `{"level":"info","a":"` + tag + `","b":[1,"` + tag + `"],"c":1.5,"d":"x\\` + tag + `\""}` + "\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
}

type recorder struct {
	levels []zerolog.Level
	got    bytes.Buffer
	last   []byte
	closed int
	short  bool
	err    error
}

func (r *recorder) Write(p []byte) (int, error) { return r.WriteLevel(zerolog.NoLevel, p) }
func (r *recorder) Close() error                { r.closed++; return r.err }
func (r *recorder) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	r.levels = append(r.levels, l)
	r.last = p
	if r.err != nil {
		return 0, r.err
	}
	r.got.Write(p)
	if r.short {
		return len(p) - 1, nil
	}
	return len(p), nil
}

// ZERO-1, ZERO-2: the writer contract.
func TestWriterContract(t *testing.T) {
	m := matcher(t, "v1", "kestrel-4471")
	var r recorder
	w := zerologredact.NewWriter(&r, m)
	for _, in := range []string{`{"k":"kestrel-4471"}` + "\n", `{"k":"clean"}` + "\n", "", "not JSON kestrel-4471", `{"k":"a longer text than any tag, kestrel-4471"}`} {
		p := []byte(in)
		for _, write := range []func() (int, error){func() (int, error) { return w.Write(p) }, func() (int, error) { return w.WriteLevel(zerolog.WarnLevel, p) }} {
			if n, err := write(); n != len(in) || err != nil {
				t.Errorf("%q: Write = %d, %v", in, n, err)
			}
			if string(p) != in {
				t.Errorf("the event was changed: %q", p)
			}
			if len(p) > 0 && len(r.last) > 0 && &p[0] == &r.last[0] && strings.Contains(in, "kestrel") {
				t.Error("the event itself was handed on")
			}
		}
	}
	if len(r.levels) != 10 || r.levels[0] != zerolog.NoLevel || r.levels[1] != zerolog.WarnLevel {
		t.Errorf("levels: %v", r.levels)
	}
	leak(t, r.got.String(), "kestrel-4471")
	r.short = true
	if n, err := w.Write([]byte(`{"k":"kestrel-4471"}`)); n != 0 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("short: %d, %v", n, err)
	}
	r.err = fmt.Errorf("https://u:kestrel-4471@host: %w", os.ErrClosed)
	for _, err := range []error{second(w.Write([]byte("x"))), second(w.WriteLevel(zerolog.InfoLevel, []byte("x"))), w.(io.Closer).Close()} {
		if !errors.Is(err, os.ErrClosed) || strings.Contains(err.Error(), "kestrel") {
			t.Errorf("got %v", err)
		}
	}
	if r.closed != 1 {
		t.Errorf("closed %d times", r.closed)
	}
	if err := zerologredact.NewWriter(&bytes.Buffer{}, m).(io.Closer).Close(); err != nil {
		t.Error(err)
	}
}

func second(_ int, err error) error { return err }

// ZERO-2: other children of a MultiLevelWriter see the event as it was.
func TestMulti(t *testing.T) {
	var bare, ours bytes.Buffer
	l := zerolog.New(zerolog.MultiLevelWriter(zerologredact.NewWriter(&ours, matcher(t, "v1", "kestrel-4471")), &bare))
	l.Info().Str("k", "kestrel-4471").Send()
	if want := `{"level":"info","k":"kestrel-4471"}` + "\n"; bare.String() != want {
		t.Errorf("got %s", bare.String())
	}
	leak(t, ours.String(), "kestrel-4471")
}

// ZERO-6: around the console and under it.
func TestConsole(t *testing.T) {
	m := matcher(t, "v1", "kestrel 4471 moor")
	for _, plain := range []bool{true, false} {
		var in, out, bare bytes.Buffer
		around := zerologredact.NewWriter(zerolog.ConsoleWriter{Out: &in, NoColor: plain}, m)
		under := zerolog.ConsoleWriter{Out: zerologredact.NewWriter(&out, m), NoColor: plain}
		for _, w := range []io.Writer{around, under} {
			l := zerolog.New(w)
			l.Info().Str("k", "kestrel 4471 moor").Str("kestrel 4471 moor", "x").Err(errors.New("e kestrel 4471 moor")).Msg("m kestrel 4471 moor")
		}
		for _, s := range []string{in.String(), out.String()} {
			leak(t, s, "kestrel 4471 moor")
			if strings.Count(s, "4471") != 0 || strings.Count(s, tag) != 4 {
				t.Errorf("plain=%v: %s", plain, s)
			}
		}
		in.Reset()
		out.Reset()
		for _, w := range []io.Writer{around, under, zerolog.ConsoleWriter{Out: &bare, NoColor: plain}} {
			l := zerolog.New(w)
			l.Warn().Str("k", "a b").Int("n", 1).Msg("clean")
		}
		if in.String() != bare.String() || out.String() != bare.String() {
			t.Errorf("without a match: %q %q %q", in.String(), out.String(), bare.String())
		}
	}
}

type syslogger struct{ got string }

func (s *syslogger) Write(p []byte) (int, error) { s.got += string(p); return len(p), nil }
func (s *syslogger) Trace(m string) error        { s.got += m; return nil }
func (s *syslogger) Debug(m string) error        { s.got += m; return nil }
func (s *syslogger) Info(m string) error         { s.got += m; return nil }
func (s *syslogger) Warning(m string) error      { s.got += m; return nil }
func (s *syslogger) Err(m string) error          { s.got += m; return nil }
func (s *syslogger) Emerg(m string) error        { s.got += m; return nil }
func (s *syslogger) Crit(m string) error         { s.got += m; return nil }

// ZERO-8: the writers of zerolog, around and under ours.
func TestCompositions(t *testing.T) {
	const value = "kestrel-4471"
	m := matcher(t, "v1", value)
	wrap := func(w io.Writer) zerolog.LevelWriter { return zerologredact.NewWriter(w, m) }
	for name, build := range map[string]func(out *bytes.Buffer, sys *syslogger) (w io.Writer, flush func()){
		"sync, under": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			return zerolog.SyncWriter(wrap(out)), func() {}
		},
		"sync, around": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			return wrap(zerolog.SyncWriter(out)), func() {}
		},
		"diode, under": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			d := diode.NewWriter(wrap(out), 100, 0, nil)
			return d, func() { d.Close() }
		},
		"diode, around": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			w := wrap(diode.NewWriter(out, 100, 0, nil))
			return w, func() { w.(io.Closer).Close() }
		},
		"syslog": func(_ *bytes.Buffer, sys *syslogger) (io.Writer, func()) {
			return wrap(zerolog.SyslogLevelWriter(sys)), func() {}
		},
		"trigger, under": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			return &zerolog.TriggerLevelWriter{Writer: wrap(out), ConditionalLevel: zerolog.InfoLevel, TriggerLevel: zerolog.ErrorLevel}, func() {}
		},
		"trigger, around": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			return wrap(&zerolog.TriggerLevelWriter{Writer: out, ConditionalLevel: zerolog.InfoLevel, TriggerLevel: zerolog.ErrorLevel}), func() {}
		},
		"filtered": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) {
			return wrap(&zerolog.FilteredLevelWriter{Writer: zerolog.LevelWriterAdapter{Writer: out}, Level: zerolog.DebugLevel}), func() {}
		},
		"stacked": func(out *bytes.Buffer, _ *syslogger) (io.Writer, func()) { return wrap(wrap(out)), func() {} },
	} {
		var out bytes.Buffer
		var sys syslogger
		w, flush := build(&out, &sys)
		l := zerolog.New(w)
		l.Info().Str("k", value).Msg("one")
		l.Error().Str("k", value).Msg("two")
		flush()
		got := out.String() + sys.got
		leak(t, got, value)
		if strings.Count(got, tag) != 2 || !strings.Contains(got, "one") || !strings.Contains(got, "two") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// ZERO-9: the event of a panic or a fatal exit is redacted and flushed first; the
// panic value itself is zerolog's.
func TestPanicAndFatal(t *testing.T) {
	m := matcher(t, "v1", "kestrel-4471")
	var r recorder
	l := zerolog.New(zerologredact.NewWriter(&r, m))
	func() {
		defer func() {
			if v := recover(); v != "m kestrel-4471" {
				t.Errorf("zerolog panics with %v: the package doc says otherwise", v)
			}
		}()
		l.Panic().Msg("m kestrel-4471")
	}()
	old := zerolog.FatalExitFunc
	defer func() { zerolog.FatalExitFunc = old }()
	closed := 0
	zerolog.FatalExitFunc = func() { closed = r.closed }
	l.Fatal().Msg("m kestrel-4471")
	leak(t, r.got.String(), "kestrel-4471")
	if strings.Count(r.got.String(), tag) != 2 || closed != 1 {
		t.Errorf("closed %d times before the exit: %s", closed, r.got.String())
	}
}

// ZERO-10: what zerolog reports of a failing output.
func TestErrorHandler(t *testing.T) {
	old := zerolog.ErrorHandler
	defer func() { zerolog.ErrorHandler = old }()
	var got error
	zerolog.ErrorHandler = func(err error) { got = err }
	l := zerolog.New(zerologredact.NewWriter(&recorder{err: errors.New("https://u:kestrel-4471@host")}, matcher(t, "v1", "kestrel-4471")))
	l.Info().Msg("x")
	if got == nil || strings.Contains(fmt.Sprintf("%v %+v", got, got), "kestrel") {
		t.Errorf("got %v", got)
	}
}

// ZERO-11: fields of a context are encoded long before and redacted all the same.
func TestLateRegistration(t *testing.T) {
	var b bytes.Buffer
	src := &redacttest.Switch{}
	src.Set(&redact.Matcher{})
	l := zerolog.New(zerologredact.NewWriter(&b, src)).With().Str("dsn", "app:kestrel-4471@db").Dict("d", zerolog.Dict().Str("x", "kestrel-4471")).Logger()
	l.Info().Msg("before")
	for _, version := range []string{"v1", "v2"} {
		b.Reset()
		src.Set(matcher(t, version, "kestrel-4471"))
		l.Info().Msg("after")
		leak(t, b.String(), "kestrel-4471")
		if strings.Count(b.String(), "[REDACTED:db@"+version+"]") != 2 {
			t.Error(b.String())
		}
	}
	b.Reset()
	src.Set(nil)
	l.Info().Msg("unavailable")
	if b.String() != `"[REDACTED:unavailable]"`+"\n" {
		t.Errorf("got %s", b.String())
	}
}

// A nil Source or Writer panics where it is passed in, and no formatter reaches
// into a writer.
func TestNil(t *testing.T) {
	for _, f := range []func(){
		func() { zerologredact.NewWriter(nil, &redact.Matcher{}) },
		func() { zerologredact.NewWriter(io.Discard, nil) },
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
	w := zerologredact.NewWriter(io.Discard, matcher(t, "v1", "kestrel-4471"))
	leak(t, fmt.Sprintf("%+v %#v %s %v", w, w, w, w), "kestrel-4471")
}
