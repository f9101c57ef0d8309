package tree

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module  = "github.com/seed-00b494d3/tagout"
	version = "v0.0.1"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A program that imports the engine alone downloads this module and no other:
// its go.sum has our lines only. The tree is served as a module proxy would,
// and nothing else is, so that any further need fails.
func TestImporterOfTheEngineNeedsNoOtherModule(t *testing.T) {
	if testing.Short() {
		t.Skip("packs the whole tree")
	}
	proxy := pack(t, root(t))
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.test/user\n\ngo 1.26\n\nrequire "+module+" "+version+"\n")
	write(t, dir, "main.go", `package main

import (
	"fmt"

	"`+module+`/redact"
)

func main() {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db/password", "v1", []byte("correct horse battery"))})
	if err != nil {
		panic(err)
	}
	fmt.Println(m.String("password=correct horse battery;"))
}
`)
	env := append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy), "GONOSUMDB=*", "GOSUMDB=off", "GOWORK=off", "GOFLAGS=-modcacherw",
		"GOMODCACHE="+t.TempDir(), "GOTOOLCHAIN=local")
	run := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("mod", "tidy")
	if got, want := run("run", "."), "password=[REDACTED:db/password@v1];\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sum)) {
		if !strings.HasPrefix(line, module+" ") {
			t.Errorf("go.sum has a line of another module: %s", line)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pack lays the root module out as a file system proxy.
func pack(t *testing.T, root string) string {
	t.Helper()
	proxy := t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, at, version+".mod", string(mod))
	write(t, at, version+".info", fmt.Sprintf(`{"Version":%q}`, version))
	f, err := os.Create(filepath.Join(at, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "dist" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil && rel != "." {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if !d.Type().IsRegular() || filepath.Ext(p) != ".go" && filepath.Ext(p) != ".s" && d.Name() != "go.mod" && d.Name() != "LICENSE" {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		w, err := z.Create(module + "@" + version + "/" + filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return proxy
}
