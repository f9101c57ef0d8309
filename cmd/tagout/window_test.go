package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seed-00b494d3/tagout/redact"
)

func findings(t *testing.T, m *redact.Matcher, window, overlap int, r io.Reader) []string {
	t.Helper()
	s := &scan{matcher: m, window: window, overlap: overlap, bar: newBar(io.Discard, false)}
	var got []string
	if _, err := s.read(r, func(f finding) {
		got = append(got, fmt.Sprintf("%v %v %d %d %s %s %s %v", f.start, f.end, f.offset, f.size, f.name, f.version, f.form, f.cut))
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// CLI-17: windows are invisible: a file read in small windows, in any pieces,
// gives the same findings as in one.
func TestWindows(t *testing.T) {
	secrets := []redact.Secret{
		redact.NewSecret("a", "v1", []byte(`pass"word\with%stuff`)),
		redact.NewSecret("b", "v1", []byte("plain-token-0123456789")),
		redact.NewSecret("c", "v1", []byte("first line of it\nsecond line of it")),
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	pieces := []string{
		"plain-token-0123456789", `pass\"word\\with%stuff`, `pass"word\with%stuff`, "pass%22word%5Cwith%25stuff", "cGxhaW4tdG9rZW4tMDEyMzQ1Njc4OQ==",
		"first line of it\n  second line of it", "plain-token-012345", "plain-token-01234...", "\n", "\r\n", `\`, "%", "é", "\xff", "\x00", " x ", strings.Repeat("y", 300), "äöü\n",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		var b strings.Builder
		for range 20 + rng.IntN(40) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
			b.WriteString([]string{"", " ", "\n"}[rng.IntN(3)])
		}
		text := b.String()
		want := findings(t, m, 1<<20, 1<<10, strings.NewReader(text))
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			if got := findings(t, m, 1500, 600, r); !slices.Equal(got, want) {
				t.Fatalf("case %d:\ngot  %q\nwant %q\ntext %q", i, got, want, text)
			}
		}
	}
}

// CLI-18: lines count newlines, columns bytes; characters are for SARIF.
func TestPositions(t *testing.T) {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("b", "v1", []byte("plain-token-0123456789"))})
	if err != nil {
		t.Fatal(err)
	}
	text := "é plain-token-0123456789\r\n\nx\xff\x00plain-token-0123456789"
	got := findings(t, m, 1<<20, 1<<10, strings.NewReader(text))
	want := []string{"{1 4 3} {1 26 25} 3 22 b v1 raw false", "{3 4 4} {3 26 26} 31 22 b v1 raw false"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A reader that fails is a problem, not an end.
func TestWindowReadError(t *testing.T) {
	s := &scan{matcher: new(redact.Matcher), window: 100, overlap: 10, bar: newBar(io.Discard, false)}
	r := io.MultiReader(bytes.NewReader(make([]byte, 1000)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if n, err := s.read(r, nil); n != 1000 || err != io.ErrUnexpectedEOF {
		t.Error(n, err)
	}
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	b := newBar(&out, true)
	b.total = 4 << 20
	b.file(0)
	if out.Len() > 0 {
		t.Errorf("%q at once", out.String())
	}
	b.since = b.since.Add(-barAfter)
	b.read(1 << 20)
	b.clear()
	if got := out.String(); !strings.HasPrefix(got, "\r[#######.....................]  25%  1.0 MiB  1 files  0 found\x1b[K") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("%q", got)
	}
}
