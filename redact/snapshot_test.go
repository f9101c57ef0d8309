package redact_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

// streamSwitch writes pieces of text, the i-th under the i-th snapshot.
func streamSwitch(t *testing.T, pieces []string, snapshots []*redact.Matcher, flush bool) string {
	t.Helper()
	var src redacttest.Switch
	var out bytes.Buffer
	w := redact.NewStreamWriter(&out, &src, redact.SinkNoCut())
	for i, p := range pieces {
		src.Set(snapshots[i])
		if _, err := w.Write([]byte(p)); err != nil {
			t.Fatal(err)
		}
		if flush {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSwitchKeepsKnown changes the snapshot at every place of a stream: a value
// that both snapshots know is redacted wherever the change falls (REDACT-14).
func TestSwitchKeepsKnown(t *testing.T) {
	known := secret("known", "kestrel-77-Moor/Lane")
	one := matcher(t, []redact.Secret{known})
	for name, other := range map[string]*redact.Matcher{
		"one more":       matcher(t, []redact.Secret{known, secret("other", "77-Moor/Lane-and-more")}),
		"many more":      matcher(t, append(many("kestrel-", 300), known)),
		"longer one":     matcher(t, []redact.Secret{known, secret("long", "kestrel-77-Moor/Lane-and-then-some")}),
		"nothing before": one,
		"by update":      updated(t, one, []redact.Secret{secret("u", "estrel-77-Moor/LaneX")}, nil),
	} {
		for _, text := range []string{
			"a kestrel-77-Moor/Lane b",
			"a kestrel-77-Moor/Lanekestrel-77-Moor/Lane b",
			"a kestrel%2d77%2dMoor%2FLane b",
			`{"a":"kestrel-77-Moor\/Lane"}`,
			"a a2VzdHJlbC03Ny1Nb29yL0xhbmU= b",
			"[REDACTED:known@v1] kestrel-77-Moor/Lane [REDACTED:known@v1]",
		} {
			for i := range len(text) + 1 {
				for _, flush := range []bool{false, true} {
					for j, pair := range [][]*redact.Matcher{{one, other}, {other, one}} {
						got := streamSwitch(t, []string{text[:i], text[i:]}, pair, flush)
						if left(got, text) {
							t.Fatalf("%s, changed after %d bytes of %q (flush %v, order %d): %q", name, i, text, flush, j, got)
						}
					}
				}
			}
		}
	}
}

// left reports whether eight bytes of the value's spelling in text are left.
func left(got, text string) bool {
	got = strings.ReplaceAll(got, "[REDACTED:known@v1]", "|")
	for _, part := range []string{"kestrel-", "estrel-7", "77-Moor/", "-Moor/La", "oor/Lane", "kestrel%2d", "%2dMoor%2F", "Moor%2FLane", `Moor\/Lane`, "a2VzdHJl", "bC03Ny1N", "b29yL0xh"} {
		if strings.Contains(text, part) && strings.Contains(got, part) {
			return true
		}
	}
	return false
}

// TestSwitchScansHeld makes a value known while its beginning is held back: what
// is held is scanned under the snapshot of the write that releases it
// (REDACT-14).
func TestSwitchScansHeld(t *testing.T) {
	old := matcher(t, []redact.Secret{secret("old", "kestrel-77-Moor/Lane")})
	both := updated(t, old, []redact.Secret{secret("new", "kestrel-77-Moss/Pond")}, nil)
	const text = "a kestrel-77-Moss/Pond b"
	for i := len("a k"); i <= len("a kestrel-77-Mo"); i++ {
		got := streamSwitch(t, []string{text[:i], text[i:]}, []*redact.Matcher{old, both}, i%2 == 0)
		if got != "a [REDACTED:new@v1] b" {
			t.Errorf("changed after %q: %q", text[:i], got)
		}
	}
}

// TestSwitchRandom changes between random snapshots at random places. A value
// that all of them know never comes out (REDACT-14).
func TestSwitchRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range cases(3000) {
		w := newWorld(t, r)
		known := w.oracle[0]
		var snapshots []*redact.Matcher
		for range 3 {
			secrets := []redact.Secret{secret("known", known.Text)}
			for range r.IntN(3) {
				secrets = append(secrets, secret(fmt.Sprint("x", r.IntN(100)), w.value(r, 8)))
			}
			snapshots = append(snapshots, matcher(t, secrets, redact.WithMinLength(4)))
		}
		text := w.letters(r, r.IntN(10)) + known.Text + w.letters(r, r.IntN(10)) + known.Text
		var pieces []string
		var order []*redact.Matcher
		for pos := 0; pos < len(text); {
			n := min(1+r.IntN(8), len(text)-pos)
			pieces = append(pieces, text[pos:pos+n])
			order = append(order, snapshots[r.IntN(3)])
			pos += n
		}
		if got := streamSwitch(t, pieces, order, r.IntN(2) == 0); strings.Contains(got, known.Text) {
			t.Fatalf("value %q\npieces %q\ngot %q", known.Text, pieces, got)
		}
	}
}

// TestSwitchToUnavailable closes a stream whose Source gives up: nothing that
// was held, and nothing that comes after, goes out (REDACT-8).
func TestSwitchToUnavailable(t *testing.T) {
	known := matcher(t, []redact.Secret{secret("known", "kestrel-77-Moor/Lane")})
	for _, down := range []*redact.Matcher{nil, redact.Closed()} {
		got := streamSwitch(t, []string{"a kestrel-77-Mo", "or/Lane and then"}, []*redact.Matcher{known, down}, true)
		for _, word := range []string{"kestrel-", "Lane", "then"} {
			if strings.Contains(got, word) {
				t.Errorf("%q came out in %q", word, got)
			}
		}
	}
}

// TestConcurrent rotates a value under readers: each event is redacted under
// one snapshot that knows the value in force (REDACT-7). It is for the race
// detector.
func TestConcurrent(t *testing.T) {
	var src redacttest.Switch
	keep := secret("keep", "kestrel-77-Moor/Lane")
	src.Set(matcher(t, []redact.Secret{keep}))
	sink := redact.NewSink(&src, "test")
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				ev := sink.Event()
				a, b := ev.String("a kestrel-77-Moor/Lane rotating-value-3 b"), ev.String("a kestrel-77-Moor/Lane rotating-value-3 b")
				if a != b || strings.Contains(a, "kestrel-") {
					t.Errorf("%q, %q", a, b)
					return
				}
			}
		})
	}
	m := src.Matcher()
	for i := range 200 {
		s := secret("rotating", fmt.Sprint("rotating-value-", i%10))
		m = updated(t, m, []redact.Secret{s}, nil)
		src.Set(m)
		m = updated(t, m, nil, []redact.Secret{s})
		src.Set(m)
	}
	close(stop)
	wg.Wait()
}

