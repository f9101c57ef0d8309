package redact

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// automatonOf builds an automaton for values in all forms.
func automatonOf(values ...string) *automaton {
	var secrets []*secret
	for _, v := range values {
		secrets = append(secrets, &secret{name: "a", value: []byte(v), min: MinMinLength})
	}
	seg, err := newSegment(&config{min: DefaultMinLength}, secrets)
	if err != nil {
		panic(err) // without guarded memory there is none
	}
	return seg.auto
}

// all returns the texts of the patterns.
func (a *automaton) all() (out [][]byte) {
	var m textMaker
	for i := range a.patterns {
		p := &a.patterns[i]
		out = append(out, bytes.Clone(m.text(&a.texts, p.src, p.code, int(p.length))))
	}
	return out
}

// The automaton is in the state that the definition says, after every byte of
// texts made of pieces of its patterns: the longest suffix that begins a pattern,
// with the next shorter one as its failure link, all patterns that end there and
// all that go on from it (REDACT-1, REDACT-21).
func TestAutomaton(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	word := func(alphabet string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	odd, nested := 0, 0
	for round := range 120 {
		alphabet := []string{"a", "ab", "aaaab", "abcdefgh0123456789", "\x00\x01", "a\n", "é~", "\xff\x00a"}[round%8]
		var values []string
		common := word(alphabet, r.IntN(100))
		for range 1 + r.IntN(6) {
			v := word(alphabet, 4+r.IntN(40))
			switch r.IntN(4) {
			case 0:
				v = common + v
			case 1:
				v += common
			case 2:
				if len(values) == 0 {
					break
				}
				other := values[r.IntN(len(values))]
				if r.IntN(2) == 0 {
					enc := base64.RawStdEncoding.EncodeToString([]byte(other))
					other = enc[:len(enc)-1] // what it alone decides
				}
				v += other
			case 3: // lines, some of which end others
				line := word(alphabet, 12)
				v = line + "\n" + line[4:] + "\n" + v
			}
			values = append(values, v)
		}
		a := automatonOf(values...)
		texts := a.all()
		if !slices.IsSortedFunc(texts, bytes.Compare) || len(slices.CompactFunc(slices.Clone(texts), bytes.Equal)) != len(texts) {
			t.Fatalf("%q: patterns out of order or twice", values)
		}
		odd += len(a.odd)
		nested += a.dict.n
		for range 5 {
			var text []byte
			for len(text) < 300 {
				p := texts[r.IntN(len(texts))]
				from := r.IntN(len(p))
				piece := p[from : from+r.IntN(len(p)-from)+1]
				if r.IntN(4) == 0 && len(p) < 150 {
					piece = p
				}
				text = append(text, piece...)
				if r.IntN(3) == 0 {
					text = append(text, alphabet[0])
				}
			}
			checkAutomaton(t, a, texts, text[:min(len(text), 600)])
			if t.Failed() {
				t.Fatalf("values %q", values)
			}
		}
	}
	if odd == 0 || nested == 0 {
		t.Errorf("%d odd stretches, %d nested patterns: the test is too easy", odd, nested)
	}
}

func checkAutomaton(t *testing.T, a *automaton, texts [][]byte, text []byte) {
	t.Helper()
	// beginning returns how many patterns begin with s, and the first.
	beginning := func(s []byte) (first, n int) {
		first, _ = slices.BinarySearchFunc(texts, s, bytes.Compare)
		for first+n < len(texts) && bytes.HasPrefix(texts[first+n], s) {
			n++
		}
		return first, n
	}
	longest := func(s []byte) int {
		for n := min(len(s), a.maxLen); n > 0; n-- {
			if _, ok := beginning(s[len(s)-n:]); ok > 0 {
				return n
			}
		}
		return 0
	}
	var p position
	for i, c := range text {
		before := p
		p = a.next(p, c)
		read := text[:i+1]
		depth := longest(read[max(0, len(read)-int(before.depth)-1):])
		if int(p.depth) != depth {
			t.Fatalf("after %q: depth %d, want %d", read, p.depth, depth)
		}
		at := read[len(read)-depth:]
		if depth > 0 {
			suffix := longest(at[1:])
			if got := a.suffix(p); int(got.depth) != suffix {
				t.Fatalf("after %q: failure link to depth %d, want %d", read, got.depth, suffix)
			}
		}
		var ends, got []int
		for n := depth; n > 0; n-- {
			if k, ok := slices.BinarySearchFunc(texts, at[depth-n:], bytes.Compare); ok {
				ends = append(ends, k)
			}
		}
		a.matches(p, func(k int) bool { got = append(got, k); return true })
		if !slices.Equal(got, ends) || a.matching(p) != (len(ends) > 0) {
			t.Fatalf("after %q: matches %v, want %v (matching: %v)", read, got, ends, a.matching(p))
		}
		if depth == 0 {
			continue
		}
		first, n := beginning(at)
		k := 0
		a.below(p, func(q *pattern) bool {
			if q != &a.patterns[first+k] {
				t.Fatalf("after %q: the wrong pattern below", read)
			}
			k++
			return true
		})
		if k != n {
			t.Fatalf("after %q: %d patterns below, want %d", read, k, n)
		}
		open := depth
		if n == 1 && len(texts[first]) == depth {
			open = longest(at[1:])
		}
		if got := a.open(p); int(got) != open {
			t.Fatalf("after %q: open %d, want %d", read, got, open)
		}
		for _, k := range ends {
			pieces, ext := false, alphabet(0)
			for _, q := range ends {
				if len(texts[q]) > len(texts[k]) {
					continue
				}
				for _, en := range a.entries[a.patterns[q].entry:][:a.patterns[q].n] {
					pieces = pieces || en.piece != 0
					if en.ext&extRight != 0 {
						ext |= en.ext
					}
				}
			}
			if q := a.patterns[k]; q.pieces != pieces || q.ext != ext {
				t.Fatalf("pattern %q: pieces %v, want %v; ext %v, want %v", texts[k], q.pieces, pieces, q.ext, ext)
			}
		}
	}
}
