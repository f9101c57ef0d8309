package redact

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkPaths measures the paths that are not clean text, 1,000 secrets in
// all forms.
func BenchmarkPaths(b *testing.B) {
	secrets := benchSecrets(1000)
	m, err := NewMatcher(secrets)
	if err != nil {
		b.Fatal(err)
	}
	var quoted, deep, near, all strings.Builder
	for _, l := range benchLines(500) {
		fmt.Fprintf(&quoted, `{"level":"ERROR","body":%q}`+"\n", bytes.TrimSpace(l))
	}
	for l := range strings.Lines(quoted.String()) {
		fmt.Fprintf(&deep, `{"event":%q}`+"\n", strings.TrimSpace(l))
	}
	for _, s := range secrets {
		v := s.open().value
		fmt.Fprintf(&near, "%s- ", v[:len(v)-1])
		fmt.Fprintf(&all, "%s ", v)
	}
	for _, c := range []struct {
		name, text string
		clean      bool
	}{
		{"JSON in JSON", quoted.String(), true},
		{"JSON in JSON in JSON", deep.String(), true},
		{"percent", strings.Repeat("GET /login?next=%2Fcallback%3Fstate%3D12%26redirect_uri%3Dhttps%253A%252F%252Fa.example HTTP/1.1 302\n", 500), true},
		{"entities", strings.Repeat("<error code=&quot;12&quot; at=&#34;now&#34;>failed &amp;lt;orders&amp;gt; &lt;id&gt;</error>\n", 500), true},
		{"backslashes", strings.Repeat(`\`, 1<<15), true},
		{"near misses", near.String(), true},
		{"every secret", all.String(), false},
	} {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			src := []byte(c.text)
			dst := make([]byte, 0, 2*len(src))
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				dst = m.Append(dst[:0], src)
			}
			if (string(dst) == c.text) != c.clean {
				b.Fatal("wrong")
			}
		})
	}
	var runs []Secret
	for i := range 53 {
		runs = append(runs, NewSecret(fmt.Sprint("run/", i), "v1", bytes.Repeat([]byte("a"), 8+i)))
	}
	for name, text := range map[string]string{"all": strings.Repeat("a", 1<<16), "eleven": strings.Repeat("aaaaaaaaaaab", 1<<12)} {
		b.Run("runs/"+name, func(b *testing.B) {
			m, err := NewMatcher(runs)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if m.String(text) == text {
					b.Fatal("left")
				}
			}
		})
	}
	body := bytes.Join(benchLines(2000), nil)
	for _, n := range []int{100, 4096, 1 << 20} {
		b.Run(fmt.Sprintf("stream/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			w := NewStreamWriter(io.Discard, m)
			for b.Loop() {
				for i := 0; i < len(body); i += n {
					w.Write(body[i:min(len(body), i+n)])
				}
			}
			if w.Held() > 64 {
				b.Fatal("holds too much")
			}
		})
	}
	for _, n := range []int{5, 8, 16, 40} {
		b.Run(fmt.Sprintf("short/%d", n), func(b *testing.B) {
			s := "request completed in some milliseconds then"[:n]
			for b.Loop() {
				if len(m.String(s)) != n {
					b.Fatal("changed")
				}
			}
		})
	}
}
