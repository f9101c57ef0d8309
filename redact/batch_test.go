package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func allClean(ev Event, texts ...string) bool {
	var b Batch
	b.Reset(ev)
	for _, s := range texts {
		b.Add(s)
	}
	return b.Clean()
}

// What a Batch says of several texts at once is what String does with each
// (REDACT-1, REDACT-16), whatever they are and whatever stands beside them.
func TestBatch(t *testing.T) {
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	said := 0
	for seed, set := range manglerSets {
		for _, opts := range [][]SinkOption{nil, {SinkNoCut()}} {
			var secrets []Secret
			for i, v := range set {
				secrets = append(secrets, NewSecret(string(rune('a'+i)), "v1", []byte(v)))
			}
			whole := mustMatcher(t, nil)
			parts := whole
			whole, _ = whole.Update(secrets, nil)
			for _, s := range secrets {
				parts, _ = parts.Update([]Secret{s}, nil)
			}
			g := &mangler{rng: rand.New(rand.NewPCG(uint64(seed), 46)), values: set}
			for range rounds / 8 {
				var texts []string
				for range 1 + g.rng.IntN(40) {
					s := "some clean text, " + strings.Repeat("of some words, ", g.rng.IntN(3)) + fmt.Sprint(g.rng.IntN(1000))
					if s = s[g.rng.IntN(len(s)):]; g.rng.IntN(60) == 0 {
						s = g.text()
						s = s[g.rng.IntN(len(s)+1):]
					}
					texts = append(texts, s)
				}
				for _, m := range []*Matcher{whole, parts} {
					ev := NewSink(m, "test", opts...).Event()
					if !allClean(ev, texts...) {
						continue
					}
					said++
					for _, s := range texts {
						if got := ev.String(s); got != s {
							t.Fatalf("set %d: %q is not clean, but %q\namong %q", seed, s, got, texts)
						}
					}
				}
			}
		}
	}
	if said < rounds/4 {
		t.Errorf("said to be clean only %d times of %d", said, rounds)
	}
}

// A value at any place among the texts is seen, whole or cut at their ends,
// however many there are and however long.
func TestBatchSeesAll(t *testing.T) {
	for name, value := range map[string]string{"long": "Kestrel-77-moorland-LANE-0815", "middle": "hunter2!X", "short": "x7Qp"} {
		m := mustMatcher(t, []Option{WithMinLength(4)}, "a@v1", value, "b@v1", "another-value-of-some-length", "c@v1", "ten-bytes!")
		ev := NewSink(m, "test").Event()
		for n := range 50 {
			for _, size := range []int{1, 8, 30, 255, 300, 600} {
				texts := make([]string, n)
				for i := range texts {
					texts[i] = strings.Repeat("clean, ", size/7+1)[:size]
				}
				if !allClean(ev, texts...) {
					t.Fatalf("%d texts of %d bytes are not clean", n, size)
				}
				for i := range texts {
					was := texts[i]
					for _, s := range []string{value, "x" + value, was + value, value + was, was + value[:min(len(value), 8)]} {
						if texts[i] = s; m.String(s) != s && allClean(ev, texts...) {
							t.Fatalf("%s: %d texts of %d bytes, the value in text %d: clean", name, n, size, i)
						}
					}
					texts[i] = was
				}
			}
		}
	}
}

// What was not found clean is not left in a Batch, whatever ends it: the answer, a
// text that settles it, one for which there is no room, or Reset.
func TestBatchKeepsNoText(t *testing.T) {
	const value = "kestrel-77-Moor/Lane"
	ev := NewSink(mustMatcher(t, nil, "a@v1", value), "test").Event()
	for name, rest := range map[string][]string{
		"answer": nil, "dot": {"some text."}, "equals sign": {"key="}, "long": {strings.Repeat("some text ", 100)},
		"full": {strings.Repeat("x", 510)}, "full, again": {strings.Repeat("x", 490) + value},
	} {
		for _, reset := range []bool{false, true} {
			var b Batch
			b.Reset(ev)
			for _, s := range append([]string{"x " + value}, rest...) {
				b.Add(s)
			}
			if reset {
				b.Reset(ev)
			} else if b.Clean() {
				t.Errorf("%s: clean", name)
			}
			if strings.Contains(string(b.texts[:]), "kestrel") {
				t.Errorf("%s, reset %t: left in it", name, reset)
			}
		}
	}
}

// Without a snapshot, or without one that can vouch, nothing is clean but
// nothing (REDACT-8).
func TestBatchFailsClosed(t *testing.T) {
	var zero Event
	for name, ev := range map[string]Event{"zero": zero, "closed": NewSink(Closed(), "test").Event(), "nil": NewSink(nilSource{}, "test").Event()} {
		if allClean(ev, "some text") || allClean(ev, strings.Repeat("some text", 100)) {
			t.Errorf("%s: clean", name)
		}
		if !allClean(ev) || !allClean(ev, "", "") {
			t.Errorf("%s: nothing is not clean", name)
		}
	}
	if ev := NewSink(new(Matcher), "test").Event(); !allClean(ev, "some text", strings.Repeat("some text", 100)) {
		t.Error("without secrets: not clean")
	}
}

type nilSource struct{}

func (nilSource) Matcher() *Matcher { return nil }
