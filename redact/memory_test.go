package redact

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// 10,000 tokens in all forms take at most 40 MB, with all that belongs to them
// (REDACT-21).
func TestMemory(t *testing.T) {
	const n, limit = 10000, 40e6 / 10000
	secrets := benchSecrets(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	m, err := NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / n; got > limit {
		t.Errorf("%.0f bytes for each of %d secrets, want at most %.0f", got, n, limit)
	}
	runtime.KeepAlive(m)
}

// size is how many bytes the tables of an automaton take, without the values.
func (a *automaton) size() int {
	n := 16*len(a.heads) + len(a.flags) + 5*len(a.labels) + 24*len(a.patterns) + 12*len(a.entries) + 32*len(a.sources) + 12*len(a.dict.keys)
	for _, o := range a.odd {
		n += 32 + 10*cap(o.jumps)
	}
	for _, m := range a.marks {
		n += 4 * (cap(m[0]) + cap(m[1]))
	}
	return n
}

// The tables are within a bound for each pattern and each byte of a value,
// whatever the values have in common, with themselves or each other (REDACT-21).
func TestTablesLinear(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	token := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = stdAlphabet[r.IntN(62)]
		}
		return string(b)
	}
	each := func(n int, f func(i int) string) (out []string) {
		for i := range n {
			out = append(out, f(i))
		}
		return out
	}
	long := token(2000)
	for name, set := range map[string]func(n int) []string{
		"tokens":       func(n int) []string { return each(4*n, func(int) string { return token(32) }) },
		"one prefix":   func(n int) []string { return each(n/4, func(int) string { return long + token(32) }) },
		"one suffix":   func(n int) []string { return each(n/4, func(int) string { return token(32) + long }) },
		"runs":         func(n int) []string { return each(n, func(i int) string { return strings.Repeat("a", 8+i) }) },
		"runs, an end": func(n int) []string { return each(n, func(i int) string { return strings.Repeat("a", 8+i) + "b" }) },
		"periods": func(n int) []string {
			return each(n, func(i int) string { return strings.Repeat("xyzw", 2+i/2) + fmt.Sprint(i) })
		},
		"suffixes":      func(n int) []string { return each(n, func(i int) string { return long[len(long)-9-i:] }) },
		"long values":   func(n int) []string { return []string{token(200 * n)} },
		"one long run":  func(n int) []string { return []string{strings.Repeat("a", 200*n)} },
		"short numbers": func(n int) []string { return each(n, func(i int) string { return fmt.Sprintf("%09d", r.IntN(1e9)) }) },
		"PEM keys": func(n int) []string {
			return each(n/8, func(int) string {
				return "-----BEGIN PRIVATE KEY-----\n" + strings.Join(each(20, func(int) string { return token(64) }), "\n") + "\n-----END PRIVATE KEY-----\n"
			})
		},
		"documents": func(n int) []string {
			return each(2, func(int) string {
				doc, _ := json.Marshal(each(n, func(int) string { return token(32) }))
				return string(doc)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			bytes := 0
			values := set(128)
			for _, v := range values {
				bytes += len(v)
			}
			a := automatonOf(values...)
			size, patterns := a.size(), len(a.patterns)
			most := 100*patterns + 40*bytes
			if name == "one long run" {
				most = 300 * bytes // the last piece of a spelling ends at every byte of the others
			}
			if size > most {
				t.Errorf("tables of %d bytes for %d patterns of %d bytes of values, want at most %d", size, patterns, bytes, most)
			}
		})
	}
}
