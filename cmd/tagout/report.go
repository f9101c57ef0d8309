package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// A report writes findings in some format. Paths come redacted; no format has
// room for the text around a finding.
type report interface {
	add(f finding) error
	end(s *scan) error
}

var reports = map[string]func(io.Writer) report{
	"text":  func(w io.Writer) report { return textReport{w} },
	"json":  func(w io.Writer) report { return &jsonReport{w: w} },
	"sarif": func(w io.Writer) report { return &sarifReport{w: w} },
}

// tagOf is name@version, as tags show it.
func (f finding) tagOf() string {
	tag := f.name
	if f.version != "" {
		tag += "@" + f.version
	}
	if f.cut {
		tag += "~prefix"
	}
	return tag
}

type textReport struct{ w io.Writer }

func (r textReport) add(f finding) error {
	_, err := fmt.Fprintf(r.w, "%s:%d:%d %s %s\n", printable(f.path), f.start.line, f.start.column, f.tagOf(), f.form)
	return err
}

func (r textReport) end(*scan) error { return nil }

// printable keeps a file's name from making lines or moving a cursor.
func printable(path string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, path)
}

// A jsonReport is one object: findings, then counts and problems.
type jsonReport struct {
	w io.Writer
	n int
}

type jsonFinding struct {
	Path    string `json:"path"`
	Line    int64  `json:"line"`
	Column  int64  `json:"column"`
	Offset  int64  `json:"offset"`
	Length  int64  `json:"length"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Form    string `json:"form"`
	Cut     bool   `json:"cut,omitempty"`
}

func (r *jsonReport) add(f finding) error {
	b, err := json.Marshal(jsonFinding{f.path, f.start.line, f.start.column, f.offset, f.size, f.name, f.version, f.form, f.cut})
	if err != nil {
		return err
	}
	open := ",\n    "
	if r.n == 0 {
		open = "{\n  \"findings\": [\n    "
	}
	r.n++
	_, err = fmt.Fprintf(r.w, "%s%s", open, b)
	return err
}

func (r *jsonReport) end(s *scan) error {
	head := "\n  ]"
	if r.n == 0 {
		head = "{\n  \"findings\": []"
	}
	problems, err := json.Marshal(append([]string{}, s.problems...))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.w, "%s,\n  \"files\": %d,\n  \"bytes\": %d,\n  \"problems\": %s\n}\n", head, s.files, s.bytes, problems)
	return err
}

// A sarifReport is a log in SARIF 2.1.0, for code scanning services.
type sarifReport struct {
	w       io.Writer
	results []any
}

type object = map[string]any

func (r *sarifReport) add(f finding) error {
	location := object{"artifactLocation": object{"uri": uriOf(f.path)}}
	if f.start.line > 0 {
		location["region"] = object{
			"startLine": f.start.line, "startColumn": f.start.char, "endLine": f.end.line, "endColumn": f.end.char,
			"byteOffset": f.offset, "byteLength": f.size,
		}
	}
	r.results = append(r.results, object{
		"ruleId": "known-secret", "level": "error",
		"message":    object{"text": fmt.Sprintf("The secret %s stands here (%s).", f.tagOf(), f.form)},
		"locations":  []any{object{"physicalLocation": location}},
		"properties": object{"secret": f.name, "version": f.version, "form": f.form, "cut": f.cut},
	})
	return nil
}

func (r *sarifReport) end(s *scan) error {
	invocation := object{"executionSuccessful": s.failed == 0}
	var notes []any
	for _, p := range s.problems {
		notes = append(notes, object{"level": "error", "message": object{"text": p}})
	}
	if notes != nil {
		invocation["toolExecutionNotifications"] = notes
	}
	enc := json.NewEncoder(r.w)
	enc.SetIndent("", " ")
	return enc.Encode(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{object{
			"tool": object{"driver": object{
				"name": "tagout", "informationUri": "https://github.com/seed-00b494d3/tagout", "version": version(),
				"rules": []any{object{
					"id":               "known-secret",
					"shortDescription": object{"text": "A registered secret stands in a file"},
					"fullDescription":  object{"text": "The value of a secret that is in use, in some spelling. Rotate it, and take it out of the file."},
				}},
			}},
			"columnKind":  "unicodeCodePoints",
			"invocations": []any{invocation},
			"results":     append([]any{}, r.results...),
		}},
	})
}

func uriOf(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}
