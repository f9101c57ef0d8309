package redacttest

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

//go:embed corpus/*.txt
var corpus embed.FS

// Corpus returns all cases, in the order of the files.
//
// A corpus file starts with free text and goes on with cases:
//
//	=== name of the case
//	why: one line
//	secret: NAME VERSION VALUE
//	--- input
//	text
//	--- want
//	text, in which «NAME@VERSION» stands for a tag
//
// VERSION is "-" for none. A VALUE that starts with a double quote is a Go
// string literal. The same holds, line by line, for a section marked "go", whose
// lines are joined without a line end. Other sections are taken as they stand,
// without white space at their end. A long value has a section of its own,
// "--- secret NAME VERSION". Further headers: "cut: yes" (with a section "--- want
// nocut" where that is not the input itself), "json: yes", "min: N".
func Corpus(t testing.TB) []Case {
	t.Helper()
	names, err := fs.Glob(corpus, "corpus/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var all []Case
	for _, name := range names {
		data, err := corpus.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := parse(strings.TrimSuffix(path.Base(name), ".txt"), string(data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

// parse reads one corpus file.
func parse(file, data string) ([]Case, error) {
	var cases []Case
	seen := map[string]bool{}
	for i, chunk := range strings.Split("\n"+data, "\n=== ") {
		if i == 0 {
			continue // what the file is about
		}
		head, body, _ := strings.Cut(chunk, "\n")
		c := Case{File: file, Name: strings.TrimSpace(head)}
		if err := parseCase(&c, body); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Title(), err)
		}
		if seen[c.Name] {
			return nil, fmt.Errorf("%s: second case of this name", c.Title())
		}
		seen[c.Name] = true
		cases = append(cases, c)
	}
	return cases, nil
}

func parseCase(c *Case, body string) error {
	sections := strings.Split("\n"+body, "\n--- ")
	for _, line := range strings.Split(sections[0], "\n") {
		if line == "" {
			continue
		}
		key, val, _ := strings.Cut(line, ": ")
		var err error
		switch key {
		case "why":
			c.Why = val
		case "secret":
			err = addSecret(c, val)
		case "cut":
			c.Cut = val == "yes"
		case "json":
			c.JSON = val == "yes"
		case "min":
			c.min, err = strconv.Atoi(val)
		default:
			err = fmt.Errorf("unknown header %q", key)
		}
		if err != nil {
			return err
		}
	}
	found := map[string]bool{}
	for _, s := range sections[1:] {
		head, text, _ := strings.Cut(s, "\n")
		text = strings.TrimRight(text, " \t\r\n")
		if h, ok := strings.CutSuffix(head, " go"); ok {
			var err error
			if text, err = unquoteLines(text); err != nil {
				return fmt.Errorf("section %q: %w", head, err)
			}
			head = h
		}
		found[head] = true
		switch head {
		case "input":
			c.Input = text
		case "want":
			c.want = text
		case "want nocut":
			c.noCut = text
		default:
			names, ok := strings.CutPrefix(head, "secret ")
			if !ok {
				return fmt.Errorf("unknown section %q", head)
			}
			if err := addSecret(c, names+" "+strconv.Quote(text)); err != nil {
				return err
			}
		}
	}
	switch {
	case c.Why == "" || len(c.secrets) == 0 || !found["input"] || !found["want"]:
		return fmt.Errorf("needs why, secret, input and want")
	case !c.Cut:
		c.noCut = c.want
	case !found["want nocut"]:
		c.noCut = c.Input
	}
	return nil
}

// addSecret parses "NAME VERSION VALUE".
func addSecret(c *Case, line string) error {
	name, rest, _ := strings.Cut(line, " ")
	version, value, ok := strings.Cut(rest, " ")
	if !ok {
		return fmt.Errorf("secret %q: needs name, version and value", name)
	}
	if version == "-" {
		version = ""
	}
	if strings.HasPrefix(value, `"`) {
		var err error
		if value, err = strconv.Unquote(value); err != nil {
			return fmt.Errorf("secret %q: %w", name, err)
		}
	}
	sec := redact.NewSecret(name, version, []byte(value))
	c.secrets = append(c.secrets, sec)
	c.oracle = append(c.oracle, Spelling{Name: sec.Name(), Version: sec.Version(), Text: value})
	return nil
}

func unquoteLines(text string) (string, error) {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		s, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, line)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}
