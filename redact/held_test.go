package redact

import (
	"bytes"
	"testing"
)

// The byte that comes after a value, a tag or the beginning of one decides it,
// even if another value may begin with that byte: no more than that one is held
// back (REDACT-3).
func TestOnlyWhatMayBeginIsHeld(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", "kestrel77moor", "b@v1", "\nkestrel88moor")
	for _, c := range []struct{ text, want string }{
		{"a kestrel77moork", "a [REDACTED:a@v1]"}, // some form of a value begins with its last byte
		{"x [REDACTED:a@\n", "x [REDACTED:a@"},
		{"x [\n", "x ["},
	} {
		for at := range c.text {
			var out bytes.Buffer
			w := NewStreamWriter(&out, m)
			for _, part := range []string{c.text[:at], c.text[at:]} {
				if _, err := w.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			if out.String() != c.want || w.Held() != 1 {
				t.Errorf("%q, split at %d: %q, and %d bytes held", c.text, at, out.String(), w.Held())
			}
		}
	}
}
