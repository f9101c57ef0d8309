package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A filter over the first bytes of patterns sometimes says yes to others. A yes
// between the first byte of a value and an escape in it must not lose that byte.
func TestFalseHeadBeforeEscape(t *testing.T) {
	const value = "vyG<6Qc99XxZdz"
	spellings := []string{"vyG%3C6Qc99XxZdz", "vyG&lt;6Qc99XxZdz", `vyG\u003c6Qc99XxZdz`, `v\x79G<6Qc99XxZdz`, "vy%47<6Qc99XxZdz"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 { // other sets, other hashes
		other := fmt.Sprintf("%x", r.Uint64())
		m, err := NewMatcher([]Secret{NewSecret("a", "v1", []byte(value)), NewSecret("b", "v1", []byte(other))})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spellings {
			if got := m.String("x=" + s + ";"); !strings.Contains(got, "[REDACTED:a@v1]") {
				t.Fatalf("beside %q: %q is left as %q", other, s, got)
			}
		}
	}
}
