package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/seed-00b494d3/tagout/redact"
)

// fuzzed makes a matcher from values of any bytes, without those that it
// refuses.
func fuzzed(t testing.TB, values ...string) *redact.Matcher {
	var secrets []redact.Secret
	for i, v := range values {
		if len(v) <= 1<<12 {
			secrets = append(secrets, redact.NewSecret(fmt.Sprint("fuzz/", i), "v1", []byte(v)))
		}
	}
	m, err := new(redact.Matcher).Update(secrets, nil)
	if m == nil {
		t.Fatalf("Update returned no Matcher: %v", err)
	}
	return m
}

// FuzzOracle compares any set of overlapping values with the oracle (REDACT-1,
// REDACT-2, REDACT-3).
func FuzzOracle(f *testing.F) {
	for i := range uint64(8) {
		f.Add(i, uint8(i*5))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		r := rand.New(rand.NewPCG(seed, 5))
		w := newWorld(t, r)
		checkWorld(t, w, w.text(r, int(n)), r)
	})
}

// FuzzSplit checks that chunking is invisible for any bytes and any forms, and
// that redacting twice is redacting once (REDACT-3, REDACT-4).
func FuzzSplit(f *testing.F) {
	f.Add("kestrel-77-Moor", "p\"4&<w/+%r d\\é9", "a kestrel-77-Moor p%224%26%3Cw%2F%2B%25r+d%5C%C3%A99 kestrel-77", uint64(1))
	f.Add("first-line-of-it\nsecond-line-of-it\nthird", "-----BEGIN X-----\nQUJDREVGR0hJSktMTU5P\n-----END X-----", "x\n  first-line-of-it\n  second-line-of-it\n  third QUJDREVGR0hJSktMTU5P", uint64(2))
	f.Add("aaaaaaaa", "aaaaaaaab", "YWFhYWFhYWE= 6161616161616161 aaaaaaaaaaaaab \\u0061aaaaaaa&#97;a", uint64(3))
	f.Add("[REDACTEX", "fuzz/0@v1", "[REDACTED:fuzz/0@v1][REDACTED:fuzz/1@v1~prefix] [REDACTED:id-1]", uint64(4))
	f.Fuzz(func(t *testing.T, a, b, text string, seed uint64) {
		if len(text) > 1<<10 {
			return
		}
		m := fuzzed(t, a, b)
		want := m.String(text)
		if got := string(m.Append(nil, []byte(text))); got != want {
			t.Fatalf("values %q %q\ntext   %q\nAppend %q\nString %q", a, b, text, got, want)
		}
		if got := m.String(want); got != want {
			t.Fatalf("redacted twice\nvalues %q %q\ntext  %q\ntwice %q\nonce  %q", a, b, text, got, want)
		}
		r := rand.New(rand.NewPCG(seed, 6))
		for name, got := range map[string]string{
			"byte by byte":           stream(t, m, text, all(len(text)), nil),
			"byte by byte, flushed":  stream(t, m, text, all(len(text)), func(int) bool { return true }),
			"random pieces":          stream(t, m, text, randomCuts(r, len(text)), nil),
			"random pieces, flushed": stream(t, m, text, randomCuts(r, len(text)), func(int) bool { return r.IntN(2) == 0 }),
		} {
			if got != want {
				t.Fatalf("%s\nvalues %q %q\ntext %q\ngot  %q\nwant %q", name, a, b, text, got, want)
			}
		}
		got, err := io.ReadAll(redact.NewReader(iotestReader(text, r), m))
		if err != nil || string(got) != want {
			t.Fatalf("Reader\nvalues %q %q\ntext %q\ngot  %q, %v\nwant %q", a, b, text, got, err, want)
		}
	})
}

