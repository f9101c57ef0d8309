package redact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// TestManyUpdates adds secrets one at a time, as a registry does, and takes some
// away: all that are left are found (REDACT-12).
func TestManyUpdates(t *testing.T) {
	m := matcher(t, nil)
	n := cases(1500)
	secrets := many("", n)
	for _, s := range secrets {
		m = updated(t, m, []redact.Secret{s}, nil)
	}
	for i := 0; i < n; i += 3 {
		m = updated(t, m, nil, secrets[i:i+1])
	}
	if want := n - (n+2)/3; m.Len() != want {
		t.Errorf("Len %d, want %d", m.Len(), want)
	}
	values := hostileValues("", n)
	for i, v := range values {
		got, want := m.String("<"+v+">"), fmt.Sprintf("<[REDACTED:many/%d@v1]>", i)
		if i%3 == 0 {
			want = "<" + v + ">"
		}
		if got != want {
			t.Fatalf("%s: %q, want %q", v, got, want)
		}
	}
}

// TestSharedValue registers one value under two names: both are named, and the
// value stays covered until both are gone (REDACT-1, REDACT-12).
func TestSharedValue(t *testing.T) {
	a, b := secret("a", "kestrel-77-Moor"), secret("b", "kestrel-77-Moor")
	m := matcher(t, []redact.Secret{a, b})
	steps := []struct {
		remove []redact.Secret
		want   string
	}{
		{nil, "<[REDACTED:a@v1,b@v1]>"},
		{[]redact.Secret{a}, "<[REDACTED:b@v1]>"},
		{[]redact.Secret{a, redact.NewSecret("b", "v1", []byte("kestrel-77-Moor"))}, "<[REDACTED:b@v1]>"}, // told by identity
		{[]redact.Secret{b}, "<kestrel-77-Moor>"},
	}
	for i, s := range steps {
		m = updated(t, m, nil, s.remove)
		if got := m.String("<kestrel-77-Moor>"); got != s.want {
			t.Errorf("step %d: %q, want %q", i, got, s.want)
		}
	}
	again := updated(t, m, []redact.Secret{b}, nil)
	if got := again.String("kestrel-77-Moor"); got != "[REDACTED:b@v1]" {
		t.Errorf("back again: %q", got)
	}
}

// TestLongValues takes values up to the limit, in one text and in pieces.
func TestLongValues(t *testing.T) {
	sizes := []int{100, 5_000, 70_000, redact.MaxLength}
	if testing.Short() || raceEnabled {
		sizes = sizes[:3]
	}
	r := rand.New(rand.NewPCG(21, 22))
	for _, n := range sizes {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		value := base64.StdEncoding.EncodeToString(b)[:n]
		m := matcher(t, []redact.Secret{secret("long", value)})
		text := strings.Repeat("some text ", 100) + value + "." + hex.EncodeToString([]byte(value)) + "\n"
		want := m.Append(nil, []byte(text))
		if got := string(want[1000:]); got != "[REDACTED:long@v1].[REDACTED:long@v1]\n" {
			t.Errorf("%d bytes: %.200q", n, got)
		}
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, m)
		for pos := 0; pos < len(text); pos += 4096 {
			w.Write([]byte(text[pos:min(pos+4096, len(text))]))
		}
		w.Close()
		if !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%d bytes: the stream differs", n)
		}
	}
}

// TestWithoutForms switches forms off: theirs are left, raw is not.
func TestWithoutForms(t *testing.T) {
	const value = "kestrel 77/Moor"
	spelled := map[redact.Form]string{
		redact.FormHex:    hex.EncodeToString([]byte(value)),
		redact.FormBase64: base64.StdEncoding.EncodeToString([]byte(value)),
	}
	for form, text := range spelled {
		on, off := matcher(t, []redact.Secret{secret("a", value)}), matcher(t, []redact.Secret{secret("a", value)}, redact.WithoutForms(form))
		if on.String(text) == text || off.String(text) != text {
			t.Errorf("%s: on %q, off %q", form, on.String(text), off.String(text))
		}
	}
	none := matcher(t, []redact.Secret{secret("a", value)}, redact.WithoutForms(redact.Forms()...))
	for _, text := range []string{value, url.QueryEscape(value)} {
		if got := none.String(text); got != "[REDACTED:a@v1]" && text == value {
			t.Errorf("raw was switched off: %q", got)
		}
	}
}

// TestForms: the names are fixed, and Find reports no other.
func TestForms(t *testing.T) {
	forms := redact.Forms()
	if len(forms) == 0 || forms[0] != redact.FormRaw {
		t.Fatalf("%v", forms)
	}
	forms[0] = "changed"
	if redact.Forms()[0] != redact.FormRaw {
		t.Error("Forms shares its memory")
	}
	known := map[redact.Form]bool{}
	for _, f := range redact.Forms() {
		known[f] = true
	}
	m := matcher(t, []redact.Secret{secret("a", "kestrel 77/Moor")})
	for x := range m.Find([]byte("kestrel 77/Moor kestrel%2077%2FMoor a2VzdHJlbCA3Ny9Nb29y kestrel+77%2FMoor")) {
		base, _, _ := strings.Cut(string(x.Form), "+")
		if !known[redact.Form(base)] {
			t.Errorf("form %q is not on the list", x.Form)
		}
	}
}

// TestParallel shares one matcher among goroutines that redact different texts:
// what is pooled must not mix.
func TestParallel(t *testing.T) {
	m := matcher(t, many("", 200))
	values := hostileValues("", 200)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 23))
			for range cases(2000) {
				i, j := r.IntN(200), r.IntN(200)
				pad := strings.Repeat("x", r.IntN(100))
				text := pad + values[i] + pad + url.PathEscape(values[j]+"/") + pad
				want := fmt.Sprintf("%s[REDACTED:many/%d@v1]%s[REDACTED:many/%d@v1]%%2F%s", pad, i, pad, j, pad)
				if i == j {
					continue
				}
				if got := m.String(text); got != want {
					t.Errorf("%q\ngot  %q\nwant %q", text, got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}
