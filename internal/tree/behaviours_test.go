package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A promise is an item of a list that begins with its number.
var promise = regexp.MustCompile("(?m)^(?:\\d+\\.|[-*|]) +[*`]*([A-Z]+-[0-9]+[a-z]?)\\b")

var (
	number   = regexp.MustCompile(`\b([A-Z]+)[-_]?([0-9]+[a-z]?)`)
	function = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	corpus   = regexp.MustCompile("corpus `([a-z-]+)`")
)

// Every page of promises is in the index, every number stands for one promise,
// and every promise has its test: a test names the number, or the promise or the
// line that introduces it names a test or a file of the corpus.
func TestPromisesHaveTests(t *testing.T) {
	named, functions := map[string]bool{}, map[string]bool{}
	tests(t, func(text string) {
		for _, m := range number.FindAllStringSubmatch(strings.ReplaceAll(text, "Test", " "), -1) {
			named[m[1]+"-"+m[2]] = true
		}
		for _, f := range function.FindAllString(text, -1) {
			functions[f] = true
		}
	})
	docs := documents(t)
	index := docs["docs/behaviours.md"]
	where := map[string]string{}
	for name, text := range docs {
		page, ok := strings.CutPrefix(name, "docs/behaviours/")
		if !ok {
			continue
		}
		if !strings.Contains(index, "(behaviours/"+page+")") {
			t.Errorf("docs/behaviours.md does not link %s", page)
		}
		starts := promise.FindAllStringSubmatchIndex(text, -1)
		for i, at := range starts {
			item := text[at[0]:]
			if i+1 < len(starts) {
				item = text[at[0]:starts[i+1][0]]
			}
			id := text[at[2]:at[3]]
			if other, ok := where[id]; ok {
				t.Errorf("%s stands for two promises, in %s and %s", id, other, name)
			}
			where[id] = name
			if function.MatchString(introduction(text[:at[0]])) {
				named[id] = true
			}
			for _, f := range function.FindAllString(item, -1) {
				if !begins(functions, f) {
					t.Errorf("%s: %s names %s, which is no test", name, id, f)
				}
				named[id] = true
			}
			for _, c := range corpus.FindAllStringSubmatch(item, -1) {
				if _, err := os.Stat(filepath.Join(root(t), "redact/redacttest/corpus", c[1]+".txt")); err != nil {
					t.Errorf("%s: %s: %v", name, id, err)
				}
				named[id] = true
			}
			if !named[id] {
				t.Errorf("%s: no test for %s", name, id)
			}
		}
	}
	if len(where) == 0 {
		t.Fatal("no promise found")
	}
}

// begins reports whether a name is the beginning of one of the set: "TestReal…"
// stands for several.
func begins(functions map[string]bool, name string) bool {
	for f := range functions {
		if strings.HasPrefix(f, name) {
			return true
		}
	}
	return false
}

// introduction returns the last line that ends with a colon, which introduces
// the list that follows.
func introduction(before string) string {
	lines := strings.Split(before, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasSuffix(lines[i], ":") {
			return lines[i]
		}
		if strings.HasPrefix(lines[i], "#") {
			break
		}
	}
	return ""
}

// tests calls f with the text of every test file and of the conformance kits,
// this package's own left out.
func tests(t *testing.T, f func(text string)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "tree" || strings.HasPrefix(d.Name(), ".") && name != top) {
			return fs.SkipDir
		}
		kit := strings.HasSuffix(filepath.Base(filepath.Dir(name)), "test") && strings.HasSuffix(name, ".go")
		if !kit && !strings.HasSuffix(name, "_test.go") && filepath.Ext(name) != ".txtar" && filepath.Ext(name) != ".txt" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			f(string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
