package redact

import (
	"fmt"
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
