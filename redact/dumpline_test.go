package redact

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// dumped is a value that the text at the right does not show. Where the wide gap
// between the bytes falls into it, only the reading as a dump does.
const dumped = "k\x01str\x02Moo"

// The last line of a dump counts whatever comes after it (REDACT-1): a line end,
// the quote of a field, or the rest of a sentence.
func TestDumpLineWithoutLineEnd(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", dumped)
	for _, before := range []string{"", "abcdefg", "0123456789abc"} {
		d := strings.TrimSuffix(hex.Dump([]byte(before+dumped)), "\n")
		for _, after := range []string{"", "\n", "\"", " and more of it", "x", "|", "\\n", strings.Repeat("-", 300)} {
			text := "body=\"" + d + after
			if got := m.String(text); !strings.HasSuffix(got, "[REDACTED:a@v1]"+after) {
				t.Errorf("%q is left as %q", text, got)
			}
		}
	}
}

// A JSON string makes the text at the right of a dump up to six times as long:
// the bytes at the left are found all the same (REDACT-1), however the stream is
// split (REDACT-3).
func TestDumpWithEscapedText(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", dumped)
	for n := range 16 {
		for _, c := range []string{"<", `"`, "x"} {
			j, err := json.Marshal(hex.Dump([]byte(strings.Repeat(c, n) + dumped)))
			if err != nil {
				t.Fatal(err)
			}
			got := m.String(string(j))
			if !strings.HasSuffix(got, `[REDACTED:a@v1]\n"`) || strings.Count(got, "0000") != 2 {
				t.Errorf("%s is left as %s", j, got)
			}
			for at := range j {
				cuts := func(rest int) int {
					if rest == len(j) && at > 0 {
						return at
					}
					return rest
				}
				if s := split(t, m, j, cuts); s != got {
					t.Fatalf("split at %d: %s\none write: %s", at, s, got)
				}
			}
		}
	}
}
