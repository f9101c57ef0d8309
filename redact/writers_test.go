package redact_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seed-00b494d3/tagout/redact"
)

var errDisk = errors.New("disk full")

// flaky fails the n-th Write, or takes only half of it and says nothing.
type flaky struct {
	bytes.Buffer
	n, calls int
	short    bool
	flushed  int
}

func (f *flaky) Write(p []byte) (int, error) {
	f.calls++
	if f.calls != f.n {
		return f.Buffer.Write(p)
	}
	if f.short {
		f.Buffer.Write(p[:len(p)/2])
		return len(p) / 2, nil
	}
	return 0, errDisk
}

func (f *flaky) Flush() error { f.flushed++; return nil }

func known(t testing.TB) *redact.Matcher {
	return matcher(t, []redact.Secret{secret("a", "kestrel-77-Moor/Lane")})
}

func TestStreamWriterErrors(t *testing.T) {
	for _, short := range []bool{false, true} {
		f := &flaky{n: 2, short: short}
		w := redact.NewStreamWriter(f, known(t))
		if n, err := w.Write([]byte("first ")); n != 6 || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
		want := errDisk
		if short {
			want = io.ErrShortWrite
		}
		if n, err := w.Write([]byte("second ")); n == 7 || !errors.Is(err, want) {
			t.Errorf("failing Write = %d, %v", n, err)
		}
		if _, err := w.Write([]byte("third kestrel-77-Moor/Lane")); !errors.Is(err, want) {
			t.Errorf("Write after a failure: %v", err)
		}
		if err := w.Flush(); !errors.Is(err, want) {
			t.Errorf("Flush after a failure: %v", err)
		}
		if err := w.Close(); !errors.Is(err, want) {
			t.Errorf("Close after a failure: %v", err)
		}
		if strings.Contains(f.String(), "third") || strings.Contains(f.String(), "kestrel") {
			t.Errorf("written after a failure: %q", f.String())
		}
	}
}

func TestStreamWriterClose(t *testing.T) {
	f := &flaky{}
	w := redact.NewStreamWriter(f, known(t))
	io.WriteString(w, "x kestrel-77-Moor/La")
	if err := w.Close(); err != nil || f.String() != "x [REDACTED:a@v1~prefix]" {
		t.Errorf("Close: %v, %q", err, f.String())
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if n, err := io.WriteString(w, "more"); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write after Close = %d, %v", n, err)
	}
	if w.Held() != 0 {
		t.Errorf("%d bytes held after Close", w.Held())
	}
}

func TestStreamWriterFlushesBelow(t *testing.T) {
	f := &flaky{}
	w := redact.NewStreamWriter(f, known(t))
	io.WriteString(w, "x kestrel-")
	if err := w.Flush(); err != nil || f.flushed != 1 || f.String() != "x " {
		t.Errorf("Flush: %v, %d calls below, %q out", err, f.flushed, f.String())
	}
}

func TestStreamWriterEmpty(t *testing.T) {
	f := &flaky{}
	w := redact.NewStreamWriter(f, known(t))
	if n, err := w.Write(nil); n != 0 || err != nil || f.calls != 0 {
		t.Errorf("empty Write = %d, %v, %d writes below", n, err, f.calls)
	}
	if err := w.Close(); err != nil || f.Len() != 0 {
		t.Errorf("Close: %v, %q", err, f.String())
	}
}

// Release lets up to three held bytes out, and redacts the rest of a value that
// completes all the same: less than a quarter of eight bytes can be seen of it.
func TestStreamWriterRelease(t *testing.T) {
	for _, c := range []struct{ text, released, then, out string }{
		{"name: k", "name: k", "evin\n", "name: kevin\n"},
		{"name: kes", "name: kes", "trel-77-Moor/Lane\n", "name: kes[REDACTED:a@v1]\n"},
		{"name: kestr", "name: ", "el-77-Moor/Lane\n", "name: [REDACTED:a@v1]\n"},
		{"name: [", "name: [", "REDACTED:a@v1]\n", "name: [REDACTED:a@v1]\n"},
	} {
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, known(t))
		io.WriteString(w, c.text)
		if err := w.Release(); err != nil || out.String() != c.released {
			t.Errorf("%q: Release: %v, %q, want %q", c.text, err, out.String(), c.released)
		}
		if err := w.Release(); err != nil || out.String() != c.released {
			t.Errorf("%q: second Release: %v, %q, want %q", c.text, err, out.String(), c.released)
		}
		io.WriteString(w, c.then)
		if err := w.Close(); err != nil || out.String() != c.out {
			t.Errorf("%q: %v, %q, want %q", c.text, err, out.String(), c.out)
		}
	}
}

