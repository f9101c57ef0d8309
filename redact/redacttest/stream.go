package redacttest

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// A NewStream returns a writer over src that writes to w what was redacted.
// Close is the end of the input. If the writer has a method Flush() error, it
// is called at random places and must change nothing.
type NewStream func(t testing.TB, w io.Writer, src redact.Source) io.WriteCloser

// RunStream runs the corpus against a stream: in one write, byte by byte, split
// at every place, flushed at every place, and short inputs split twice.
func RunStream(t *testing.T, newStream NewStream, opts ...Option) {
	t.Helper()
	cfg := newConfig(opts)
	for _, c := range Corpus(t) {
		t.Run(c.Title(), func(t *testing.T) {
			cfg.check(t, c)
			m := c.Matcher(t)
			run := func(flush bool, cuts ...int) string {
				return pieces(t, newStream, m, c.Input, flush, cuts)
			}
			want := c.Want(cfg.style, !cfg.noCut)
			diff(t, c, "one write", run(false), want)
			diff(t, c, "byte by byte", run(false, every(len(c.Input), 1)...), want)
			diff(t, c, "byte by byte, flushed", run(true, every(len(c.Input), 1)...), want)
			diff(t, c, "in threes, flushed", run(true, every(len(c.Input), 3)...), want)
			for i := 1; i < len(c.Input) && !t.Failed(); i++ {
				diff(t, c, fmt.Sprint("split at ", i), run(false, i), want)
				diff(t, c, fmt.Sprint("flushed at ", i), run(true, i), want)
			}
			if len(c.Input) > 64 {
				return
			}
			for i := 1; i < len(c.Input); i++ {
				for j := i + 1; j < len(c.Input) && !t.Failed(); j++ {
					diff(t, c, fmt.Sprint("split at ", i, " and ", j), run(false, i, j), want)
				}
			}
		})
	}
}

// every returns the places that split n bytes into pieces of size bytes.
func every(n, size int) []int {
	var cuts []int
	for i := size; i < n; i += size {
		cuts = append(cuts, i)
	}
	return cuts
}

// pieces writes text in pieces and returns what came out.
func pieces(t testing.TB, newStream NewStream, src redact.Source, text string, flush bool, cuts []int) string {
	t.Helper()
	var out bytes.Buffer
	w := newStream(t, &out, src)
	buf := make([]byte, 0, len(text)) // overwritten after each write: a writer must not keep it
	pos := 0
	for _, end := range append(cuts[:len(cuts):len(cuts)], len(text)) {
		buf = append(buf[:0], text[pos:end]...)
		n, err := w.Write(buf)
		if err != nil || n != len(buf) {
			t.Fatalf("Write(%d bytes) = %d, %v", len(buf), n, err)
		}
		clear(buf)
		pos = end
		if f, ok := w.(interface{ Flush() error }); ok && flush {
			if err := f.Flush(); err != nil {
				t.Fatalf("Flush: %v", err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return out.String()
}
