package census

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzForms tries every form of the complete families on values of any text
// (REDACT-20).
func FuzzForms(f *testing.F) {
	forms := slices.DeleteFunc(Forms(), func(f Form) bool { return !slices.Contains(Complete, f.Family) })
	for i, s := range Secrets() {
		for j := range forms {
			if j%7 == i {
				f.Add(uint8(j), s.Value)
			}
		}
	}
	f.Add(uint8(0), `\u0041\x41%41&#65;\101=41`)
	f.Add(uint8(20), "aaaaaaaaaaaaaaaa")
	f.Add(uint8(30), "%2525252525%25%%%")
	f.Add(uint8(40), "\"'\\\"'\\\"'\\\"'\\\"'\\")
	f.Fuzz(func(t *testing.T, n uint8, value string) {
		form := forms[int(n)%len(forms)]
		// A value must be long enough for each form to be above its floor, be
		// text for the encoders of text, and not be all white space within.
		if len(value) < 16 || len(value) > 400 || !utf8.ValidString(value) || len(strings.Fields(value)) == 0 ||
			len(strings.Join(strings.Fields(value), "")) < 12 || strings.Contains(value, "[REDACTED") ||
			strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError }) {
			return
		}
		for _, s := range form.Spell(value) {
			for _, text := range append(s.Parts[:len(s.Parts):len(s.Parts)], s.Text) {
				if Shares(text, s.Before+"\x00"+s.After, 8) {
					return // what is left cannot be told from what is around: the zeros of a dump's offsets
				}
			}
		}
		if first, _, many := strings.Cut(value, "\n"); many && len(first) < 4 && strings.HasPrefix(form.Name, "every line after") {
			return // the value is known by its other lines, and what stands before them is left
		}
		registered := value
		if form.Register != nil {
			registered = form.Register(value)
		}
		m, err := matcher(registered)
		if err != nil {
			t.Skip(err)
		}
		if c := Measure(form, value, m); c.Applies() && !c.Full() {
			t.Fatalf("%s, %s (%d): %d of %d masked of %q (%q), not: %s", form.Family, form.Name, n, c.Masked, c.Tried, value, form.Spell(value), c.Failure)
		}
	})
}
