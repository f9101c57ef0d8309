package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

func mustMatcher(t testing.TB, opts []Option, kv ...string) *Matcher {
	t.Helper()
	var s []Secret
	for i := 0; i < len(kv); i += 2 {
		name, ver, _ := strings.Cut(kv[i], "@")
		s = append(s, NewSecret(name, ver, []byte(kv[i+1])))
	}
	m, err := NewMatcher(s, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func split(t testing.TB, m *Matcher, in []byte, cuts func(rest int) int) string {
	var out bytes.Buffer
	w := NewStreamWriter(&out, m)
	for len(in) > 0 {
		n := cuts(len(in))
		if _, err := w.Write(in[:n]); err != nil {
			t.Fatal(err)
		}
		in = in[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestQuick(t *testing.T) {
	const v = `p"a&ss<w/o+r%d \é's41`
	m := mustMatcher(t, nil, "payments/db/password@v7", v)
	j, _ := json.Marshal(map[string]string{"k": "x" + v + "y"})
	jj, _ := json.Marshal(string(j))
	jjj, _ := json.Marshal(string(jj))
	forms := map[string]string{
		"raw": v, "json": string(j), "json2": string(jj), "json3": string(jjj),
		"q": fmt.Sprintf("%q", v), "+q": fmt.Sprintf("%+q", v), "x": fmt.Sprintf("%x", v), "X": fmt.Sprintf("%X", v), "% x": fmt.Sprintf("% x", v),
		"v": fmt.Sprintf("%v", []byte(v)), "#v": fmt.Sprintf("%#v", []byte(v)),
		"query": url.QueryEscape(v), "path": url.PathEscape(v), "query2": url.QueryEscape(url.QueryEscape(v)),
		"b64": base64.StdEncoding.EncodeToString([]byte("user:" + v)), "b64b": base64.StdEncoding.EncodeToString([]byte("us:" + v + "xyz")),
		"b64url": base64.URLEncoding.EncodeToString([]byte("u:" + v + "\n")), "dump": hex.Dump([]byte("abc" + v + "def")),
		"userinfo": url.UserPassword("u", v).String(),
	}
	for name, f := range forms {
		got := m.String(f)
		t.Logf("%-8s %q", name, got)
		if !strings.Contains(got, "[REDACTED:payments/db/password@v7]") {
			t.Errorf("%s: not found in %q", name, f)
		}
		if again := m.String(got); again != got {
			t.Errorf("%s: not idempotent: %q %q", name, got, again)
		}
		for _, k := range []int{1, 2, 3, 7} {
			if s := split(t, m, []byte(f), func(r int) int { return min(r, k) }); s != got {
				t.Errorf("%s: split %d: %q, one write %q", name, k, s, got)
			}
		}
	}
}

func TestOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		alpha := "ab"
		if i%3 == 0 {
			alpha = "abcX"
		}
		word := func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = alpha[rng.IntN(len(alpha))]
			}
			return string(b)
		}
		n := 1 + rng.IntN(5)
		var vals []string
		var secrets []Secret
		for k := range n {
			v := word(8 + rng.IntN(8))
			vals = append(vals, v)
			secrets = append(secrets, NewSecret(fmt.Sprintf("s%d", k), "", []byte(v)))
		}
		m, err := NewMatcher(secrets)
		if err != nil {
			t.Fatal(err)
		}
		text := word(rng.IntN(60))
		for range rng.IntN(4) {
			text += vals[rng.IntN(n)] + word(rng.IntN(4))
		}
		covered := make([]bool, len(text))
		for _, v := range vals {
			for j := 0; j+len(v) <= len(text); j++ {
				if text[j:j+len(v)] == v {
					for x := j; x < j+len(v); x++ {
						covered[x] = true
					}
				}
			}
		}
		text += "-" // no cut
		covered = append(covered, false)
		want := ""
		got := m.String(text)
		for j := 0; j < len(text); j++ {
			if !covered[j] {
				want += text[j : j+1]
			} else if j == 0 || !covered[j-1] {
				want += "#"
			}
		}
		norm := got
		for {
			a := strings.Index(norm, "[REDACTED:")
			if a < 0 {
				break
			}
			z := strings.Index(norm[a:], "]")
			norm = norm[:a] + "#" + norm[a+z+1:]
		}
		norm = strings.ReplaceAll(norm, "##", "#")
		norm = strings.ReplaceAll(norm, "##", "#")
		if norm != want {
			t.Fatalf("values %q text %q got %q want %q", vals, text, got, want)
		}
		if s := split(t, m, []byte(text), func(r int) int { return 1 + rng.IntN(min(r, 5)) }); s != got {
			t.Fatalf("values %q text %q split %q one %q", vals, text, s, got)
		}
		if again := m.String(got); again != got {
			t.Fatalf("values %q text %q not idempotent %q -> %q", vals, text, got, again)
		}
	}
}
