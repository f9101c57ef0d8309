package redact_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// hostile are sets and texts that break engines which trust a filter, or which
// walk back: n is the number of secrets.
var hostile = []struct {
	name string
	set  func(n int) []redact.Secret
	text func(size int, secrets []string) string
}{
	{"common prefix, repeated", prefixed, func(size int, _ []string) string { return repeat(longPrefix, size) }},
	{"common prefix, other tails", prefixed, func(size int, _ []string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "%sZ%07d ", longPrefix, i)
		}
		return b.String()
	}},
	{"runs, text of a run", runs, func(size int, _ []string) string { return repeat("a", size) }},
	{"runs, text of broken runs", runs, func(size int, _ []string) string { return repeat("aaaaaaaaaaab", size) }},
	{"last byte wrong", distinct, func(size int, values []string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			v := values[i%len(values)]
			b.WriteString(v[:len(v)-1] + "!")
		}
		return b.String()
	}},
	{"every value as is", distinct, func(size int, values []string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(values[i%len(values)] + " ")
		}
		return b.String()
	}},
	{"nested values", nested, func(size int, values []string) string { return repeat(values[len(values)-1], size) }},
	{"backslashes", distinct, func(size int, _ []string) string { return repeat(`\`, size) }},
	{"percent of percent", distinct, func(size int, _ []string) string { return repeat("%25", size) }},
	{"entities of entities", distinct, func(size int, _ []string) string { return repeat("&amp;", size) }},
	{"half escapes", distinct, func(size int, _ []string) string { return repeat(`\u00`, size) }},
	{"openers of tags", distinct, func(size int, _ []string) string { return repeat("[REDACTED:", size) }},
	{"matches in what may be a tag", runs, func(size int, _ []string) string { return repeat("[REDACTED:"+strings.Repeat("a", 900), size) }},
	{"bars", distinct, func(size int, _ []string) string { return repeat("|", size) }},
	{"rows of a table", distinct, func(size int, _ []string) string {
		return repeat("| name         | 17 ab        | some words here |\n", size)
	}},
	{"ends of dumped lines", distinct, func(size int, _ []string) string { return repeat(` ab|\`, size) }},
	{"dots", distinct, func(size int, _ []string) string { return repeat(".", size) }},
	{"colour codes without end", distinct, func(size int, _ []string) string { return repeat("\x1b[", size) }},
	{"line ends", distinct, func(size int, _ []string) string { return repeat("\r\n ", size) }},
	{"equal signs", distinct, func(size int, _ []string) string { return repeat("=3D=\n", size) }},
	{"base64 without end", distinct, func(size int, _ []string) string { return repeat("QUFB", size) }},
	{"hexadecimal without end", distinct, func(size int, _ []string) string { return repeat("4141", size) }},
	{"quotes", distinct, func(size int, _ []string) string { return repeat(`'"'"'`, size) }},
	{"values cut by dots", distinct, func(size int, values []string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			v := values[i%len(values)]
			b.WriteString(v[:len(v)-2] + "..")
		}
		return b.String()
	}},
	{"first lines again and again", lines, func(size int, _ []string) string { return repeat("first line of the note\n  ", size) }},
}

const longPrefix = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ"

func prefixed(n int) []redact.Secret { return many(longPrefix, n) }
func distinct(n int) []redact.Secret { return many("", n) }

func runs(n int) []redact.Secret {
	var s []redact.Secret
	for i := range n {
		s = append(s, secret(fmt.Sprint("run/", i), strings.Repeat("a", 12+i%200)+fmt.Sprintf("%04d", i)))
	}
	return s
}

func nested(n int) []redact.Secret {
	var s []redact.Secret
	v := "0123456789"
	for i := range min(n, 200) {
		s = append(s, secret(fmt.Sprint("nested/", i), v))
		v += string(rune('a' + i%26))
	}
	return s
}

func lines(n int) []redact.Secret {
	var s []redact.Secret
	for i := range n {
		s = append(s, secret(fmt.Sprint("lines/", i), fmt.Sprintf("first line of the note\nsecond line of note %d\nthird", i)))
	}
	return s
}

func repeat(s string, size int) string { return strings.Repeat(s, size/len(s)+1)[:size] }

// hostileValues are the values of many("", n) and of nested.
func hostileValues(name string, n int) []string {
	var values []string
	if name == "nested values" {
		v := "0123456789"
		for i := range min(n, 200) {
			values = append(values, v)
			v += string(rune('a' + i%26))
		}
		return values
	}
	for i := range n {
		values = append(values, fmt.Sprintf("%06d-%04x", i, uint32(i)*2654435761%65536))
	}
	return values
}

// TestHostile checks what can be counted of work: what a stream holds back is
// bounded by the longest spelling of a value, whatever the text; what comes out
// in pieces equals what comes out at once; memory does not grow with the text.
// That a text of eight times the length, or a set of 50 times the secrets, does
// not take out of proportion longer is a matter of time, so the bounds are wide:
// linear work stays far below, quadratic work far above (REDACT-11).
func TestHostile(t *testing.T) {
	size, n := 1<<17, 2000
	if raceEnabled || testing.Short() {
		size, n = 1<<14, 200
	}
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			m := matcher(t, h.set(n))
			text := h.text(size, hostileValues(h.name, n))
			want := m.Append(nil, []byte(text))

			var out bytes.Buffer
			w := redact.NewStreamWriter(&out, m)
			held := 0
			for pos := 0; pos < len(text); pos += 1000 {
				w.Write([]byte(text[pos:min(pos+1000, len(text))]))
				held = max(held, w.Held())
			}
			w.Close()
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("the stream differs from one text")
			}
			if !strings.Contains(h.name, "runs") && !strings.Contains(h.name, "nested") && held > 16<<10 {
				t.Errorf("%d bytes held back", held)
			}
			if raceEnabled {
				return
			}
			dst := make([]byte, 0, 4*len(text))
			if mallocs := testing.AllocsPerRun(1, func() { m.Append(dst, []byte(text)) }); mallocs > 10_000+float64(len(text))/2 {
				t.Errorf("%v allocations", mallocs)
			}

			eighth, whole := redact.Work(m, []byte(text[:len(text)/8])), redact.Work(m, []byte(text))
			if whole > 12*eighth+1000 {
				t.Errorf("%d bytes take %d steps, %d bytes %d", len(text)/8, eighth, len(text), whole)
			}
			few := redact.Work(matcher(t, h.set(max(n/50, 1))), []byte(text))
			// With few secrets the filter may rule a text out that with many is read,
			// and then by every view: so many steps a byte, and no more, whatever the
			// number of secrets.
			const views = 20
			if whole > 30*few+views*len(text) {
				t.Errorf("%d secrets take %d steps, %d secrets %d", n/50, few, n, whole)
			}
			t.Logf("%.1f steps a byte", float64(whole)/float64(len(text)))
		})
	}
}

