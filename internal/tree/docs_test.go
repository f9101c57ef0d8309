package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents returns the Markdown files of the tree and their texts.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "bench/*.md", "examples/*.md", "examples/*/*.md", "otelproc/collector/*.md"} {
		names, err := filepath.Glob(filepath.Join(root(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(root(t), name)
			if err != nil {
				t.Fatal(err)
			}
			docs[filepath.ToSlash(rel)] = string(text)
		}
	}
	if docs["README.md"] == "" {
		t.Fatal("no README.md")
	}
	return docs
}

var snippet = regexp.MustCompile("(?ms)^(?:<!-- example: (\\S+) (\\S+) -->\n)?```go\n(.*?)^```$")

// Every Go snippet in a document stands under a comment that names the Example
// it was taken from, and is the body of that Example.
func TestSnippetsAreCompiledExamples(t *testing.T) {
	total := 0
	for name, text := range documents(t) {
		for _, m := range snippet.FindAllStringSubmatch(text, -1) {
			total++
			if m[1] == "" {
				t.Errorf("%s: a Go snippet without <!-- example: FILE FUNCTION --> before it:\n%s", name, m[3])
				continue
			}
			if want := body(t, m[1], m[2]); m[3] != want {
				t.Errorf("%s: the snippet is not the body of %s in %s:\n%s\nwant\n%s", name, m[2], m[1], m[3], want)
			}
		}
	}
	if total == 0 {
		t.Error("no snippet found")
	}
}

// body returns the text between the braces of a function, without its
// indentation.
func body(t *testing.T, file, function string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == function && fn.Recv == nil {
			from, to := fset.Position(fn.Body.Lbrace).Offset, fset.Position(fn.Body.Rbrace).Offset
			lines := strings.ReplaceAll(string(src[from+1:to]), "\n\t", "\n")
			return strings.Trim(lines, "\n") + "\n"
		}
	}
	t.Errorf("%s: no function %s", file, function)
	return ""
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Relative links lead to files of the tree.
func TestLinksLeadSomewhere(t *testing.T) {
	for name, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root(t), filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			}
		}
	}
}

// The README stays short enough to be read, and is where the commands that CI
// runs are written down.
func TestReadme(t *testing.T) {
	text := documents(t)["README.md"]
	if n := strings.Count(text, "\n"); n > 200 {
		t.Errorf("README.md has %d lines, more than 200", n)
	}
	for _, command := range []string{"demo", "test"} {
		if !regexp.MustCompile("(?m)^<!-- command: " + command + " -->\n    go ").MatchString(text) {
			t.Errorf("README.md: no command under <!-- command: %s -->", command)
		}
	}
}
