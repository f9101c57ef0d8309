package redact

import (
	"bytes"
	"testing"
)

// A small write with nothing in it is passed on as a whole, and what it may be
// the beginning of is held all the same (REDACT-3): the value that follows it, in
// pieces of whatever length, is found, and a change of the snapshot between them
// makes no difference (REDACT-14).
func TestPass(t *testing.T) {
	const value = "kestrel77moorland-LANE"
	m := mustMatcher(t, nil, "a@v1", value, "b@v1", "another of 16 by", "c@v1", "hunter2!X")
	other, err := m.Update([]Secret{NewSecret("z", "v1", []byte("something else"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, before := range []string{"", "{\"level\":\"INFO\",\"msg\":\"request completed\"}\n", "request done, key:", "00000000", "QUJD", "some words and no end"} {
		for n := range len(value) + 1 {
			for _, switched := range []bool{false, true} {
				src := &switching{m}
				var out bytes.Buffer
				w := NewStreamWriter(&out, src)
				text := before + value[:n]
				st := w.open()
				st.use(m)
				if len(text) >= minPass && st.pass([]byte(text)) {
					passed++
					if err := st.send(); err != nil {
						t.Fatal(err)
					}
				} else {
					w.Write([]byte(text))
				}
				if held := w.Held(); held < n || held > n+2 {
					t.Errorf("%q: %d bytes held", text, held)
				}
				if switched {
					src.m = other
				}
				for rest := value[n:] + " and more of the text after it\n"; len(rest) > 0; {
					k := min(len(rest), 20)
					w.Write([]byte(rest[:k]))
					rest = rest[k:]
				}
				w.Close()
				if want := before + "[REDACTED:a@v1] and more of the text after it\n"; out.String() != want {
					t.Errorf("%q, switched %t: %q", text, switched, out.String())
				}
			}
		}
	}
	if passed < 10 {
		t.Errorf("passed %d times", passed)
	}
}

// A value may have a line end after its first bytes, however few, and a write may
// end there.
func TestPassLineEnd(t *testing.T) {
	for _, value := range []string{"\nbcdefghij", "a\nbcdefghij", "ab\ncdefghij", "abc\ndefgh", "abc\ndefghijklmnopqrstuv", "abc\n\ndefghij", "abcd\nefghij"} {
		m := mustMatcher(t, nil, "a@v1", value)
		for n := range len(value) {
			var out bytes.Buffer
			w := NewStreamWriter(&out, m)
			w.Write([]byte("some text before it, " + value[:n]))
			w.Write([]byte(value[n:] + " and more after it\n"))
			w.Close()
			if want := "some text before it, [REDACTED:a@v1] and more after it\n"; out.String() != want {
				t.Errorf("%q in writes of %d bytes and the rest: %q", value, n, out.String())
			}
		}
	}
}