func TestRecordWriter(t *testing.T) {
	f := &flaky{n: 3}
	w := redact.NewRecordWriter(f, known(t))
	for _, rec := range []string{"clean\n", "x kestrel-77-Moor/Lane\n"} {
		if n, err := io.WriteString(w, rec); n != len(rec) || err != nil {
			t.Errorf("Write(%q) = %d, %v", rec, n, err)
		}
	}
	if f.calls != 2 || f.String() != "clean\nx [REDACTED:a@v1]\n" {
		t.Errorf("%d writes below, %q", f.calls, f.String())
	}
	if n, err := io.WriteString(w, "fails\n"); n != 0 || !errors.Is(err, errDisk) {
		t.Errorf("failing Write = %d, %v", n, err)
	}
	if n, err := io.WriteString(w, "cut kestrel-77-Moor/La\n"); n != 23 || err != nil || !strings.HasSuffix(f.String(), "cut [REDACTED:a@v1~prefix]\n") {
		t.Errorf("cut value before the line end: %d, %v, %q", n, err, f.String())
	}
	p := []byte("kept kestrel-77-Moor/Lane\n")
	w.Write(p)
	if string(p) != "kept kestrel-77-Moor/Lane\n" {
		t.Errorf("Write changed its argument: %q", p)
	}
	short := redact.NewRecordWriter(&flaky{n: 1, short: true}, known(t))
	if n, err := io.WriteString(short, "some record\n"); n != 0 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("short write below = %d, %v", n, err)
	}
}

func TestReader(t *testing.T) {
	text := "x kestrel-77-Moor/Lane y kestrel-77-Moor/La"
	want := "x [REDACTED:a@v1] y [REDACTED:a@v1~prefix]"
	for name, r := range map[string]io.Reader{
		"whole":         strings.NewReader(text),
		"one byte":      iotest.OneByteReader(strings.NewReader(text)),
		"half":          iotest.HalfReader(strings.NewReader(text)),
		"data with EOF": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got, err := io.ReadAll(iotest.OneByteReader(redact.NewReader(r, known(t))))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	r := redact.NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(errDisk)), known(t))
	got, err := io.ReadAll(r)
	if !errors.Is(err, errDisk) || string(got) != want {
		t.Errorf("error after data: %q, %v", got, err)
	}
	if n, err := r.Read(make([]byte, 8)); n != 0 || !errors.Is(err, errDisk) {
		t.Errorf("the error does not stay: %d, %v", n, err)
	}
	if err := iotest.TestReader(redact.NewReader(strings.NewReader(text), known(t)), []byte(want)); err != nil {
		t.Error(err)
	}
}

// TestNilSource: a nil Source panics where it is passed in (REDACT-8).
func TestNilSource(t *testing.T) {
	for name, f := range map[string]func(){
		"NewSink":         func() { redact.NewSink(nil, "x") },
		"NewRecordWriter": func() { redact.NewRecordWriter(io.Discard, nil) },
		"NewStreamWriter": func() { redact.NewStreamWriter(io.Discard, nil) },
		"NewReader":       func() { redact.NewReader(strings.NewReader(""), nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s takes a nil Source", name)
				}
			}()
			f()
		}()
	}
}

// TestClosed: an unavailable matcher lets nothing through (REDACT-8).
func TestClosed(t *testing.T) {
	m := redact.Closed()
	for text, want := range map[string]string{"": "", "x": "[REDACTED:unavailable]", "line\n": "[REDACTED:unavailable]", "[REDACTED:unavailable]": "[REDACTED:unavailable]"} {
		if got := m.String(text); got != want {
			t.Errorf("String(%q) = %q", text, got)
		}
	}
	var out bytes.Buffer
	io.WriteString(redact.NewRecordWriter(&out, m), "a record\n")
	if out.String() != "[REDACTED:unavailable]\n" {
		t.Errorf("record: %q", out.String())
	}
	if got := string(redact.NewSink(m, "", redact.SinkJSON()).Event().AppendRecord(nil, []byte("{\"a\":1}\n"))); got != "\"[REDACTED:unavailable]\"\n" {
		t.Errorf("JSON record: %q", got)
	}
	var zero redact.Event
	if got := zero.String("x"); got != "[REDACTED:unavailable]" {
		t.Errorf("zero Event: %q", got)
	}
	if got := new(redact.Matcher).String("x"); got != "x" {
		t.Errorf("zero Matcher: %q", got)
	}
}
