package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
)

// After many changes, with merges in the background put in place on the way, the
// matcher knows exactly the secrets that it should, in few segments.
func TestManyChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		value := func(i, v int) string { return fmt.Sprintf("value-%d-of-%d-kestrel", v, i) }
		const n = 60
		var m *Matcher
		current := make([]Secret, n)
		for i := range current {
			current[i] = NewSecret(fmt.Sprint("s/", i), "v0", []byte(value(i, 0)))
		}
		m, err := NewMatcher(current)
		if err != nil {
			t.Fatal(err)
		}
		version := make([]int, n)
		for round := range 300 {
			i := round * 7 % n
			version[i]++
			fresh := NewSecret(fmt.Sprint("s/", i), fmt.Sprint("v", version[i]), []byte(value(i, version[i])))
			if m, err = m.Update([]Secret{fresh}, []Secret{current[i]}); err != nil {
				t.Fatal(err)
			}
			current[i] = fresh
			if round%3 == 0 {
				synctest.Wait() // a merge ends between two changes, or it does not
			}
			if k := len(m.engine().segments); k > maxSegments {
				t.Fatalf("round %d: %d segments", round, k)
			}
			if m.Len() != n {
				t.Fatalf("round %d: %d secrets", round, m.Len())
			}
		}
		var text, want strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "<%s><%s>", value(i, version[i]), value(i, version[i]-1))
			fmt.Fprintf(&want, "<[REDACTED:s/%d@v%d]><%s>", i, version[i], value(i, version[i]-1))
		}
		if got := m.String(text.String()); got != want.String() {
			t.Errorf("got  %q\nwant %q", got, want.String())
		}
	})
}

func numbered(from, n int) (out []Secret) {
	for i := from; i < from+n; i++ {
		out = append(out, NewSecret(fmt.Sprint("s", i), "v1", []byte(fmt.Sprintf("value-%d-kestrel-moor", i))))
	}
	return
}

// A merge that a snapshot without some secrets has started does not take them
// from another that has them (REDACT-12).
func TestDivergentUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		must := func(m *Matcher, err error) *Matcher {
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		s := numbered(0, 130)
		base := must(NewMatcher(s[:100]))
		base = must(base.Update(s[100:120], nil))
		base = must(base.Update(s[120:124], nil))
		synctest.Wait()
		a := must(base.Update(nil, s[100:105]))
		synctest.Wait()
		_ = a
		b := must(base.Update(s[125:126], nil)) // knows s100..s104 still
		for i := 0; i < 124; i++ {
			v := fmt.Sprintf("value-%d-kestrel-moor", i)
			if got := b.String(v); strings.Contains(got, "kestrel") {
				t.Errorf("lost s%d: %q (Len %d)", i, got, b.Len())
			}
		}
	})
}

// A secret that was removed and added again is known after merges too (REDACT-12).
func TestRemovedAndAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		must := func(m *Matcher, err error) *Matcher {
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		s := numbered(0, 400)
		x := s[0]
		m := must(NewMatcher(s[:30]))
		m = must(m.Update(nil, []Secret{x}))
		m = must(m.Update(append([]Secret{x}, s[30:40]...), nil))
		lost := func(at string) {
			if got := m.String("value-0-kestrel-moor"); strings.Contains(got, "kestrel") {
				t.Fatalf("%s: lost: %q, Len %d", at, got, m.Len())
			}
		}
		lost("added")
		m = must(m.Update(s[40:50], nil))
		synctest.Wait()
		for i := 50; i < 80; i++ {
			m = must(m.Update(s[i:i+1], nil))
			synctest.Wait()
			lost(fmt.Sprint("after ", i))
		}
	})
}

// Updates of any earlier matcher, with merges that end or do not end between
// them: each matcher knows what it should (REDACT-12).
func TestTreeOfUpdates(t *testing.T) {
	for round := range 15 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(round), 3))
			all := numbered(0, 150)
			type node struct {
				m   *Matcher
				set map[int]bool
			}
			m, _ := NewMatcher(nil)
			nodes := []node{{m, map[int]bool{}}}
			for step := range 150 {
				n := nodes[max(0, len(nodes)-1-r.IntN(4))]
				set := map[int]bool{}
				for k := range n.set {
					set[k] = true
				}
				var add, rm []Secret
				size := []int{1, 1, 2, 12, 40}[r.IntN(5)]
				for range size {
					k := r.IntN(150)
					if set[k] != n.set[k] {
						continue
					}
					if set[k] {
						if r.IntN(2) == 0 {
							rm = append(rm, all[k])
							delete(set, k)
						}
					} else if n.set[k] == false {
						add = append(add, all[k])
						set[k] = true
					}
				}
				next, err := n.m.Update(add, rm)
				if err != nil {
					t.Fatal(err)
				}
				nodes = append(nodes, node{next, set})
				if r.IntN(2) == 0 {
					synctest.Wait()
				}
				if next.Len() != len(set) {
					t.Errorf("round %d step %d: Len %d want %d", round, step, next.Len(), len(set))
				}
				for k := range 150 {
					v := fmt.Sprintf("value-%d-kestrel-moor", k)
					if (next.String(v) != v) != set[k] {
						t.Fatalf("round %d step %d: %d: want %t, got %q", round, step, k, set[k], next.String(v))
					}
				}
			}
		})
	}
}

// A name that spells a value is hidden, whichever of the two comes first.
func TestNameSpellsValue(t *testing.T) {
	v := []byte("kestrel-77-Moor/Lane")
	a, b := NewSecret(fmt.Sprintf("x/%x", v), "v1", []byte("other-value-99")), NewSecret("b", "v1", v)
	at, err := NewMatcher([]Secret{a, b})
	if err != nil {
		t.Fatal(err)
	}
	before, err := NewMatcher([]Secret{a})
	if err != nil {
		t.Fatal(err)
	}
	after, err := before.Update([]Secret{b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "[REDACTED:id-1]"
	if x, y := at.String("other-value-99"), after.String("other-value-99"); x != want || y != want {
		t.Errorf("at once %q, by Update %q, want %q", x, y, want)
	}
}
