package tagout_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/seed-00b494d3/tagout"

// adapters import redact and keyrules and nothing else of ours.
var adapters = []string{"slogredact", "zapredact", "zerologredact", "httpmw", "otelproc"}

// A file is what the rules look at.
type file struct {
	name    string // slash-separated, from the root
	test    bool
	imports []string
}

func (f file) in(dir string) bool { return strings.HasPrefix(f.name, dir+"/") }

// rules name a forbidden import by returning why.
var rules = []struct {
	name  string
	check func(f file, imp string) (why string)
}{
	{"redact imports the standard library only", func(f file, imp string) string {
		if f.in("redact") && !standard(imp) && !within(imp, module+"/redact") {
			return "whoever imports redact must get no other line in go.sum, tests included"
		}
		return ""
	}},
	{"redact does not import its kit", func(f file, imp string) string {
		if f.in("redact") && !f.in("redact/redacttest") && !f.test && within(imp, module+"/redact/redacttest") {
			return "the kit imports testing"
		}
		return ""
	}},
	{"adapters import redact and keyrules alone", func(f file, imp string) string {
		for _, a := range adapters {
			// The Collector component is the one place where an adapter and the
			// registry meet: a Collector process is configured, not programmed.
			if !f.in(a) || f.test || f.in("otelproc/collector") {
				continue
			}
			ours := within(imp, module)
			if ours && !within(imp, module+"/redact") && !within(imp, module+"/keyrules") && !within(imp, module+"/"+a) {
				return "an adapter depends on the text engine and on nothing that feeds it"
			}
		}
		return ""
	}},
	{"keyrules imports nothing of ours", func(f file, imp string) string {
		if f.in("keyrules") && !f.test && within(imp, module) && !within(imp, module+"/keyrules") {
			return "key names have nothing to do with values"
		}
		return ""
	}},
	{"the registry does not import adapters", func(f file, imp string) string {
		for _, a := range adapters {
			if f.in("secretsregistry") && !f.test && within(imp, module+"/"+a) {
				return "data flows one way"
			}
		}
		return ""
	}},
	{"testing is for tests and for packages named so", func(f file, imp string) string {
		if within(imp, "testing") && !f.test && !strings.HasSuffix(path.Dir(f.name), "test") && !f.in("bench") {
			return "it registers flags in whatever program links it"
		}
		return ""
	}},
}

func TestArchitecture(t *testing.T) {
	files := source(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range files {
				for _, imp := range f.imports {
					if why := r.check(f, imp); why != "" {
						t.Errorf("%s imports %s: %s", f.name, imp, why)
					}
				}
			}
		})
	}
}

// TestRulesBite feeds every rule a file that breaks it.
func TestRulesBite(t *testing.T) {
	broken := []struct {
		file file
		imp  string
	}{
		{file{name: "redact/x.go"}, "golang.org/x/text"},
		{file{name: "redact/x.go"}, module + "/redact/redacttest"},
		{file{name: "slogredact/x.go"}, module + "/secretsregistry"},
		{file{name: "keyrules/x.go"}, module + "/redact"},
		{file{name: "secretsregistry/x.go"}, module + "/httpmw"},
		{file{name: "httpmw/x.go"}, "testing"},
	}
	for i, b := range broken {
		if rules[i].check(b.file, b.imp) == "" {
			t.Errorf("%s: %s may import %s", rules[i].name, b.file.name, b.imp)
		}
	}
}

// source reads the imports of every Go file of every module of the repository.
func source(t *testing.T) []file {
	var files []file
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "vendor" || base != "." && strings.HasPrefix(base, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := file{name: filepath.ToSlash(name), test: strings.HasSuffix(name, "_test.go")}
		for _, spec := range tree.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imp)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: not run from the root of the repository", len(files))
	}
	return files
}

// standard reports whether an import path is of the standard library: its first
// element has no dot.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".") && imp != "C"
}

func within(imp, dir string) bool { return imp == dir || strings.HasPrefix(imp, dir+"/") }
