package rival

import (
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/bench/corpus"
)

// Every engine gives the right answer before it is timed, on every style of
// text, with every kind of secret, the values alone and in all forms.
func TestAnswers(t *testing.T) {
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) {
			for _, kind := range corpus.Kinds {
				for _, forms := range []bool{false, true} {
					n := 12
					if kind == corpus.PEMs {
						n = 2
					}
					j := NewJob(corpus.Secrets(kind, n), forms)
					if e.MaxSize > 0 && j.Size() > e.MaxSize {
						continue
					}
					r, err := e.Build(j)
					if err != nil {
						t.Fatal(err)
					}
					for _, style := range corpus.Styles {
						lines := corpus.Lines(corpus.Text(style, 20_000))
						if err := Check(r, j, lines[:min(len(lines), 60)]); err != nil {
							t.Errorf("%s, forms %v, %s: %.300v", kind, forms, style, err)
							break
						}
					}
					if r.Close != nil {
						r.Close()
					}
				}
			}
		})
	}
}

// A check that cannot fail would be worth nothing.
func TestCheckFindsWrongAnswers(t *testing.T) {
	j := NewJob(corpus.Secrets(corpus.Tokens, 5), false)
	lines := corpus.Lines(corpus.Text(corpus.JSON, 5_000))
	tag := corpus.Tag(j.Secrets[0])
	for name, f := range map[string]func(string) string{
		"does nothing":      func(s string) string { return s },
		"one secret only":   func(s string) string { return strings.ReplaceAll(s, j.Secrets[0].Value, tag) },
		"empties the text":  func(string) string { return "" },
		"panics":            func(string) string { panic("no") },
		"changes the clean": func(s string) string { return s + " " },
	} {
		if Check(Redactor{Redact: f}, j, lines) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

// What the rivals are given spelled out, this project's engine makes itself: it
// finds each of those spellings, and replaces no byte beside them.
func TestEverySpelling(t *testing.T) {
	for _, kind := range corpus.Kinds {
		n := 200
		if kind == corpus.PEMs {
			n = 3
		}
		j := NewJob(corpus.Secrets(kind, n), true)
		m, err := Matcher(j)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range j.Patterns {
			want := `x "` + corpus.Tag(j.Secrets[p.Secret]) + `" y`
			if got := m.String(`x "` + p.Text + `" y`); got != want {
				t.Errorf("%s, %s of %d: got %.200s, want %s", kind, p.Form, p.Secret, got, want)
			}
		}
	}
}
