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
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

const canary = "Vq7-otter/holt+5521=reed"

// shown returns the part of the canary that is in s, in whatever spelling.
func shown(s string) string {
	n := strings.NewReplacer(",", " ", "[", " ", "]", " ", "{", " ", "}", " ", "0x", " ").Replace(s)
	n = strings.Join(strings.Fields(n), " ")
	for i := 0; i+8 <= len(canary); i++ {
		w := canary[i : i+8]
		for _, f := range []string{w, fmt.Sprintf("%x", w), strings.Trim(fmt.Sprint([]byte(w)), "[]"), url.QueryEscape(w)} {
			if strings.Contains(s, f) || strings.Contains(n, f) {
				return f
			}
		}
		for sh := 0; sh < 3 && i+12 <= len(canary); sh++ {
			b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", sh) + canary[i:i+12]))
			if b = b[sh*4/3+1 : len(b)-3]; strings.Contains(s, b) {
				return b
			}
		}
	}
	return ""
}

type failingJSON struct{ s string }

func (f failingJSON) MarshalJSON() ([]byte, error) { return nil, errors.New(f.s) }

type badJSON struct{ s string }

func (f badJSON) MarshalJSON() ([]byte, error) { return []byte(f.s), nil }

type objectError struct{ s string }

func (o objectError) Error() string                         { return o.s }
func (o objectError) MarshalZerologObject(e *zerolog.Event) { e.Str("inner", o.s) }

type fromContext struct{}

// Run adds what the context of the event holds, as hooks for tracing do.
func (fromContext) Run(e *zerolog.Event, _ zerolog.Level, msg string) {
	if s, ok := e.GetCtx().Value(fromContext{}).(string); ok {
		e.Str("ctx", s).Str("again", msg)
	}
}

