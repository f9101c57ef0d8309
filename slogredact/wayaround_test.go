package slogredact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/slogredact"
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

type nb byte
type pStr struct{}

func (*pStr) String() string { panic(canary) }

type pErr struct{}

func (*pErr) Error() string { panic(errors.New(canary)) }

type pFmt struct{}

func (pFmt) Format(fmt.State, rune) { panic(canary) }

type nilLV struct{ s string }

func (n *nilLV) LogValue() slog.Value { return slog.StringValue(n.s) }

type nilE struct{ s string }

func (n *nilE) Error() string { return n.s }

type loopErr struct{ s string }

func (l *loopErr) Error() string { return "loop" }
func (l *loopErr) Unwrap() error { return l }

type wrapHidden struct{ in error }

func (w *wrapHidden) Error() string { return "clean" }
func (w *wrapHidden) Unwrap() error { return w.in }

type node struct {
	Name string
	Next *node
	M    map[string]any
	S    []any
}
type bin struct{ s string }

func (b bin) MarshalBinary() ([]byte, error) { return []byte(b.s), nil }

type goS struct{ s string }

func (g goS) GoString() string { return g.s }

type asErr struct{ s string }

func (a asErr) Error() string { return "as" }
func (a asErr) As(t any) bool {
	if p, ok := t.(*error); ok {
		*p = errors.New(a.s)
		return true
	}
	return false
}

type mapKey struct{ s string }

func (m mapKey) MarshalText() ([]byte, error) { return []byte(m.s), nil }

type embErr struct {
	error
	Extra string
}

func hostileValues() map[string]any {
	b := []byte(canary)
	var arr [24]byte
	copy(arr[:], canary)
	nbs := make([]nb, len(canary))
	for i := range nbs {
		nbs[i] = nb(canary[i])
	}
	cyc := &node{Name: canary}
	cyc.Next = cyc
	cyc.M = map[string]any{"c": cyc, canary: canary}
	cyc.S = []any{cyc, canary}
	sl := []any{canary, nil}
	sl[1] = sl
	deep := any(canary)
	for i := 0; i < 300; i++ {
		deep = []any{deep}
	}
	deepm := any(canary)
	for i := 0; i < 90; i++ {
		deepm = map[string]any{"a": deepm}
	}
	s := canary
	ps := &s
	var e error = errors.New(canary)
	req, _ := http.NewRequest("POST", "http://h/?q="+url.QueryEscape(canary), strings.NewReader(canary))
	req.SetBasicAuth("user", canary)
	return map[string]any{
		"arr": arr, "parr": &arr, "nbs": nbs, "bytesInStruct": struct{ B []byte }{b}, "bytesunexp": struct{ b []byte }{b}, "bb": [][]byte{b, b},
		"arrstruct": struct{ A [24]byte }{arr}, "runes": []rune(canary), "pbytes": &b, "mapbytes": map[string][]byte{"a": b}, "u16": func() (o []uint16) {
			for _, c := range b {
				o = append(o, uint16(c))
			}
			return
		}(),
		"ints": func() (o []int) {
			for _, c := range b {
				o = append(o, int(c))
			}
			return
		}(),
		"pStr": &pStr{}, "nilpStr": (*pStr)(nil), "pErr": &pErr{}, "nilpErr": (*pErr)(nil), "pFmt": pFmt{}, "nilLV": (*nilLV)(nil), "nilE": (*nilE)(nil), "loop": &loopErr{canary},
		"wrapHidden": &wrapHidden{errors.New(canary)}, "fmtwrap": fmt.Errorf("a %w b %w", e, io.EOF), "cyc": cyc, "sl": sl, "deep": deep, "deepm": deepm, "ps": ps, "pps": &ps, "bin": bin{canary}, "goS": goS{canary},
		"asErr": asErr{canary}, "mapkey": map[mapKey]int{{canary}: 1}, "emb": embErr{errors.New("x"), canary}, "pemb": &embErr{e, "x"}, "req": req, "resp": &http.Response{Header: http.Header{"X": {canary}}, Request: req},
		"urlerr": &url.Error{Op: "Get", URL: "http://u:" + url.QueryEscape(canary) + "@h", Err: e}, "patherr": &os.PathError{Op: "open", Path: canary, Err: e}, "execerr": &exec.Error{Name: canary, Err: e},
		"cmd": exec.Command("x", canary), "slogattrs": []slog.Attr{slog.String(canary, canary)}, "attrval": slog.StringValue(canary), "attr": slog.String("a", canary), "vals": []slog.Value{slog.StringValue(canary)},
		"errs": []error{e, io.EOF}, "errmap": map[string]error{"a": e}, "structerr": struct{ E error }{e}, "structerr2": struct{ e error }{e}, "iface": struct{ I any }{canary}, "lv in struct": struct{ V slog.LogValuer }{valuer{slog.StringValue(canary)}},
		"lverr": valuer{slog.AnyValue(e)}, "lvbytes": valuer{slog.AnyValue(b)}, "chan": make(chan int), "func": func() {}, "complex": complex(1, 2), "chanstruct": struct {
			C chan int
			S string
		}{nil, canary}, "funcstruct": struct {
			F func()
			S string
		}{nil, canary}, "ctx": context.WithValue(context.Background(), mapKey{"k"}, canary), "reader": strings.NewReader(canary), "buf": bytes.NewBufferString(canary), "sb": func() *strings.Builder { var x strings.Builder; x.WriteString(canary); return &x }(),
		"replacer": url.Values{"k": {canary}}, "cookie": &http.Cookie{Name: "a", Value: canary}, "secret": redact.NewSecret("a", "v", b), "panicv": fmt.Errorf("%v", pFmt{}),
		"time": time.Now(), "userinfo": url.UserPassword("a", canary), "jsonerr": struct{ A failing }{failing{canary}}, "jp": struct{ A panicking }{panicking{canary}}, "tp": map[string]any{"x": panicking{canary}},
	}
}

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