// BenchmarkHostile shows what the texts cost.
func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		b.Run(strings.ReplaceAll(h.name, " ", "-"), func(b *testing.B) {
			const size, n = 1 << 17, 2000
			m := matcher(b, h.set(n))
			text := []byte(h.text(size, hostileValues(h.name, n)))
			want := m.Append(nil, text)
			dst := make([]byte, 0, len(want))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				dst = m.Append(dst[:0], text)
			}
			if !bytes.Equal(dst, want) {
				b.Fatal("another result")
			}
		})
	}
}

// TestHeldBack: only what may still begin a secret or a tag is held; everything
// before it is out at once (REDACT-3).
func TestHeldBack(t *testing.T) {
	m := matcher(t, []redact.Secret{secret("a", "kestrel-77-Moor/Lane"), secret("b", "first-line-of-it\nsecond-line-of-it")})
	for _, c := range []struct {
		name, text, out string
	}{
		{"nothing to hold", "password: ", "password: "},
		{"a prompt", "login? ", "login? "},
		{"the beginning of a value", "x kestrel-7", "x "},
		{"no beginning any more", "x kestrel-78", "x kestrel-78"},
		{"the beginning of a tag", "x [REDAC", "x "},
		{"no tag any more", "x [REDACT]", "x [REDACT]"},
		{"a whole value", "x kestrel-77-Moor/Lane.", "x [REDACTED:a@v1]."},
		{"a line", "some line\n", "some line\n"},
	} {
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, m)
		for i := range len(c.text) {
			w.Write([]byte{c.text[i]})
		}
		if out.String() != c.out {
			t.Errorf("%s: out at once %q, want %q", c.name, out.String(), c.out)
		}
		if err := w.Flush(); err != nil || out.String() != c.out {
			t.Errorf("%s: after Flush %q, %v: Flush is not the end of the input", c.name, out.String(), err)
		}
	}
}

// TestHeldOnAverage streams clean log lines byte by byte and counts the bytes
// held after each.
func TestHeldOnAverage(t *testing.T) {
	m := matcher(t, many("kestrel-", 1000))
	var out bytes.Buffer
	w := redact.NewStreamWriter(&out, m)
	held, n := 0, 0
	for range 100 {
		for _, c := range []byte(`{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"request done","path":"/v1/otters/8812","status":200}` + "\n") {
			w.Write([]byte{c})
			held += w.Held()
			n++
		}
	}
	if avg := float64(held) / float64(n); avg > 8 {
		t.Errorf("%.1f bytes held on average", avg)
	}
}
