package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// BenchmarkAutomaton reads texts with the automaton alone: what the filter leaves
// to it on hostile input.
func BenchmarkAutomaton(b *testing.B) {
	secrets := benchSecrets(10000)
	m, err := NewMatcher(secrets)
	if err != nil {
		b.Fatal(err)
	}
	a := m.engine().segments[0].auto
	// Each value with its last byte wrong.
	var raw, b64, hexed, twice []byte
	for _, s := range secrets {
		v := bytes.Clone(s.open().value)
		v[len(v)-1] = '!'
		raw = append(raw, v...)
		b64 = append(base64.StdEncoding.AppendEncode(b64, v), ' ')
		hexed = append(hex.AppendEncode(hexed, v), ' ')
		twice = append(base64.StdEncoding.AppendEncode(twice, base64.StdEncoding.AppendEncode(nil, v)), ' ')
	}
	for _, t := range []struct {
		name string
		text []byte
	}{
		{"log", bytes.Join(benchLines(2000), nil)}, {"raw", raw}, {"base64", b64}, {"hex", hexed}, {"twice", twice},
	} {
		b.Run(t.name, func(b *testing.B) {
			b.SetBytes(int64(len(t.text)))
			for b.Loop() {
				var p position
				for _, c := range t.text {
					if p = a.next(p, c); a.matching(p) {
						b.Fatal("a match")
					}
				}
			}
		})
	}
}
