package redacttest

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Sink carries one text through the thing under test and returns what came
// out for it, decoded: a handler that writes JSON is followed by a JSON decoder.
type Sink func(text string) string

// A NewSink returns a Sink over src. It is called once for each case, and with
// a nil Source, for which it must panic.
type NewSink func(t testing.TB, src redact.Source) Sink

// Run runs the corpus and the rules for a [redact.Source] against a sink.
func Run(t *testing.T, newSink NewSink, opts ...Option) {
	t.Helper()
	cfg := newConfig(opts)
	t.Run("corpus", func(t *testing.T) {
		for _, c := range Corpus(t) {
			t.Run(c.Title(), func(t *testing.T) {
				cfg.check(t, c)
				sink := newSink(t, c.Matcher(t))
				want := c.Want(cfg.style, !cfg.noCut)
				got := sink(c.Input)
				diff(t, c, "one text", got, want)
				diff(t, c, "the same text again", sink(c.Input), want)
				if cfg.carries(want) {
					diff(t, c, "redacted twice", sink(got), want)
				}
			})
		}
	})
	t.Run("source", func(t *testing.T) { runSource(t, newSink, cfg) })
}

// check leaves out cases that the sink cannot pass by its nature.
func (cfg *config) check(t *testing.T, c Case) {
	t.Helper()
	if why, ok := cfg.skip[c.Title()]; ok {
		t.Skip(why)
	}
	if !cfg.carries(c.Input) {
		t.Skip("the sink does not carry this text")
	}
	if c.JSON && !cfg.json {
		t.Skip("the sink does not take JSON records")
	}
}

// diff explains a failure: the case says why its rule exists.
func diff(t testing.TB, c Case, how, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	t.Errorf("%s (%s)\nwhy:   %s\ninput: %q\ngot:   %q\nwant:  %q", c.Title(), how, c.Why, c.Input, got, want)
}

// A Switch is a [redact.Source] whose matcher can be changed. It is safe for
// concurrent use. The zero Switch returns nil, as a broken Source would.
type Switch struct {
	m atomic.Pointer[redact.Matcher]
}

// Matcher implements [redact.Source].
func (s *Switch) Matcher() *redact.Matcher { return s.m.Load() }

// Set sets the matcher to return from now on.
func (s *Switch) Set(m *redact.Matcher) { s.m.Store(m) }

const (
	sourceOld = "walrus-tusk-4471-old"
	sourceNew = "gannet-nest-9038-new"
)

// runSource checks what every sink owes to its Source.
func runSource(t *testing.T, newSink NewSink, cfg *config) {
	matcher := func(t *testing.T, version, value string) *redact.Matcher {
		m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("kit/source", version, []byte(value))})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	text := "old " + sourceOld + " and new " + sourceNew + " end"
	if !cfg.carries(text) || cfg.json {
		t.Skip("the sink does not carry plain words")
	}
	t.Run("nil panics", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("a nil Source must panic where it is passed in: later it would let text out unredacted or crash an event")
			}
		}()
		newSink(t, nil)
	})
	t.Run("followed", func(t *testing.T) {
		var src Switch
		src.Set(matcher(t, "v1", sourceOld))
		sink := newSink(t, &src)
		want := "old " + tag("kit/source@v1", cfg.style) + " and new " + sourceNew + " end"
		if got := sink(text); got != want {
			t.Errorf("first snapshot: got %q, want %q", got, want)
		}
		src.Set(matcher(t, "v2", sourceNew))
		want = "old " + sourceOld + " and new " + tag("kit/source@v2", cfg.style) + " end"
		if got := sink(text); got != want {
			t.Errorf("a Source is loaded for every event: got %q, want %q", got, want)
		}
	})
	for name, m := range map[string]*redact.Matcher{"returns nil": nil, "closed": redact.Closed()} {
		t.Run(name, func(t *testing.T) {
			var src Switch
			src.Set(m)
			sink := newSink(t, &src)
			got := sink(text)
			for _, word := range []string{sourceOld, sourceNew, "old", "end"} {
				if strings.Contains(got, word) {
					t.Errorf("an unavailable Source must fail closed: %q came out in %q", word, got)
				}
			}
		})
	}
}
