package file_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/file"
	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dir string) *file.Provider {
	p, err := file.New(dir, file.WithPoll(50*time.Millisecond), file.WithDebounce(5*time.Millisecond))
	must(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// mount writes fields as the kubelet does: a new directory, and one rename of
// the link that points to it.
func mount(t testing.TB, dir string, n int, fields map[string]string) {
	gen := fmt.Sprintf("..gen_%d", n)
	must(t, os.MkdirAll(filepath.Join(dir, gen), 0o700))
	for k, v := range fields {
		must(t, os.WriteFile(filepath.Join(dir, gen, k), []byte(v), 0o600))
		if _, err := os.Lstat(filepath.Join(dir, k)); err != nil {
			must(t, os.Symlink(filepath.Join("..data", k), filepath.Join(dir, k)))
		}
	}
	old, _ := os.Readlink(filepath.Join(dir, "..data"))
	tmp := filepath.Join(dir, "..data_tmp")
	os.Remove(tmp)
	must(t, os.Symlink(gen, tmp))
	must(t, os.Rename(tmp, filepath.Join(dir, "..data")))
	if old != "" && old != gen {
		must(t, os.RemoveAll(filepath.Join(dir, old)))
	}
}

func TestConformance(t *testing.T) {
	t.Run("mount", func(t *testing.T) {
		providertest.Run(t, func(t *testing.T) *providertest.Backend {
			dir := t.TempDir()
			n := 0
			return &providertest.Backend{
				Provider: open(t, dir), NoVersions: true,
				Set: func(t testing.TB, path string, f map[string]string) {
					n++
					full := filepath.Join(dir, path)
					must(t, os.MkdirAll(full, 0o700))
					mount(t, full, n, f)
				},
				Delete: func(t testing.TB, path string) { must(t, os.RemoveAll(filepath.Join(dir, path))) },
			}
		})
	})
	t.Run("json", func(t *testing.T) {
		providertest.Run(t, func(t *testing.T) *providertest.Backend {
			dir := t.TempDir()
			write := func(t testing.TB, path string, data []byte) {
				full := filepath.Join(dir, path+".json")
				must(t, os.MkdirAll(filepath.Dir(full), 0o700))
				must(t, os.WriteFile(full+".tmp", data, 0o600))
				must(t, os.Rename(full+".tmp", full))
			}
			var good []byte
			return &providertest.Backend{
				Provider: open(t, dir), NoVersions: true,
				Set: func(t testing.TB, path string, f map[string]string) {
					good, _ = json.Marshal(f)
					write(t, path, good)
				},
				Delete: func(t testing.TB, path string) { must(t, os.Remove(filepath.Join(dir, path+".json"))) },
				Break: func(t testing.TB, f providertest.Fault) bool {
					data, ok := map[providertest.Fault][]byte{
						providertest.FaultNone:      good,
						providertest.FaultTruncated: good[:max(0, len(good)-5)],
						providertest.FaultGarbage:   []byte(`{"a": ` + providertest.Canary),
						providertest.FaultEmpty:     []byte(`{}`),
					}[f]
					if ok {
						write(t, "conformance/db", data)
					}
					return ok
				},
			}
		})
	})
}

func TestFormats(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml":      "password: 'hunter2-hunter2'\nnested:\n  token: abc\nport: 5432\n",
		"b.env":       "# comment\nexport A=one two # not this\nB='it''s'\nC=\"x\\ny\\\"z\nsecond line\"\nD=\n\nE=last",
		"c":           "plain text\n",
		"sub/d.json":  `{"n": 12345678901234567890, "list": ["x"], "none": null}`,
		"bad.env":     "A=1\nsecret text without sign\n",
		"open.env":    "A=1\nB=\"never closed\n",
		"broken.yaml": "a: [unclosed canary-value\n",
	} {
		full := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(full), 0o700))
		must(t, os.WriteFile(full, []byte(text), 0o600))
	}
	p := open(t, dir)
	for path, want := range map[string]string{
		"a":      `map[nested:{"token":"abc"} password:hunter2-hunter2 port:5432]`,
		"a.yaml": `map[nested:{"token":"abc"} password:hunter2-hunter2 port:5432]`,
		"b":      "map[A:one two B:it C:x\ny\"z\nsecond line E:last]",
		"c":      "map[value:plain text\n]",
		"sub/d":  `map[list:["x"] n:12345678901234567890]`,
	} {
		got, err := p.Fetch(t.Context(), path)
		must(t, err)
		m := map[string]string{}
		for _, n := range got.Names() {
			m[n], _ = got.Field(n)
		}
		if fmt.Sprint(m) != want {
			t.Errorf("%s: %q, want %q", path, fmt.Sprint(m), want)
		}
	}
	for path, class := range map[string]secretsregistry.Class{
		"bad": secretsregistry.ClassMalformed, "open": secretsregistry.ClassMalformed, "broken": secretsregistry.ClassMalformed,
		"none": secretsregistry.ClassNotFound, "../etc/passwd": secretsregistry.ClassNotFound,
	} {
		_, err := p.Fetch(t.Context(), path)
		if secretsregistry.ClassOf(err) != class || strings.Contains(fmt.Sprint(err), "secret text") || strings.Contains(fmt.Sprint(err), "canary") {
			t.Errorf("%s: %v", path, err)
		}
	}
	must(t, os.Symlink("/etc", filepath.Join(dir, "out")))
	if _, err := p.Fetch(t.Context(), "out/hostname"); err == nil {
		t.Error("a link out of the root was followed")
	}
}

