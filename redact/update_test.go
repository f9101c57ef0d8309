package redact_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

// TestUpdate compares snapshots that were made by changes with those made at
// once (REDACT-12).
func TestUpdate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range cases(2000) {
		w := newWorld(t, r)
		v := newWorld(t, r)
		v.alphabet = w.alphabet
		m := w.m
		old := m
		oracle := slices.Clone(w.oracle)
		live := slices.Clone(w.secrets)
		var steps []string
		for i := range 1 + r.IntN(6) {
			if len(live) > 0 && r.IntN(2) == 0 {
				j := r.IntN(len(live))
				steps = append(steps, "-"+oracle[j].Name)
				next, err := m.Update(nil, live[j:j+1])
				if err != nil {
					t.Fatal(err)
				}
				m, live, oracle = next, slices.Delete(live, j, j+1), slices.Delete(oracle, j, j+1)
				continue
			}
			s := w.oracle[0]
			s.Name, s.Text = "M"+string(rune('0'+i)), v.value(r, 8)
			if slices.ContainsFunc(oracle, func(o redacttest.Spelling) bool { return o.Text == s.Text }) {
				continue
			}
			steps = append(steps, "+"+s.Name+" "+s.Text)
			added := redact.NewSecret(s.Name, s.Version, []byte(s.Text))
			next, err := m.Update([]redact.Secret{added}, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, live, oracle = next, append(live, added), append(oracle, s)
		}
		if m.Len() != len(oracle) {
			t.Fatalf("Len %d, want %d", m.Len(), len(oracle))
		}
		after := &world{alphabet: w.alphabet, oracle: oracle, m: m, event: redact.NewSink(m, "test", redact.SinkNoCut()).Event()}
		for range 10 {
			if t.Failed() {
				t.Fatalf("from %q by %q", w.oracle, steps)
			}
			text := w.text(r, r.IntN(60))
			for _, s := range oracle {
				text += part(r, s.Text) + s.Text
			}
			checkWorld(t, after, text, r)
			checkWorld(t, &world{oracle: w.oracle, m: old, event: w.event}, text, r)
		}
	}
}
