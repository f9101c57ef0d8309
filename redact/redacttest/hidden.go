package redacttest

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

// CheckHidden fails if canary, a registered value of 16 bytes or more, can be
// got out of any of the values: by fmt with any verb and flag, by slog, JSON,
// XML, text or gob, as they are or inside somebody else's struct, map or slice,
// or by a walk over their memory, unexported fields included, that follows
// everything but functions. It finds eight bytes of canary in a row, in any of
// the spellings that fmt has for them.
//
// Values are passed as users hold them, mostly as pointers, and are best used
// before: what a type keeps from its last call counts too.
func CheckHidden(t testing.TB, canary string, values ...any) {
	t.Helper()
	if len(canary) < 2*window {
		t.Fatalf("CheckHidden: canary of %d bytes, want %d or more", len(canary), 2*window)
	}
	l := newLeaks(canary)
	for _, v := range values {
		for _, out := range printed(v) {
			if how := l.in(out.text); how != "" {
				t.Errorf("%T shows its value by %s, %s", v, out.how, how)
				break
			}
		}
		for _, out := range encoded(v) {
			if how := l.in(out.text); how != "" {
				t.Errorf("%T shows its value by %s, %s", v, out.how, how)
			}
		}
		if path, how := l.walk(v); how != "" {
			t.Errorf("%T keeps its value where reflection reaches it: %s, %s", v, path, how)
		}
	}
}

type output struct{ how, text string }

// holder is a struct of somebody else: fmt walks into it without asking the
// value how it wants to be shown.
type holder struct {
	value any
	list  []any
	table map[string]any
	link  *any
}

// wrappings are the places in which a value is met.
func wrappings(v any) []wrapping {
	return []wrapping{
		{"itself", v},
		{"a pointer to it", &v},
		{"a foreign struct", holder{value: v}},
		{"a pointer to a foreign struct", &holder{value: v}},
		{"a foreign slice", holder{list: []any{v}}},
		{"a foreign map", holder{table: map[string]any{"k": v}}},
		{"a foreign pointer", holder{link: &v}},
		{"a slice", []any{v}},
		{"a map", map[string]any{"k": v}},
		{"an array in an exported field", struct{ V [1]any }{[1]any{v}}},
	}
}

type wrapping struct {
	how   string
	value any
}

const verbs = "abcdefghijklmnoqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!"

var flags = []string{"", "+", "#", " ", "0", "-", "+#", "# ", "+ ", "#0", "9.9", "400.300", "+#400", ".0"}

// printed returns v by every verb and flag of fmt, %p excepted, which prints
// addresses.
func printed(v any) []output {
	var outs []output
	for _, w := range wrappings(v) {
		for _, f := range flags {
			for i := range verbs {
				format := "%" + f + verbs[i:i+1]
				outs = append(outs, output{format + " of " + w.how, try(func() string { return fmt.Sprintf(format, w.value) })})
			}
		}
		outs = append(outs,
			output{"Sprint of " + w.how, try(func() string { return fmt.Sprint("", w.value) })},
			output{"Sprintln of " + w.how, try(func() string { return fmt.Sprintln(w.value) })},
		)
	}
	return outs
}

// encoded returns v by every encoder of the standard library that takes any
// value.
func encoded(v any) []output {
	var outs []output
	add := func(how string, f func() string) { outs = append(outs, output{how, try(f)}) }
	for _, w := range wrappings(v) {
		add("encoding/json of "+w.how, func() string {
			b, err := json.Marshal(w.value)
			return string(b) + fmt.Sprint(err)
		})
		add("encoding/xml of "+w.how, func() string {
			b, err := xml.Marshal(w.value)
			return string(b) + fmt.Sprint(err)
		})
		add("encoding/gob of "+w.how, func() string {
			var buf bytes.Buffer
			err := gob.NewEncoder(&buf).Encode(w.value)
			return buf.String() + fmt.Sprint(err)
		})
		for name, h := range map[string]func(io.Writer) slog.Handler{
			"TextHandler": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
			"JSONHandler": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		} {
			add("slog."+name+" of "+w.how, func() string {
				var buf bytes.Buffer
				l := slog.New(h(&buf))
				l.Info("m", "k", w.value, slog.Group("g", slog.Any("k", w.value)))
				l.With("k", w.value).WithGroup("g").Info("m")
				return buf.String()
			})
		}
	}
	if m, ok := v.(encoding.TextMarshaler); ok {
		add("MarshalText", func() string {
			b, err := m.MarshalText()
			return string(b) + fmt.Sprint(err)
		})
	}
	if m, ok := v.(encoding.BinaryMarshaler); ok {
		add("MarshalBinary", func() string {
			b, err := m.MarshalBinary()
			return string(b) + fmt.Sprint(err)
		})
	}
	if err, ok := v.(error); ok {
		add("Error", err.Error)
	}
	if s, ok := v.(fmt.Stringer); ok {
		add("String", s.String)
	}
	return outs
}

// try returns what f returns, or what it panics with: a panic is printed too.
func try(f func() string) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("panic: %v %+v %q", r, r, fmt.Sprint(r))
		}
	}()
	return f()
}

// window is how many bytes in a row make a leak.
const window = 8

// leaks knows how eight bytes of a canary can look.
type leaks struct {
	needles map[string]string // by text, normalised: how it is spelled
	canary  string
}

func newLeaks(canary string) *leaks {
	l := &leaks{needles: map[string]string{}, canary: canary}
	for i := 0; i+window <= len(canary); i++ {
		part := canary[i : i+window]
		for _, verb := range []string{"%s", "%q", "%+q", "%x", "%X", "% x", "% X", "%# x", "%# X", "%U", "%+v", "%#v"} {
			l.add(fmt.Sprintf(verb, part), verb+" of the string")
		}
		for _, verb := range []string{"%v", "%d", "%#v", "%b", "%o", "%#o", "%O", "%c", "%q", "%U", "%#U", "%08b"} {
			l.add(fmt.Sprintf(verb, []byte(part)), verb+" of the bytes")
			l.add(fmt.Sprintf(verb, []rune(part)), verb+" of the runes")
		}
	}
	// One byte less at either end leaves the characters that all alignments share.
	for shift := range 3 {
		for i := 0; i+12 <= len(canary); i++ {
			for name, enc := range base64s {
				s := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + canary[i:i+12]))
				l.add(s[shift*4/3+1:len(s)-3], name)
			}
		}
	}
	return l
}

func (l *leaks) add(needle, how string) {
	if n := normal(needle); len(n) >= window {
		l.needles[n] = how
	}
}

// in says how text shows the canary, empty if it does not.
func (l *leaks) in(text string) string {
	n := normal(text)
	for needle, how := range l.needles {
		if strings.Contains(n, needle) {
			return "as " + how
		}
	}
	return ""
}

// normal drops what separates and brackets the elements of lists, and the type
// names of %#v, so that one needle serves all of them.
func normal(s string) string {
	s = typeNames.Replace(s)
	var b strings.Builder
	space := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', ',', '[', ']', '{', '}', '\n', '\t', '"', '\'':
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

var typeNames = strings.NewReplacer("[]byte{", "{", "[]uint8{", "{", "[]int32{", "{", "[]rune{", "{", "%!", " ", "(string=", " ", "(uint8=", " ", "(int32=", " ", ")", " ")
