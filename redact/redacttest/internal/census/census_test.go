package census

import (
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// A census that cannot fail measures nothing: a matcher without the value, and
// one for raw values alone, must fall through.
func TestCensusCanFail(t *testing.T) {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("census", "v1", []byte("something-else"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Forms() {
		for _, s := range Secrets() {
			if c := Measure(f, s.Value, m); c.Masked != 0 {
				t.Errorf("%s, %s, of the %s: %d of %d masked without the value", f.Family, f.Name, s.Name, c.Masked, c.Tried)
			}
		}
	}
}

// Every form must apply to a value, or it is no part of the denominator.
func TestFormsApply(t *testing.T) {
	names := map[string]bool{}
	for _, f := range Forms() {
		if names[f.Family+f.Name] || f.Made == "" {
			t.Errorf("%s, %s: twice, or nothing makes it", f.Family, f.Name)
		}
		names[f.Family+f.Name] = true
		applies := false
		for _, s := range Secrets() {
			for _, sp := range f.Spell(s.Value) {
				if sp.Text == "" {
					t.Errorf("%s, %s, of the %s: empty", f.Family, f.Name, s.Name)
				}
				applies = applies || f.Register != nil || f.Name == "literal" || sp.Text != s.Value
			}
		}
		if !applies {
			t.Errorf("%s, %s: applies to no value", f.Family, f.Name)
		}
	}
	if len(names) < 80 {
		t.Errorf("%d forms", len(names))
	}
}

func TestMasked(t *testing.T) {
	const tag = "[REDACTED:census@v1]"
	long := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct {
		name string
		s    Spelling
		out  string
		want bool
	}{
		{"gone", Spelling{Text: long}, "a " + tag + " b", true},
		{"left", Spelling{Text: long}, tag + long, false},
		{"no tag", Spelling{Text: long}, "", false},
		{"seven of twelve", Spelling{Text: "0123456789ab"}, tag + "0123456", true},
		{"eight of twelve", Spelling{Text: "0123456789ab"}, tag + "01234567", false},
		{"fifteen of 64", Spelling{Text: long}, tag + long[:15], true},
		{"sixteen of 64", Spelling{Text: long}, tag + long[:16], false},
		{"a part", Spelling{Text: long, Parts: []string{"QRSTUVWXYZ"}}, tag + "QRSTUVWX", false},
	} {
		if got := masked(c.s, c.out); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestDumpPart(t *testing.T) {
	s := dumpPart("POST /login HTTP/1.1\r\npw=", "kestrel-77-Moor/Lane", "&ok=1\r\n\r\n")
	want := "6b 65 73 74 72 65 6c  |/1.1..pw=kestrel|\n" +
		"00000020  2d 37 37 2d 4d 6f 6f 72  2f 4c 61 6e 65 26 6f 6b  |-77-Moor/Lane&ok|\n"
	if s.Text != want || strings.Join(s.Parts, ",") != "kestrel,-77-Moor/Lane" {
		t.Errorf("got %q, parts %q", s.Text, s.Parts)
	}
}
