package redact_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// cases is how many random cases a test tries: fewer with -short, and under the
// race detector, which finds nothing new in pure functions.
func cases(n int) int {
	if testing.Short() || raceEnabled {
		return n / 10
	}
	return n
}

// TestOracle compares the engine with a naive redactor: short texts under every
// split, and all of them flushed at random places (REDACT-1, REDACT-2, REDACT-3,
// REDACT-5).
func TestOracle(t *testing.T) {
	const texts = 50
	r := rand.New(rand.NewPCG(1, 2))
	for range cases(100_000) / texts {
		w := newWorld(t, r)
		for range texts {
			n := r.IntN(40)
			if r.IntN(20) == 0 {
				n = 200 + r.IntN(400) // beyond any window
			}
			checkWorld(t, w, w.text(r, n), r)
			if t.Failed() {
				return
			}
		}
	}
}

func checkWorld(t *testing.T, w *world, text string, r *rand.Rand) {
	t.Helper()
	want := w.oracle.Redact(text)
	fail := func(how, got string) {
		t.Helper()
		if got != want && !t.Failed() {
			t.Errorf("%s\nvalues %q\ntext   %q\ngot    %q\nwant   %q", how, w.oracle, text, got, want)
		}
	}
	fail("String", w.event.String(text))
	fail("Append", string(w.event.Append(nil, []byte(text))))
	fail("redacted twice", w.event.String(want))
	if clean := w.event.Clean([]byte(text)); clean != (want == text) {
		t.Fatalf("values %q\ntext   %q\nClean: %v", w.oracle, text, clean)
	}
	var got []redact.Match
	for m := range w.m.Find([]byte(text)) {
		if !m.Cut { // the oracle does not have that rule
			got = append(got, m)
		}
	}
	if all := w.oracle.Find(text); !slices.Equal(got, all) {
		t.Fatalf("Find\nvalues %q\ntext   %q\ngot    %v\nwant   %v", w.oracle, text, got, all)
	}
	fail("byte by byte", stream(t, w.m, text, all(len(text)), nil, redact.SinkNoCut()))
	fail("byte by byte, flushed", stream(t, w.m, text, all(len(text)), func(int) bool { return true }, redact.SinkNoCut()))
	fail("random pieces, flushed", stream(t, w.m, text, randomCuts(r, len(text)), func(int) bool { return r.IntN(2) == 0 }, redact.SinkNoCut()))
	if len(text) > 64 {
		return
	}
	for i := 1; i < len(text); i++ {
		fail("split", stream(t, w.m, text, []int{i}, nil, redact.SinkNoCut()))
	}
}
