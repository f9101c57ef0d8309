// Package census measures which spellings of a value the engine finds.
//
// Each form is made by the standard-library call, or by a faithful copy of the
// tool, that makes it in practice, and never by the engine itself: what encodes
// here must not be what decodes there. The list is the denominator of every
// coverage figure; a form that the engine lacks stays in it.
package census

//go:generate go run ./gen ../../../../docs/forms.md

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Form is one row of the census.
type Form struct {
	Family string
	Name   string
	Made   string // by what

	// Spell returns the spellings of a value, none where the form does not
	// apply to it.
	Spell func(value string) []Spelling

	// Register returns what is registered in place of value, where the form is
	// about what surrounds a value; nil for value itself.
	Register func(value string) string

	// Own says that the spellings bring their own context.
	Own bool
}

// A Spelling is one text that gives a value away. Before and After belong to
// the same spelling but to innocent text: the user name in Basic credentials.
type Spelling struct {
	Before, Text, After string
	// Parts of Text of which none may be left either, where a quarter of the
	// whole would be too much.
	Parts []string
}

// A Context is where spellings are met.
type Context struct{ Name, Before, After string }

// Contexts are the places in which all forms are tried.
var Contexts = []Context{
	{"JSON line", `{"time":"2026-01-02T03:04:05Z","level":"ERROR","msg":"request failed","detail":"`, `","attempt":3}` + "\n"},
	{"logfmt", "time=2026-01-02T03:04:05Z level=error detail=", " attempt=3\n"},
	{"header", "GET / HTTP/1.1\r\nHost: x.test\r\nAuthorization: Bearer ", "\r\nAccept: */*\r\n\r\n"},
	{"stack trace", "panic: auth failed: ", "\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:12 +0x1d\n"},
}

// A Cell is what was measured for one form and one value.
type Cell struct {
	Tried, Masked int
	Gone          int // of which no eight bytes are left in one run
	// Failure describes one instance that was not masked: the context and the
	// way through the engine.
	Failure string
}

// Applies reports whether the form applies to the value.
func (c Cell) Applies() bool { return c.Tried > 0 }

// Clean reports whether nothing of what was tried is left.
func (c Cell) Clean() bool { return c.Tried > 0 && c.Gone == c.Tried }

// Full reports whether all that was tried was masked.
func (c Cell) Full() bool { return c.Tried > 0 && c.Masked == c.Tried }

// A Result is the census: a cell for each form and value.
type Result struct {
	Forms   []Form
	Secrets []Secret
	Cells   [][]Cell // by form, then by secret
}

// Run takes the census.
func Run(forms []Form, secrets []Secret) (Result, error) {
	r := Result{Forms: forms, Secrets: secrets}
	plain := make([]*redact.Matcher, len(secrets))
	for i, s := range secrets {
		var err error
		if plain[i], err = matcher(s.Value); err != nil {
			return r, err
		}
	}
	for _, f := range forms {
		row := make([]Cell, len(secrets))
		for i, s := range secrets {
			m := plain[i]
			if f.Register != nil {
				var err error
				if m, err = matcher(f.Register(s.Value)); err != nil {
					return r, err
				}
			}
			row[i] = Measure(f, s.Value, m)
		}
		r.Cells = append(r.Cells, row)
	}
	return r, nil
}

func matcher(value string) (*redact.Matcher, error) {
	return redact.NewMatcher([]redact.Secret{redact.NewSecret("census", "v1", []byte(value))})
}

// Measure tries one form of one value in all contexts.
func Measure(f Form, value string, m *redact.Matcher) Cell {
	contexts := Contexts
	if f.Own {
		contexts = []Context{{Name: "its own"}}
	}
	var c Cell
	for _, s := range f.Spell(value) {
		if f.Name != "literal" && f.Register == nil && s.Text == value && !f.Own {
			continue // not another spelling
		}
		for _, x := range contexts {
			text := x.Before + s.Before + s.Text + s.After + x.After
			for _, way := range ways {
				c.Tried++
				out, err := try(way.run, m, text)
				out = strings.TrimSuffix(strings.TrimPrefix(out, x.Before), x.After) // a value may share words with its context
				if err == nil && masked(s, out) {
					c.Masked++
					if !Shares(s.Text, out, 8) {
						c.Gone++
					}
				} else if c.Failure == "" {
					c.Failure = x.Name + ", " + way.name
					if err != nil {
						c.Failure += ", " + err.Error()
					}
				}
			}
		}
	}
	return c
}

// try turns a panic into an error, so that one does not end the census.
func try(run func(*redact.Matcher, string) string, m *redact.Matcher, text string) (out string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return run(m, text), nil
}

var ways = []struct {
	name string
	run  func(*redact.Matcher, string) string
}{
	{"in one text", func(m *redact.Matcher, text string) string { return string(m.Append(nil, []byte(text))) }},
	{"byte by byte", func(m *redact.Matcher, text string) string {
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, m)
		for i := range len(text) {
			if _, err := w.Write([]byte{text[i]}); err != nil {
				return text
			}
		}
		if err := w.Close(); err != nil {
			return text
		}
		return out.String()
	}},
}

// masked reports whether a spelling is gone from the output: less than eight
// bytes, or less than a quarter of it, are left in one run, and there is a tag.
func masked(s Spelling, out string) bool {
	if !strings.Contains(out, "[REDACTED:census@v1") {
		return false
	}
	for _, text := range append(s.Parts[:len(s.Parts):len(s.Parts)], s.Text) {
		if Shares(text, out, max(8, (len(text)+3)/4)) {
			return false
		}
	}
	return true
}

// Shares reports whether n bytes of a in a row occur in b.
func Shares(a, b string, n int) bool {
	if len(a) < n || len(b) < n {
		return false
	}
	windows := make(map[string]struct{}, len(b))
	for i := 0; i+n <= len(b); i++ {
		windows[b[i:i+n]] = struct{}{}
	}
	for i := 0; i+n <= len(a); i++ {
		if _, ok := windows[a[i:i+n]]; ok {
			return true
		}
	}
	return false
}

// Families returns the families in their order.
func Families(forms []Form) []string {
	var all []string
	for _, f := range forms {
		if len(all) == 0 || all[len(all)-1] != f.Family {
			all = append(all, f.Family)
		}
	}
	return all
}
