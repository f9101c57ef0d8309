package redact

import (
	"bytes"
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

// A change of the snapshot, and another one, anywhere in a dump leave nothing of
// a value that is known all the time (REDACT-14): the offset may be out already.
func TestSwitchWithinDumpOffset(t *testing.T) {
	before := mustMatcher(t, nil, "a@v1", dumped)
	after, err := before.Update([]Secret{NewSecret("z", "v1", []byte("another-one"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := hex.Dump([]byte("0123456789abcd" + dumped)) // two lines
	j, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	inOffset := func(text string, i int) bool {
		rest := text[i:min(len(text), i+dumpOffsetLen+2)]
		return strings.Contains(rest, "0 ") || strings.Contains(rest, "  ")
	}
	for _, text := range []string{d, string(j), "ab " + d, "deadbeef " + d, "00000000" + d} {
		want := before.String(text)
		for i := range text {
			if !inOffset(text, i) {
				continue
			}
			for k := i; k < len(text); k++ {
				if !inOffset(text, k) {
					continue
				}
				src := &switching{before}
				var out bytes.Buffer
				w := NewStreamWriter(&out, src)
				for _, part := range []string{text[:i], text[i:k], text[k:]} {
					if _, err := w.Write([]byte(part)); err != nil {
						t.Fatal(err)
					}
					if src.m == before {
						src.m = after
					} else {
						src.m = before
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if left := strings.Count(out.String(), " 73 ") + strings.Count(out.String(), " 6b "); left > 0 {
					t.Fatalf("switched after %q and %q: %q, want %q", text[:i], text[i:k], out.String(), want)
				}
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