type myH struct{ *slog.JSONHandler }
type myT struct{ slog.Handler }

// SLOG-2, SLOG-3, SLOG-5, SLOG-7, SLOG-9: values of every sort, made to be
// difficult, through every kind of handler and every order of binding and
// registration. Nothing is shown, nothing panics, nothing hangs.
func TestNoWayAround(t *testing.T) {
	m := matcher(t, "v1", canary)
	ra := &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if v := a.Value.Any(); v != nil {
			if e, ok := v.(error); ok {
				return slog.String(a.Key, fmt.Sprintf("%v|%+v|%q|%v", e, e, e, errors.Unwrap(e)))
			}
		}
		return a
	}}
	hs := map[string]func(io.Writer) slog.Handler{
		"json": inners["json"], "text": inners["text"], "multi": inners["multi"],
		"ra":  func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, ra) },
		"raj": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, ra) },
		"emb": func(w io.Writer) slog.Handler { return myH{slog.NewJSONHandler(w, nil)} },
		"emt": func(w io.Writer) slog.Handler { return myT{slog.NewTextHandler(w, nil)} },
	}
	for hn, nh := range hs {
		for name, v := range hostileValues() {
			for mode := 0; mode < 5; mode++ {
				attempt(t, fmt.Sprintf("%s/%s/%d", hn, name, mode), func() string {
					var b bytes.Buffer
					var src redacttest.Switch
					src.Set(m)
					if mode >= 3 {
						src.Set(&redact.Matcher{})
					}
					l := slog.New(slogredact.NewHandler(nh(&b), &src))
					switch mode {
					case 0:
						l.Info("m", "k", v)
					case 1:
						l.With("k", v).Info("m")
					case 2:
						l.WithGroup("g").With(slog.Group("h", slog.Any("k", v))).Info("m", slog.Group("i", "k", v))
					case 3:
						l2 := l.With("k", v)
						src.Set(m)
						l3 := l2.WithGroup("x").With("k", v)
						l2.Info("m")
						l3.Info("m")
					case 4:
						l2 := l.With("k", v).With("z", canary)
						src.Set(m)
						l2.Info("m")
						src.Set(matcher(t, "v2", canary))
						l2.With("q", v).Info("m", "k", v)
					}
					return b.String()
				})
			}
		}
	}
}

// SLOG-1, SLOG-9: bound again because of what stands beside it, a clean value of
// any sort is still written as the bare handler writes it.
func TestReboundCleanValues(t *testing.T) {
	for inner, newInner := range inners {
		for name, v := range values("harmless text") {
			if name == "self" || name == "panicValuer" {
				continue
			}
			var bare, ours bytes.Buffer
			src := &redacttest.Switch{}
			src.Set(&redact.Matcher{})
			log := func(h slog.Handler, s string, rotate func()) {
				l := slog.New(h).With("b", v, "s", s).WithGroup("g").With("d", v, "grp", slog.GroupValue(slog.Any("v", v)))
				rotate()
				r := slog.NewRecord(time.Unix(1, 2), slog.LevelWarn, "message", 0)
				r.Add("a", v)
				l.Handler().Handle(context.Background(), r)
			}
			log(newInner(&bare), tag, func() {})
			log(slogredact.NewHandler(newInner(&ours), src), value, func() { src.Set(matcher(t, "v1", value)) })
			if ours.String() != bare.String() {
				t.Errorf("%s/%s\ngot  %s\nwant %s", inner, name, ours.String(), bare.String())
			}
		}
	}
}