func updated(t testing.TB, m *redact.Matcher, add, remove []redact.Secret) *redact.Matcher {
	t.Helper()
	next, err := m.Update(add, remove)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return next
}

// many makes n secrets with a common prefix.
func many(prefix string, n int) []redact.Secret {
	secrets := make([]redact.Secret, n)
	for i := range secrets {
		secrets[i] = secret(fmt.Sprint("many/", i), fmt.Sprintf("%s%06d-%04x", prefix, i, uint32(i)*2654435761%65536))
	}
	return secrets
}

// TestSwitchAfterRelease changes the snapshot after Release has let the first
// bytes of a value out, and again when the value is complete and held: what
// follows those bytes stays covered (REDACT-14).
func TestSwitchAfterRelease(t *testing.T) {
	const value = "kestrel-77-Moor-and-more"
	m := matcher(t, []redact.Secret{secret("known", value)})
	// Its last byte may begin a spelling of this one.
	other := matcher(t, []redact.Secret{secret("known", value), secret("other", "zzzzzzzzzzzzz")})
	text := "x " + value + " y"
	for i := range text {
		for k := i; k < len(text); k++ {
			var src redacttest.Switch
			var out bytes.Buffer
			w := redact.NewStreamWriter(&out, &src)
			for n, part := range []string{text[:i], text[i:k], text[k:]} {
				src.Set([]*redact.Matcher{m, other, m}[n])
				w.Write([]byte(part))
				if err := w.Release(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), value[3:11]) {
				t.Fatalf("%q, %q, %q: %q", text[:i], text[i:k], text[k:], out.String())
			}
		}
	}
}