// iotestReader returns text in pieces of random length.
func iotestReader(text string, r *rand.Rand) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if text == "" {
			return 0, io.EOF
		}
		n := copy(p[:min(len(p), 1+r.IntN(8))], text)
		text = text[n:]
		return n, nil
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// FuzzNothingElse checks that what stands between tags comes from the text, in
// order, and that a text without secrets is the same string (REDACT-2).
func FuzzNothingElse(f *testing.F) {
	f.Add("kestrel-77-Moor", "a kestrel-77-Moor b kestrel%2D77%2DMoor c")
	f.Add("kestrel-77-Moor", "nothing % here \\u0041 &amp; = \x00\xff")
	f.Add("aaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaa[REDACTED:fuzz/0@v1]aaaaaaaa")
	f.Fuzz(func(t *testing.T, value, text string) {
		m := fuzzed(t, value)
		got := m.String(text)
		if got == text {
			if len(text) > 0 && unsafe.StringData(got) != unsafe.StringData(text) {
				t.Fatalf("value %q\ntext %q\na clean text was copied", value, text)
			}
			return
		}
		rest := text
		for i, piece := range splitTags(got) {
			j := strings.Index(rest, piece)
			if j < 0 || i == 0 && j > 0 {
				t.Fatalf("value %q\ntext %q\ngot  %q\n%q is not from the text, or out of order", value, text, got, piece)
			}
			rest = rest[j+len(piece):]
		}
		if pieces := splitTags(got); !strings.HasSuffix(text, pieces[len(pieces)-1]) {
			t.Fatalf("value %q\ntext %q\ngot  %q\nthe end is lost", value, text, got)
		}
	})
}

// splitTags returns what stands between the tags of fuzzed matchers.
func splitTags(s string) []string {
	for _, tag := range []string{"[REDACTED:fuzz/0@v1~prefix]", "[REDACTED:fuzz/0@v1]", "[REDACTED:id-1~prefix]", "[REDACTED:id-1]"} {
		s = strings.ReplaceAll(s, tag, "\x00TAG\x00")
	}
	return strings.Split(s, "\x00TAG\x00")
}

// FuzzJSON checks that a JSON record stays one (REDACT-10).
func FuzzJSON(f *testing.F) {
	f.Add("kestrel-77-Moor", `{"kestrel-77-Moor":"kestrel-77-Moor","n":[1,2,{"x":null}]}`)
	f.Add("8350192746", `{"n":8350192746,"m":-83501927461e5,"s":"8350192746"}`)
	f.Add("12345678", `[12345678,0.12345678,1.5e12345678,12345678]`)
	f.Add(`foo","bar`, `{"foo","bar":1}`)
	f.Add(`a":"b","c":"d`, `{"a":"b","c":"d"}`)
	f.Add("true,\"a\"", `[true,"a",true,"a"]`)
	f.Add("secret\\back", `{"m":"secret\\back\\n\"secret\\\\back\""}`)
	f.Add("aaaaaaaa", "\"YWFhYWFhYWE=\"\n")
	f.Fuzz(func(t *testing.T, value, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		m := fuzzed(t, value)
		ev := redact.NewSink(m, "json", redact.SinkJSON()).Event()
		got := ev.AppendRecord(nil, []byte(text))
		if !json.Valid(got) {
			t.Fatalf("value %q\ntext %q\ngot  %q", value, text, got)
		}
		if len(value) >= 8 && utf8Printable(value) {
			var doc any
			dec := json.NewDecoder(bytes.NewReader(got))
			dec.UseNumber()
			if err := dec.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			if leaf := holds(doc, value); leaf != "" {
				t.Fatalf("value %q\ntext %q\ngot  %q\nstill in %q", value, text, got, leaf)
			}
		}
	})
}

func utf8Printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r >= 0x7f || r == '[' {
			return false
		}
	}
	return strings.TrimSpace(s) == s
}

// holds looks for a value in the strings of a decoded document.
func holds(doc any, value string) string {
	switch d := doc.(type) {
	case string:
		if strings.Contains(d, value) {
			return d
		}
	case json.Number:
		return holds(string(d), value)
	case []any:
		for _, e := range d {
			if s := holds(e, value); s != "" {
				return s
			}
		}
	case map[string]any:
		for k, e := range d {
			if s := holds(k, value); s != "" {
				return s
			}
			if s := holds(e, value); s != "" {
				return s
			}
		}
	}
	return ""
}

