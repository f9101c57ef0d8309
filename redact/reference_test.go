package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

// The tables BASICS, OVERLAPPING and REGRESSION by which Andrew Gallant's
// aho-corasick crate checks overlapping matches, without their empty patterns:
// patterns, text, and how many occurrences there are. Values are long, so each
// letter stands for a block of eight bytes here.
var reference = []struct {
	name, patterns, text string
	occurrences          int
}{
	{"basic002", "a", "", 0},
	{"basic010", "a", "a", 1},
	{"basic020", "a", "aa", 2},
	{"basic030", "a", "aaa", 3},
	{"basic040", "a", "aba", 2},
	{"basic050", "a", "bba", 1},
	{"basic060", "a", "bbb", 0},
	{"basic070", "a", "bababbbba", 3},
	{"basic100", "aa", "", 0},
	{"basic110", "aa", "aa", 1},
	{"basic120", "aa", "aabbaa", 2},
	{"basic130", "aa", "abbab", 0},
	{"basic140", "aa", "abbabaa", 1},
	{"basic200", "abc", "abc", 1},
	{"basic210", "abc", "zazabzabcz", 1},
	{"basic220", "abc", "zazabczabcz", 2},
	{"basic300", "a b", "", 0},
	{"basic310", "a b", "z", 0},
	{"basic320", "a b", "b", 1},
	{"basic330", "a b", "a", 1},
	{"basic340", "a b", "abba", 4},
	{"basic350", "b a", "abba", 4},
	{"basic360", "abc bc", "xbc", 1},
	{"basic400", "foo bar", "", 0},
	{"basic410", "foo bar", "foobar", 2},
	{"basic420", "foo bar", "barfoo", 2},
	{"basic430", "foo bar", "foofoo", 2},
	{"basic440", "foo bar", "barbar", 2},
	{"basic450", "foo bar", "bafofoo", 1},
	{"basic460", "bar foo", "bafofoo", 1},
	{"basic470", "foo bar", "fobabar", 1},
	{"basic480", "bar foo", "fobabar", 1},
	{"basic700", "yabcdef abcdezghi", "yabcdefghi", 1},
	{"basic710", "yabcdef abcdezghi", "yabcdezghi", 1},
	{"basic720", "yabcdef bcdeyabc abcdezghi", "yabcdezghi", 1},
	{"over000", "abcd bcd cd b", "abcd", 4},
	{"over010", "bcd cd b abcd", "abcd", 4},
	{"over020", "abcd bcd cd", "abcd", 3},
	{"over030", "bcd abcd cd", "abcd", 3},
	{"over040", "bcd cd abcd", "abcd", 3},
	{"over050", "abc bc", "zazabcz", 2},
	{"over100", "ab ba", "abababa", 6},
	{"over200", "foo foo", "foobarfoo", 4},
	{"over360", "foo foofoo", "foofoo", 3},
	{"regression010", "inf ind", "infind", 2},
	{"regression020", "ind inf", "infind", 2},
	{"regression030", "libcore/ libstd/", "libcore/char/methods.rs", 1},
	{"regression040", "libstd/ libcore/", "libcore/char/methods.rs", 1},
	{"regression050", "001 000", "000", 1},
	{"regression060", "000 001", "000", 1},
}

// blocks spell a letter by eight bytes: without a common byte, sharing all but
// the last, sharing all but the first, and as text of many escapes.
var blocks = []struct {
	name string
	of   func(c byte) string
}{
	{"distinct", func(c byte) string { return strings.Repeat(string(rune(c)), 7) + "-" }},
	{"common prefix", func(c byte) string { return "sk_live" + string(rune(c)) }},
	{"common suffix", func(c byte) string { return string(rune(c)) + "=======" }},
	{"runs", func(c byte) string { return "........"[:7-c%3] + string(rune(c)) + "........"[:c%3] }},
}

const maxFiller = 260

// TestReference runs the tables with every amount of filler before, after and on
// both sides, so that every place relative to any block is met (REDACT-6).
func TestReference(t *testing.T) {
	filler := strings.Repeat("the quick brown fox_ ", maxFiller/21+1)
	step := 1
	if testing.Short() || raceEnabled {
		step = 13
	}
	for _, b := range blocks {
		t.Run(b.name, func(t *testing.T) {
			for _, c := range reference {
				var o redacttest.Oracle
				var secrets []redact.Secret
				for i, p := range strings.Fields(c.patterns) {
					name := fmt.Sprint("ref/", i)
					o = append(o, redacttest.Spelling{Name: name, Version: "v1", Text: spell(p, b.of)})
					secrets = append(secrets, secret(name, o[i].Text))
				}
				m := matcher(t, secrets)
				ev := redact.NewSink(m, "reference", redact.SinkNoCut()).Event()
				text := spell(c.text, b.of)
				if n := len(o.Find(text)); b.name == "distinct" && n != c.occurrences {
					t.Errorf("%s: the oracle finds %d, the table says %d", c.name, n, c.occurrences)
				}
				n := 0
				for x := range m.Find([]byte(text)) {
					if !x.Cut && x.Form == redact.FormRaw {
						n++
					}
				}
				if n != len(o.Find(text)) {
					t.Errorf("%s: Find yields %d, want %d", c.name, n, len(o.Find(text)))
				}
				want := o.Redact(text)
				for i := 0; i <= maxFiller; i += step {
					for _, f := range [][2]string{{filler[:i], ""}, {"", filler[:i]}, {filler[:i], filler[:maxFiller-i]}} {
						if got, want := ev.String(f[0]+text+f[1]), f[0]+want+f[1]; got != want {
							t.Fatalf("%s with %d and %d bytes around\npatterns %q\ntext %q\ngot  %q\nwant %q", c.name, len(f[0]), len(f[1]), o, text, got, want)
						}
					}
				}
			}
		})
	}
}

func spell(word string, block func(byte) string) string {
	var b strings.Builder
	for i := range len(word) {
		b.WriteString(block(word[i]))
	}
	return b.String()
}
