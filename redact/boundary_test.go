package redact

import (
	"bytes"
	"testing"
)

// lettered makes a Matcher of values named a, b, c, ...
func lettered(tb testing.TB, values []string, opts ...Option) *Matcher {
	tb.Helper()
	var secrets []Secret
	for i, v := range values {
		secrets = append(secrets, NewSecret(string(rune('a'+i)), "v1", []byte(v)))
	}
	m, err := NewMatcher(secrets, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestBoundaries: texts in which something undecided, such as half an escape or
// the offset of a dump, meets the end of a write, of the text or of a value. In
// each, the value is found, with and without the filter, and every split into
// two writes gives what one write gives (REDACT-1, REDACT-3).
func TestBoundaries(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		text   string
		want   string
	}{
		{"a shared digit before an escape", []string{"kestrel-77-Moor"}, `eG%74lc3RyZWwtNzctTW9vcg==`, `e[REDACTED:a@v1]==`},
		{"a digit that carries nothing", []string{"%41%42%43%44%45"}, "000000000007lNDElNDIlNDMlNDQlND", "000000000007[REDACTED:a@v1]"},
		{"the offset of a dump", []string{"&&&&&&&&"}, "00000000  61 62 63 26 26 26 26 26 26 26 26|abc&&&&&&&&|", "00000000  61 62 63 [REDACTED:a@v1]"},
		{"entities after ESC", []string{"efghabcd"}, "ef\x1b&#101;fgh&#97;bcd", "ef\x1b[REDACTED:a@v1]"},
		{"a quoted value after ESC", []string{`"quoted"x`}, "\"q\x1b&#34;quoted&#34;x", "\"q\x1b[REDACTED:a@v1]"},
		{"a backslash before entities", []string{"n&n&n&n&n", "\nabcdefgh"}, `C:\n&amp;n&amp;n&amp;n&amp;n`, `C:[REDACTED:a@v1]`},
		{"base64 of base64, to its end", []string{"abcdefgh"}, "WVdKalpHVm1aMmc9", "[REDACTED:a@v1]"},
		{"joined lines, cut", []string{"Zq8wPz3mXv\nK2nR7tYb4L\nhG6jQ1sD9f"}, "key=Zq8wPz3mXvK2nR7tYb", "key=[REDACTED:a@v1~prefix]"},
		{"a dot of the value before an ellipsis", []string{"ab3defg.hijklmnopq"}, "ab3defg....", "[REDACTED:a@v1~prefix]..."},
		{"settings, cut before the secret one", []string{"DB_HOST=localhost\nDB_USER=postgres\nDB_PASSWORD=Zq8wPz3mXv\n"}, "DB_HOST=localhost\n", "DB_HOST=localhost\n"},
		{"settings in one line", []string{"DefaultEndpointsProtocol=https;AccountName=mystorage;AccountKey=Zq8wPz3mXvK2nR7tYb4LhG6jQ1sD9f=="}, "DefaultEndpointsProtocol=https;Acc", "DefaultEndpointsProtocol=https;Acc"},
		{"the name of an algorithm", []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@host"}, "key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"},
		{"a zone in a document", []string{`{"zone":"us-east-1a","token":"Zq8wPz3mXvK2"}`}, "us-east-1a", "us-east-1a"},
		{"half a dump line at the end", []string{"00000000  70 61 73"}, "|00000000  0", "|00000000  0"},
		{"two halves of escapes at the end", []string{`it''s a $$ "q" 100%`}, ` it''s a $$ "\u202\`, ` it''s a $$ "\u202\`},
	} {
		fast, slow := lettered(t, c.values), lettered(t, c.values, withoutFilter())
		if got := fast.String(c.text); got != c.want {
			t.Errorf("%s: %q\ngot  %q\nwant %q", c.name, c.text, got, c.want)
		}
		if got := slow.String(c.text); got != c.want {
			t.Errorf("%s, without the filter: %q\ngot  %q\nwant %q", c.name, c.text, got, c.want)
		}
		for i := range len(c.text) + 1 {
			var out bytes.Buffer
			w := NewStreamWriter(&out, fast)
			w.Write([]byte(c.text[:i]))
			w.Write([]byte(c.text[i:]))
			w.Close()
			if got := out.String(); got != c.want {
				t.Errorf("%s, split at %d: %q\ngot  %q\nwant %q", c.name, i, c.text, got, c.want)
			}
		}
	}
}

// TestSwitchInDump: a change of the snapshot in the middle of a line of a dump
// (REDACT-14).
func TestSwitchInDump(t *testing.T) {
	const text = "00000000  68 68 68 68 68 68 68 68  68                       |hhhhhhhhh|\n"
	before := lettered(t, []string{"hhhhhhhhh"})
	after, err := before.Update([]Secret{NewSecret("z", "v1", []byte("another-one"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := before.String(text)
	for i := 12; i < len(text)-2; i++ {
		src := &switching{before}
		var out bytes.Buffer
		w := NewStreamWriter(&out, src)
		w.Write([]byte(text[:i]))
		src.m = after
		w.Write([]byte(text[i:]))
		w.Close()
		if got := out.String(); got != want {
			t.Errorf("switched after %q: %q, want %q", text[:i], got, want)
		}
	}
}

type switching struct{ m *Matcher }

func (s *switching) Matcher() *Matcher { return s.m }