// FuzzCover checks that no occurrence of a raw value is left, whatever else is
// registered and whatever the bytes (REDACT-1).
func FuzzCover(f *testing.F) {
	f.Add("abcdefgX", "Xvery-sensitive", "<abcdefg", "very-sensitive>")
	f.Add("\x00\x01\x02\x03\x04\x05\x06\x07", "%41%41%41", "\x00\x01", "\xff")
	f.Add("\\u0041\\u0041", "&#65;&#65;", "\\", ";")
	f.Add("line one\nline two", "line two\nline one", "line one\n", "\r\nline two")
	f.Fuzz(func(t *testing.T, a, b, before, after string) {
		if len(a) < 8 || len(a) > 1<<12 || len(strings.TrimSpace(a)) == 0 || strings.Contains(a, "[") ||
			strings.Contains(before+after, "[") {
			return // what a tag may hide is another matter
		}
		m := fuzzed(t, a, b)
		for _, text := range []string{before + a + after, a + before + a, a + b + a, b + a + b} {
			if strings.Contains(text, "[") {
				continue
			}
			got := m.String(text)
			if strings.Contains(a, "id-1") || strings.Contains("REDACTED:fuzz/0@v1,1~prefix", a) {
				continue
			}
			if strings.Contains(got, a) {
				t.Fatalf("values %q %q\ntext %q\ngot  %q", a, b, text, got)
			}
		}
	})
}

// FuzzAnything calls everything with any bytes: nothing may panic, and errors
// hold no value (REDACT-8, REDACT-9, REDACT-13).
func FuzzAnything(f *testing.F) {
	f.Add("name", "v1", "kestrel-77-Moor", "text kestrel-77-Moor", "[REDACTED", "]", 8, 0)
	f.Add("", "", "", "", "", "", 0, 1)
	f.Add("a/b", "\xff", "   \n\t  ", "{\"a\":1}", "<<<<", ">", 4, 2)
	f.Add("a,b@c~d]", "v,1]", "\"\"\"\"\"\"\"\"\"\"", "\x00", "(((SECRET", "|", 5, 3)
	f.Fuzz(func(t *testing.T, name, version, value, text, open, close string, min, style int) {
		if len(value) > 1<<12 || len(text) > 1<<12 {
			return
		}
		s := redact.NewSecret(name, version, []byte(value))
		opts := []redact.Option{redact.WithMinLength(min), redact.WithTagStyle(redact.TagStyle(style)), redact.WithoutForms(redact.Forms()[style&7:]...)}
		if style&8 != 0 {
			opts = append(opts, redact.WithTagFormat(open, close))
		}
		m, err := redact.NewMatcher([]redact.Secret{s}, opts...)
		if (m == nil) != (err != nil) {
			t.Fatalf("NewMatcher = %v, %v", m, err)
		}
		if err != nil {
			var format *redact.TagFormatError
			if len(value) >= 8 && strings.Contains(err.Error(), value) && !strings.Contains(name, value) && !errors.As(err, &format) {
				t.Fatalf("the error holds the value: %v", err)
			}
			m, _ = new(redact.Matcher).Update([]redact.Secret{s}, nil)
		}
		ev := redact.NewSink(m, "any", redact.SinkJSON()).Event()
		if once := ev.String(text); ev.String(once) != once {
			t.Fatalf("value %q, text %q: redacted twice %q, once %q", value, text, ev.String(once), once)
		}
		ev.AppendRecord(nil, []byte(text))
		ev.Clean([]byte(text))
		for x := range m.Find([]byte(text)) {
			if x.Start < 0 || x.End > len(text) || x.Start >= x.End {
				t.Fatalf("value %q, text %q: Match %v", value, text, x)
			}
		}
		stream(t, m, text, nil, nil)
		next, _ := m.Update([]redact.Secret{redact.NewSecret("next", "", []byte(text))}, []redact.Secret{s, {}})
		next.String(text + value)
		redact.Closed().String(text)
	})
}