// ZERO-5, ZERO-8, ZERO-11: values of every sort, made to be difficult, through
// every kind of output and every order of binding and registration.
func TestNoWayAround(t *testing.T) {
	e := errors.New(canary)
	adds := map[string]func(*zerolog.Event){
		"uints8": func(l *zerolog.Event) { l.Uints8("k", []uint8(canary)) },
		"ints32": func(l *zerolog.Event) { l.Ints32("k", []rune(canary)) },
		"array": func(l *zerolog.Event) {
			l.Array("k", zerolog.Arr().Str(canary).Hex([]byte(canary)).Bytes([]byte(canary)).Err(e).Interface(canary).RawJSON([]byte(`"`+canary+`"`)).Dict(zerolog.Dict().Str(canary, canary)))
		},
		"objects":      func(l *zerolog.Event) { l.Objects("k", []zerolog.LogObjectMarshaler{object{canary}, object{canary}}) },
		"object error": func(l *zerolog.Event) { l.Err(objectError{canary}).AnErr("a", objectError{canary}) },
		"nil error":    func(l *zerolog.Event) { l.Err(nil).AnErr(canary, nil).Stringer(canary, nil) },
		"fails":        func(l *zerolog.Event) { l.Interface("k", failingJSON{canary}) },
		"bad JSON":     func(l *zerolog.Event) { l.Interface("k", badJSON{canary}) },
		"raw, no JSON": func(l *zerolog.Event) { l.RawJSON("k", []byte(canary)) },
		"raw, cut":     func(l *zerolog.Event) { l.RawJSON("k", []byte(`{"a":"`+canary)) },
		"raw, spaced":  func(l *zerolog.Event) { l.RawJSON("k", []byte("{ \"a\" :\n\t\""+canary+"\" }")) },
		"cbor":         func(l *zerolog.Event) { l.RawCBOR("k", []byte(canary)) },
		"map of bytes": func(l *zerolog.Event) { l.Any("k", map[string][]byte{canary: []byte(canary)}) },
		"bytes array":  func(l *zerolog.Event) { l.Any("k", [24]byte([]byte(canary))) },
		"url": func(l *zerolog.Event) {
			l.Stringer("k", &url.URL{Scheme: "a", Host: "h", User: url.UserPassword("u", canary)})
		},
		"fields": func(l *zerolog.Event) {
			l.Fields([]any{canary, canary, "e", e, "o", object{canary}, "b", []byte(canary)})
		},
		"type, ip": func(l *zerolog.Event) {
			l.Type("k", e).IPPrefix("p", net.IPNet{}).MACAddr("m", net.HardwareAddr(canary))
		},
		"context": func(l *zerolog.Event) { l.Ctx(context.WithValue(context.Background(), fromContext{}, canary)) },
		"twice":   func(l *zerolog.Event) { l.Str("k", canary).Str("k", canary) },
		"JSON in JSON": func(l *zerolog.Event) {
			s := canary
			for range 2 {
				b, _ := json.Marshal(map[string]string{"v": s})
				s = string(b)
			}
			l.Str("k", s)
		},
	}
	outs := map[string]func(io.Writer) io.Writer{
		"plain":   func(w io.Writer) io.Writer { return w },
		"console": func(w io.Writer) io.Writer { return zerolog.ConsoleWriter{Out: w} },
		"multi": func(w io.Writer) io.Writer {
			return zerolog.MultiLevelWriter(w, zerolog.ConsoleWriter{Out: w, NoColor: true})
		},
	}
	old := zerolog.ErrorHandler
	defer func() { zerolog.ErrorHandler = old }()
	zerolog.ErrorHandler = func(err error) {
		if s := shown(err.Error()); s != "" {
			t.Errorf("%q is shown in an error: %v", s, err)
		}
	}
	for on, wrap := range outs {
		for name, add := range adds {
			var b bytes.Buffer
			var src redacttest.Switch
			src.Set(&redact.Matcher{})
			l := zerolog.New(zerologredact.NewWriter(wrap(&b), &src)).Hook(fromContext{})
			d := zerolog.Dict()
			if name != "context" {
				add(d)
			}
			bound := l.With().Dict("d", d).Err(e).Bytes("b", []byte(canary)).Stack().Logger()
			src.Set(matcher(t, "v1", canary))
			for _, l := range []zerolog.Logger{l, bound} {
				ev := l.Warn()
				add(ev)
				ev.Msgf("m %s", canary)
			}
			slog.New(zerolog.NewSlogHandler(bound)).With("k", canary).Error(canary, "e", e)
			// The console refuses what is no JSON, as it does without the wrapper.
			refused := on != "plain" && strings.HasPrefix(name, "raw, ")
			if s := shown(b.String()); s != "" || !refused && !strings.Contains(b.String(), tag) {
				t.Errorf("%s/%s: %q is shown in %s", on, name, s, b.String())
			}
		}
	}
}

// ZERO-5: stacks and callers, which globals of zerolog render.
func TestStackAndCaller(t *testing.T) {
	oldStack, oldCaller, oldErr := zerolog.ErrorStackMarshaler, zerolog.CallerMarshalFunc, zerolog.ErrorMarshalFunc
	defer func() {
		zerolog.ErrorStackMarshaler, zerolog.CallerMarshalFunc, zerolog.ErrorMarshalFunc = oldStack, oldCaller, oldErr
	}()
	zerolog.ErrorStackMarshaler = func(err error) any { return []map[string]string{{"func": err.Error()}} }
	zerolog.CallerMarshalFunc = func(uintptr, string, int) string { return "/src/" + canary + "/x.go:3" }
	zerolog.ErrorMarshalFunc = func(err error) any { return map[string]any{"text": err.Error()} }
	var b bytes.Buffer
	l := zerolog.New(zerologredact.NewWriter(&b, matcher(t, "v1", canary))).With().Caller().Logger()
	l.Error().Stack().Err(errors.New(canary)).Send()
	want := `{"level":"error","stack":[{"func":"` + tag + `"}],"error":{"text":"` + tag + `"},"caller":"/src/` + tag + `/x.go:3"}` + "\n"
	if b.String() != want {
		t.Errorf("got  %swant %s", b.String(), want)
	}
}