// 52: pairs of keys are never torn over many swaps.
func TestNoTornReads(t *testing.T) {
	dir := t.TempDir()
	pair := func(n int) map[string]string {
		return map[string]string{"username": fmt.Sprint("user-", n), "password": fmt.Sprint("user-", n)}
	}
	mount(t, dir, 0, pair(0))
	p := open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			got, err := p.Fetch(t.Context(), "")
			if err != nil {
				t.Error(err)
				break
			}
			u, _ := got.Field("username")
			pw, _ := got.Field("password")
			if u != pw || u == "" {
				t.Errorf("torn: %q and %q", u, pw)
			}
		}
		done <- n
	}()
	for n := 1; n <= 2000; n++ {
		mount(t, dir, n, pair(n))
	}
	cancel()
	t.Logf("%d reads during 2000 swaps", <-done)
}

// 52: a directory's second and third rotation are seen.
func TestWatchOfCache(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, 1, map[string]string{"password": "generation-1"})
	p := open(t, dir)
	reg := secretsregistry.New()
	c := secretsregistry.NewCache(p, reg)
	defer c.Close()
	rotated := make(chan string, 10)
	c.OnRotate("", func(_, new *secretsregistry.Value) { v, _ := new.Field("password"); rotated <- v })
	must(t, c.Start(t.Context(), ""))
	for n := 2; n < 5; n++ {
		want := fmt.Sprint("generation-", n)
		mount(t, dir, n, map[string]string{"password": want})
		select {
		case got := <-rotated:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("rotation %d was not seen", n)
		}
	}
}

// 52: a file that is written in place, in two parts, is never read in between,
// by whoever asks and whenever.
func TestPartialWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "password")
	must(t, os.MkdirAll(filepath.Join(dir, "dir"), 0o700))
	p, err := file.New(dir, file.WithPoll(10*time.Millisecond), file.WithDebounce(time.Second))
	must(t, err)
	defer p.Close()
	for name, path := range map[string]string{"password": path, "dir": filepath.Join(dir, "dir", "value")} {
		f, err := os.Create(path)
		must(t, err)
		f.WriteString("the-first-part-")
		got := make(chan string, 1)
		go func() {
			p, err := p.Fetch(t.Context(), name)
			if err != nil {
				t.Error(err)
			}
			v, _ := p.Field("value")
			got <- v
		}()
		select {
		case v := <-got:
			t.Fatalf("%s: read %q while it was written", name, v)
		case <-time.After(20 * time.Millisecond):
		}
		f.WriteString("and-the-second")
		must(t, f.Close())
		if v := <-got; v != "the-first-part-and-the-second" {
			t.Errorf("%s: %q", name, v)
		}
	}
	// Through a cache that is told of every event.
	reg := secretsregistry.New()
	c := secretsregistry.NewCache(p, reg)
	defer c.Close()
	rotated := make(chan string, 10)
	c.OnRotate("password", func(_, new *secretsregistry.Value) { v, _ := new.Field("value"); rotated <- v })
	must(t, c.Start(t.Context(), "password"))
	for n := range 3 {
		f, err := os.Create(path) // empty for a moment
		must(t, err)
		want := ""
		for part := range 4 {
			s := fmt.Sprintf("part-%d-of-%d;", part, n)
			f.WriteString(s)
			want += s
			select {
			case v := <-rotated:
				t.Fatalf("told of %q while it was written", v)
			case <-time.After(20 * time.Millisecond):
			}
		}
		must(t, f.Close())
		select {
		case v := <-rotated:
			if v != want {
				t.Errorf("told of %q, want %q", v, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the change was not seen")
		}
	}
}

// 52: a file that changes without an event in its directory, as one that is
// bound into a container by subPath, is found by looking. A hard link is such a
// file: events come where it is written.
func TestNoEvents(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	source := filepath.Join(elsewhere, "password")
	must(t, os.WriteFile(source, []byte("generation-1"), 0o600))
	if err := os.Link(source, filepath.Join(dir, "password")); err != nil {
		t.Skip("no hard links here: ", err)
	}
	p := open(t, dir)
	reg := secretsregistry.New()
	c := secretsregistry.NewCache(p, reg)
	defer c.Close()
	rotated := make(chan string, 10)
	c.OnRotate("password", func(_, new *secretsregistry.Value) { v, _ := new.Field("value"); rotated <- v })
	must(t, c.Start(t.Context(), "password"))
	for n := 2; n < 5; n++ {
		want := fmt.Sprint("generation-", n)
		f, err := os.OpenFile(source, os.O_WRONLY|os.O_TRUNC, 0)
		must(t, err)
		f.WriteString(want)
		must(t, f.Close())
		select {
		case got := <-rotated:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("change %d was not seen", n)
		}
	}
}
