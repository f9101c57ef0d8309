package redact_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

// A world is a set of raw values over a small alphabet, where everything
// overlaps with everything, with the oracle for it. No other form of a value
// can be spelled in the alphabet.
type world struct {
	alphabet string
	oracle   redacttest.Oracle
	secrets  []redact.Secret
	m        *redact.Matcher
	event    redact.Event // without the rule for cut values, which the oracle lacks
}

// alphabets have no byte in common with tags of the names that worlds use.
var alphabets = []string{"ab", "abc", "xyz0"}

func newWorld(t testing.TB, r *rand.Rand) *world {
	w := &world{alphabet: alphabets[r.IntN(len(alphabets))]}
	least := 8
	if r.IntN(3) == 0 {
		least = 4
	}
	seen := map[string]bool{}
	for i := range 1 + r.IntN(6) {
		v := w.value(r, least)
		if seen[v] {
			continue
		}
		seen[v] = true
		name := fmt.Sprint("N", i)
		w.oracle = append(w.oracle, redacttest.Spelling{Name: name, Version: "V1", Text: v})
		w.secrets = append(w.secrets, redact.NewSecret(name, "V1", []byte(v)))
	}
	w.m = matcher(t, w.secrets, redact.WithMinLength(least))
	w.event = redact.NewSink(w.m, "test", redact.SinkNoCut()).Event()
	return w
}

// value makes a value that overlaps with those before: a piece of one of them
// with something before or after it, or a run.
func (w *world) value(r *rand.Rand, least int) string {
	n := least + r.IntN(7)
	var v string
	if len(w.oracle) > 0 && r.IntN(3) > 0 {
		v = part(r, w.oracle[r.IntN(len(w.oracle))].Text)
	}
	for len(v) < n {
		if c := w.letters(r, 1+r.IntN(n)); r.IntN(2) == 0 {
			v += c
		} else {
			v = c + v
		}
	}
	return v
}

func (w *world) letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	run := r.IntN(3) == 0
	for i := range b {
		if i > 0 && run {
			b[i] = b[0]
			continue
		}
		b[i] = w.alphabet[r.IntN(len(w.alphabet))]
	}
	return string(b)
}

// text makes a text of values, pieces of values, tags and what looks like tags.
func (w *world) text(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		s := w.oracle[r.IntN(len(w.oracle))]
		switch r.IntN(12) {
		case 0, 1, 2:
			b.WriteString(s.Text)
		case 3, 4, 5, 6:
			b.WriteString(part(r, s.Text))
		case 7, 8, 9:
			b.WriteString(w.letters(r, 1+r.IntN(6)))
		case 10:
			b.WriteString("[REDACTED:" + s.Name + "@V1]")
		default:
			b.WriteString(lookalikes[r.IntN(len(lookalikes))])
		}
	}
	return b.String()
}

var lookalikes = []string{"[REDACTED:", "[REDACTED", "[", "[RED", "[REDACTED:N9@V9]", "[REDACTED:N0@V1,", "]", "@V1]", "[REDACTED:N0@V1,N0@V1]", " "}

func part(r *rand.Rand, s string) string {
	i := r.IntN(len(s))
	return s[i : i+1+r.IntN(len(s)-i)]
}

func matcher(t testing.TB, secrets []redact.Secret, opts ...redact.Option) *redact.Matcher {
	t.Helper()
	m, err := redact.NewMatcher(secrets, opts...)
	if err != nil {
		t.Fatalf("NewMatcher: %v", err)
	}
	return m
}

func secret(name, value string) redact.Secret { return redact.NewSecret(name, "v1", []byte(value)) }

// stream writes text in pieces that end at cuts, and flushes where flush says.
func stream(t testing.TB, src redact.Source, text string, cuts []int, flush func(int) bool, opts ...redact.SinkOption) string {
	t.Helper()
	var out bytes.Buffer
	w := redact.NewStreamWriter(&out, src, opts...)
	pos := 0
	for _, end := range append(cuts[:len(cuts):len(cuts)], len(text)) {
		if n, err := w.Write([]byte(text[pos:end])); n != end-pos || err != nil {
			t.Fatalf("Write(%d bytes) = %d, %v", end-pos, n, err)
		}
		if flush != nil && flush(end) {
			if err := w.Flush(); err != nil {
				t.Fatalf("Flush: %v", err)
			}
		}
		pos = end
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if w.Held() != 0 {
		t.Fatalf("%d bytes held after Close", w.Held())
	}
	return out.String()
}

// randomCuts returns some places in a text of n bytes, in order.
func randomCuts(r *rand.Rand, n int) []int {
	var cuts []int
	for i := range n {
		if i > 0 && r.IntN(4) == 0 {
			cuts = append(cuts, i)
		}
	}
	return cuts
}

func all(n int) []int {
	cuts := make([]int, 0, n)
	for i := 1; i < n; i++ {
		cuts = append(cuts, i)
	}
	return cuts
}
