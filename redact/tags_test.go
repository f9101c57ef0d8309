package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Tags are passed over wherever a stream is cut, and however much of it is in
// progress or went out long ago (REDACT-4): a stream looks for tags only where
// one may still matter.
func TestTagsInStreams(t *testing.T) {
	key := "-----BEGIN THING-----\n" + strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo3\n", 60) + "-----END THING-----"
	values := []string{"Kestrel-77-moorland-LANE", "hunter2-and-more", "named/secret@v1", key, key[:1800], "[REDACTED", "moorland-LANE]x"}
	var secrets []Secret
	for i, v := range values {
		if _, err := NewMatcher([]Secret{NewSecret("x", "v1", []byte(v))}); err != nil {
			continue // such as what is in every tag
		}
		secrets = append(secrets, NewSecret(fmt.Sprintf("named/secret-%d", i), "v1", []byte(v)))
	}
	m, err := NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(8, 9))
	tag := func() string {
		return fmt.Sprintf("[REDACTED:named/secret-%d@v1]", rng.IntN(len(values)))
	}
	piece := func() string {
		v := values[rng.IntN(len(values))]
		switch rng.IntN(12) {
		case 0:
			return tag()
		case 1:
			s := tag()
			return s[:rng.IntN(len(s))]
		case 2:
			return v
		case 3:
			return v[:rng.IntN(len(v))]
		case 4:
			return strings.Repeat("[", rng.IntN(40))
		case 5:
			return strings.Repeat("clean text, [1, 2] and so on. ", rng.IntN(120))
		case 6:
			return "[REDACTED:" + strings.Repeat("named/secret", rng.IntN(120)) // as long as no tag is
		case 7:
			return strings.ReplaceAll(v, "\n", "\n"+tag()+" ") // between its lines
		case 8:
			return "[REDACTED:named/secret-0@v1,named/secret-1@v1,named/secret-2@v1,+7]"
		case 9:
			return v[:len(v)/2] + tag() + v[len(v)/2:]
		default:
			return " "
		}
	}
	rounds := 1500
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		var b strings.Builder
		for range 1 + rng.IntN(12) {
			b.WriteString(piece())
		}
		in := []byte(b.String())
		want := string(m.Append(nil, in))
		longest := 1 + rng.IntN(3000)
		if got := split(t, m, in, func(rest int) int { return min(rest, 1+rng.IntN(longest)) }); got != want {
			t.Fatalf("%q\nwhole %q\nsplit %q", in, want, got)
		}
	}
}

// What is kept of a range is kept once, however many patterns end in it.
func TestPatternSet(t *testing.T) {
	var s patternSet
	for round := range 3 {
		for i := range uint64(40) {
			if s.has(i) {
				t.Fatalf("round %d: %d is there", round, i)
			}
			s.add(i)
			for k := range uint64(41) {
				if s.has(k) != (k <= i) {
					t.Fatalf("round %d, after %d: has(%d) is %v", round, i, k, !(k <= i))
				}
			}
		}
		s.clear()
	}
}

// What began like a tag and was a value is not left in the scanner.
func TestTagBodyIsWiped(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", "kestrel-77-Moor/Lane")
	sc := scanAll(m.engine(), []byte("[REDACTED:kestrel-77-Moor/Lane"), &zeroSinkConfig)
	body := sc.tag.body[:cap(sc.tag.body)]
	if sc.release(); len(body) == 0 || strings.Contains(string(body), "kestrel") {
		t.Errorf("left: %q", body)
	}
}
