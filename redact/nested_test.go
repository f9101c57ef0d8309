package redact

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// threeWays returns matchers of some values: as usual, with the automata alone,
// and with them in several segments.
func threeWays(t *testing.T, values ...string) (fast, slow, parts *Matcher) {
	t.Helper()
	var s []Secret
	for i, v := range values {
		s = append(s, NewSecret(fmt.Sprint("n", i), "v1", []byte(v)))
	}
	must := func(m *Matcher, err error) *Matcher {
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	fast, slow, parts = must(NewMatcher(s)), must(NewMatcher(s, withoutFilter())), must(NewMatcher(nil, withoutFilter()))
	for i, x := range s {
		var fill []Secret
		for k := range 2 * (len(s) - i) {
			fill = append(fill, NewSecret(fmt.Sprintf("f%d-%d", i, k), "v1", fmt.Appendf(nil, "#filler#%d#%d#never", i, k)))
		}
		parts = must(parts.Update(append(fill, x), nil))
	}
	return
}

// A value that is broken at any place, the break escaped in any way: the filter
// lets through what the automata find (REDACT-6).
func TestGapsInEscapes(t *testing.T) {
	for _, v := range []string{"abcdefgh=", "kestrel-77-Moor/Lane", `p"a&ss<w/o+r%d`} {
		fast, slow, _ := threeWays(t, v)
		for n := 1; n < len(v); n++ {
			for _, gap := range []string{"\\\n", `\\` + "\n", `\\\n`, `\\\\\\n`, `\\\r\n`, `\\\r\\\n`, `\u005c\n`, `%5c%0a`, `\%0a`, `%5c\n`, "\\\\\\\n", `\\r\\n`, `&#92;&#10;`, `\x5c\x0a`, `\134\012`, `=\n`, `=\r\n`, `=%0a`, `%3d%0a`, `\u003d\n`, `\\\u000a`, `\\\x0a`, `\\\012`, `\\&#10;`, `\\%0a`, `\\\\\\\\\\\\\\n`} {
				text := "some text " + v[:n] + gap + v[n:] + " and more of it"
				if a, b := fast.String(text), slow.String(text); a != b {
					t.Errorf("%q:\nfast %q\nslow %q", text, a, b)
				}
			}
		}
	}
}

// An escape of which another spells a part (REDACT-6).
func TestEscapesInEscapes(t *testing.T) {
	for _, c := range [][2]string{
		{`\u0041bcdef`, `x %5\u0063u0041bcdef y`},
		{`\u0041bcdef`, `{"a":"x","%5\u0063u0041bcdef" : "b"}`},
		{`\nabcdefgh`, `{"a":"x","\u0041%5\u0063nabcdefgh\u0022"}`},
		{`\nabcdefgh`, `%5\u0063nabcdefgh`},
		{`\kestrel-77-Moor`, `some text %5\u0063kestrel-77-Moor`},
		{`k&strel-77-Moor`, `some text k%2\u0036strel-77-Moor`},
		{`kestrel-77-Moor`, `some text k%6\u0035strel-77-Moor`},
		{`kestrel-77-Moor`, `some text %6\u0062estrel-77-Moor`},
		{`kestrel-77-Moor`, `some text %\u0036bestrel-77-Moor`},
		{`\kestrel-77-Moor`, `some text %\u0035ckestrel-77-Moor`},
		{`"kestrel-77-Moor`, `some text %\u0032\u0032kestrel-77-Moor`},
		{`\kestrel-77-Moor`, `some text %\u0035\u0063kestrel-77-Moor`},
		{`\kestrel-77-Moor`, `some text \u00255ckestrel-77-Moor`},
	} {
		fast, slow, _ := threeWays(t, c[0])
		if a, b := fast.String(c[1]), slow.String(c[1]); a != b {
			t.Errorf("%q in %q:\nfast %q\nslow %q", c[0], c[1], a, b)
		}
	}
}

// The same at random: a value broken at one place and escaped up to three times
// (REDACT-6).
func TestGapsInLayers(t *testing.T) {
	values := []string{"abcdefgh", "kestrel-77-Moor/Lane", `p"a&ss<w/o+r%d`, `\\server\x7`, "k=st=rel=77=", "12345678", "Zm9vYmFyYmF6cXV4eA"}
	gaps := []string{"", "\n", "\r\n", "\\\n", "=\n", "=\r\n", "\x1b[31m", "\x1b[0;1m", "\n  ", "\n\t", "\x00"}
	bad := map[string]int{}
	r := rand.New(rand.NewPCG(4, 4))
	for _, v := range values {
		fast, slow, _ := threeWays(t, v)
		for range 3000 {
			n := r.IntN(len(v))
			text := v[:n] + gaps[r.IntN(len(gaps))] + v[n:]
			if r.IntN(2) == 0 {
				n := r.IntN(len(text))
				text = text[:n] + fmt.Sprintf([]string{"\\u%04x", "%%%02x", "&#%d;", "\\x%02x", "\\%03o", "&#x%x;"}[r.IntN(6)], text[n]) + text[n+1:]
			}
			text = []string{"", "x", "some text ", `\`, "%", "&", "="}[r.IntN(7)] + text + []string{"", " ", "and more", "\n", `"`}[r.IntN(5)]
			layers := ""
			for range r.IntN(4) {
				k := r.IntN(5)
				layers += fmt.Sprint(k)
				switch k {
				case 0:
					j, _ := json.Marshal(text)
					text = string(j)
				case 1:
					text = strconv.QuoteToASCII(text)
				case 2:
					text = url.PathEscape(text)
				case 3:
					n := r.IntN(len(text))
					text = text[:n] + fmt.Sprintf([]string{"\\u%04x", "%%%02x", "&#%d;", "\\x%02x", "\\%03o", "&#x%x;"}[r.IntN(6)], text[n]) + text[n+1:]
				case 4:
					text = strings.ReplaceAll(text, `\`, `\\`)
				}
			}
			if a, b := fast.String(text), slow.String(text); a != b {
				key := layers
				if bad[key]++; bad[key] == 1 && len(bad) < 14 {
					t.Errorf("%s %q in\n%s\nfast %s\nslow %s", layers, v, text, a, b)
				}
			}
		}
	}
}

// A "=" before a line end may be a value's own, or half of a soft break
// (REDACT-1).
func TestSoftBreakInside(t *testing.T) {
	fast, slow, _ := threeWays(t, "abcdefgh=", "abc=\ndefghijkl")
	text := "abcd=\nefgh=abc=\nd=\nefghijkl"
	for _, m := range []*Matcher{fast, slow} {
		got := m.String(text)
		if strings.Contains(got, "ijkl") {
			t.Errorf("%q", got)
		}
	}
}

// What it is taken for does not depend on the other segments (REDACT-12).
func TestSoftBreakInSegments(t *testing.T) {
	v := []string{"b===\nbbaa=a=", "\n=\naa=bbb\na==", "==\nbbaa=a=ab\nab\n", "===\nbbaa=a==a==\na"}
	fast, slow, parts := threeWays(t, v...)
	text := "aa=bbb\na===\nbbaa=a==\na=a=\naa=bb"
	if a, b, c := fast.String(text), slow.String(text), parts.String(text); a != b || b != c {
		t.Errorf("fast %q\nslow %q\nparts %q", a, b, c)
	}
}

// Nor does redacting twice find more (REDACT-4).
func TestSoftBreakTwice(t *testing.T) {
	for _, c := range [][]string{{"abcdefgh=", "abc=\ndefghijkl", "abcd=\nefgh=abc=\nd=\nefghijkl"},
		{"=abcdefgh=\n=", "abc=\ndefghijkl", "=abcd=\nefgh=\n=\r\nabc=\nd=\nefghijkl"}} {
		_, slow, _ := threeWays(t, "abcdefgh=", "=abcdefgh=\n=", "abc=\ndefghijkl")
		once := slow.String(c[2])
		if twice := slow.String(once); once != twice {
			t.Errorf("once %q\ntwice %q", once, twice)
		}
		_, slow, _ = threeWays(t, c[0], c[1])
		once = slow.String(c[2])
		if twice := slow.String(once); once != twice {
			t.Errorf("two: once %q\ntwice %q", once, twice)
		}
	}
}

// Values of which single bytes are percent-encoded, each as often as the others
// or not, one next to the other (REDACT-6).
func TestPercentsInLayers(t *testing.T) {
	rounds := 20_000
	if testing.Short() {
		rounds = 2_000
	}
	values := []string{"kestrel-77-Moor/Lane", `p"a&ss<w/o+r%d`, `:/"%:/"%25:`, `a\b\c:d/e'f`, "12345678", "a:b/c:d/e"}
	fast, slow, parts := threeWays(t, values...)
	rng := rand.New(rand.NewPCG(31, 7))
	encode := func(c byte, times int) string {
		s := string(c)
		for k := range times {
			switch {
			case k == 0:
				s = fmt.Sprintf([]string{"%%%02x", "%%%02X"}[rng.IntN(2)], c)
			case rng.IntN(12) == 0:
				s = strings.ReplaceAll(s, "%", []string{`\u0025`, "&#37;", `\x25`}[rng.IntN(3)])
			default:
				s = strings.ReplaceAll(s, "%", "%25")
			}
		}
		return s
	}
	for range rounds {
		v := values[rng.IntN(len(values))]
		if rng.IntN(3) == 0 {
			v = values[rng.IntN(len(values))][rng.IntN(4):] + v
		}
		var b strings.Builder
		b.WriteString("some text "[rng.IntN(11):])
		times := rng.IntN(4)
		for i := range len(v) {
			n := 0
			switch rng.IntN(4) {
			case 0:
				n = times
			case 1:
				n = rng.IntN(4)
			}
			b.WriteString(encode(v[i], n))
		}
		b.WriteString("%2Fmore"[rng.IntN(8):])
		text := b.String()
		want := slow.String(text)
		if got := fast.String(text); got != want {
			t.Fatalf("%q:\nfast %q\nslow %q", text, got, want)
		}
		if got := parts.String(text); got != want {
			t.Fatalf("%q:\nparts %q\nslow  %q", text, got, want)
		}
	}
}
