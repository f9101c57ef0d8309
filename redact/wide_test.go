package redact_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

// newWideWorld makes sets like real ones, in which filters have something to
// filter: many values of letters and digits, vendor prefixes that they share,
// and values that are parts of others.
func newWideWorld(t testing.TB, r *rand.Rand) *world {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-."
	prefixes := []string{"", "", "sk_live_", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ", "request", "2026-01-02T03", "aaaaaaaaaaaaaaaa"}
	w := &world{alphabet: alphabet}
	seen := map[string]bool{}
	n := []int{1, 3, 30, 300}[r.IntN(4)]
	for len(w.oracle) < n {
		v := prefixes[r.IntN(len(prefixes))] + w.letters(r, 8+r.IntN(40))
		if len(w.oracle) > 0 && r.IntN(4) == 0 {
			v = part(r, w.oracle[r.IntN(len(w.oracle))].Text) + w.letters(r, r.IntN(12))
		}
		if len(v) < 8 || seen[v] || strings.Trim(v, v[:1]) == "" { // UUUUUUUU is VVVVVVVVVV in base64
			continue
		}
		seen[v] = true
		name := fmt.Sprint("wide/", len(w.oracle))
		w.oracle = append(w.oracle, redacttest.Spelling{Name: name, Version: "v1", Text: v})
		w.secrets = append(w.secrets, secret(name, v))
	}
	w.m = matcher(t, w.secrets)
	w.event = redact.NewSink(w.m, "test", redact.SinkNoCut()).Event()
	return w
}

// wideText hides values, all but their first or last byte, and their ends in
// lines like those of logs.
func (w *world) wideText(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		v := w.oracle[r.IntN(len(w.oracle))].Text
		switch r.IntN(10) {
		case 0, 1:
			b.WriteString(v)
		case 2:
			b.WriteString(v[1:])
		case 3:
			b.WriteString(v[:len(v)-1])
		case 4:
			b.WriteString(part(r, v))
		case 5:
			b.WriteString(`{"time":"2026-01-02T03:04:05Z","msg":"request done","path":"\/v1\/x?a=%20b","n":12}` + "\n")
		case 6:
			b.WriteString(strings.Repeat(v[:1], r.IntN(40)))
		case 7:
			b.WriteString(whole[r.IntN(len(whole))])
		default:
			b.WriteString(w.letters(r, r.IntN(30)))
		}
	}
	return b.String()
}

// whole are characters that take nothing from what follows and are no gap in a
// value, spelled and as they are: what half an escape or a line end would do to
// a value, the oracle does not know.
var whole = []string{"%20", "&amp;", "%3D", "&#61;", `\"`, "é", " ", "\x00", "~"}

// TestOracleWide compares sets like real ones with the oracle, in one text and
// in pieces (REDACT-1, REDACT-2, REDACT-3).
func TestOracleWide(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for range cases(200) {
		w := newWideWorld(t, r)
		for range 10 {
			text := w.wideText(r, r.IntN(1500))
			if r.IntN(4) == 0 {
				v := w.oracle[r.IntN(len(w.oracle))].Text
				text = v + text + v // at both ends
			}
			want := w.oracle.Redact(text)
			for how, got := range map[string]string{
				"String":         w.event.String(text),
				"byte by byte":   stream(t, w.m, text, all(len(text)), nil, redact.SinkNoCut()),
				"random pieces":  stream(t, w.m, text, randomCuts(r, len(text)), func(int) bool { return r.IntN(2) == 0 }, redact.SinkNoCut()),
				"redacted twice": w.event.String(w.event.String(text)),
			} {
				if got != want {
					t.Fatalf("%s, %d values\ntext %q\ngot  %q\nwant %q\n%s", how, len(w.oracle), text, got, want, w.named(got))
				}
			}
			if w.event.Clean([]byte(text)) != (want == text) {
				t.Fatalf("Clean is wrong for %q", text)
			}
		}
	}
}

// named lists the values that a redacted text names.
func (w *world) named(text string) string {
	var b strings.Builder
	for _, s := range w.oracle {
		if strings.Contains(text, s.Name+"@") {
			fmt.Fprintf(&b, "%s %q\n", s.Name, s.Text)
		}
	}
	return b.String()
}
