package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// A sarifLog is what SARIF 2.1.0 asks of a log, and no more: strict decoding
// finds what is misspelt.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name           string `json:"name"`
				InformationURI string `json:"informationUri"`
				Version        string `json:"version"`
				Rules          []struct {
					ID               string       `json:"id"`
					ShortDescription sarifMessage `json:"shortDescription"`
					FullDescription  sarifMessage `json:"fullDescription"`
				} `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		ColumnKind  string `json:"columnKind"`
		Invocations []struct {
			ExecutionSuccessful        *bool `json:"executionSuccessful"`
			ToolExecutionNotifications []struct {
				Level   string       `json:"level"`
				Message sarifMessage `json:"message"`
			} `json:"toolExecutionNotifications"`
		} `json:"invocations"`
		Results []struct {
			RuleID    string       `json:"ruleId"`
			Level     string       `json:"level"`
			Message   sarifMessage `json:"message"`
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct {
						URI string `json:"uri"`
					} `json:"artifactLocation"`
					Region *struct {
						StartLine, StartColumn, EndLine, EndColumn, ByteOffset, ByteLength int
					} `json:"region"`
				} `json:"physicalLocation"`
			} `json:"locations"`
			Properties map[string]any `json:"properties"`
		} `json:"results"`
	} `json:"runs"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

// awkwardTree holds findings that reports stumble over: characters of several
// bytes, bytes that are no characters, names that need escapes, a secret in a
// name, two lines in one finding.
func awkwardTree(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"plain.txt":          "é😀 " + logSecrets[0].value + " x\n",
		"sp ace%41#?.txt":    "a\n\xff\xfe " + logSecrets[1].value + "\r\n",
		"é:1:1 x\ny.txt":     logSecrets[1].value,
		"wrapped.txt":        "\n" + logSecrets[1].value[:14] + "\n" + logSecrets[1].value[14:],
		logSecrets[1].value:  "nothing",
		"clean.txt":          "nothing",
		"sub/deep/empty.txt": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skip("this system does not take the name:", err)
		}
	}
	return dir
}

// CLI-19: SARIF is what its specification says, and holds what the other formats
// hold: the same places, no values.
func TestSARIF(t *testing.T) {
	dir, secrets := awkwardTree(t), logSecretsFile(t)
	report := func(format string, paths ...string) []byte {
		cmd := command(t, append([]string{"scan", "--format", format, "--secrets", secrets}, paths...)...)
		out, _ := cmd.Output()
		if want := len(paths); cmd.ProcessState.ExitCode() != want { // a second path does not exist
			t.Fatalf("%s: %v", format, cmd.ProcessState)
		}
		for _, s := range logSecrets {
			if bytes.Contains(out, []byte(s.value)) {
				t.Errorf("%s holds the value of %s", format, s.name)
			}
		}
		return out
	}
	var log sarifLog
	dec := json.NewDecoder(bytes.NewReader(report("sarif", dir, filepath.Join(dir, "none"))))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	var plain struct {
		Findings []struct {
			Path                         string
			Line, Column, Offset, Length int
			Name, Version, Form          string
		}
		Files    int
		Problems []string
	}
	if err := json.Unmarshal(report("json", dir, filepath.Join(dir, "none")), &plain); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(report("text", dir)), "\n"), "\n")

	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "2.1.0") || len(log.Runs) != 1 {
		t.Fatalf("version %q, schema %q, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if d := run.Tool.Driver; d.Name != "tagout" || len(d.Rules) != 1 || d.Rules[0].ShortDescription.Text == "" {
		t.Errorf("driver %+v", d)
	}
	if i := run.Invocations; len(i) != 1 || i[0].ExecutionSuccessful == nil || *i[0].ExecutionSuccessful || len(i[0].ToolExecutionNotifications) != 1 {
		t.Errorf("a path that does not exist is no problem: %+v", i)
	}
	if len(plain.Problems) != 1 || len(run.Results) != len(plain.Findings) || len(lines) != len(plain.Findings) || len(plain.Findings) < 5 {
		t.Fatalf("%d results, %d findings, %d lines, problems %q", len(run.Results), len(plain.Findings), len(lines), plain.Problems)
	}
	inName := 0
	for i, r := range run.Results {
		f := plain.Findings[i]
		if r.RuleID != run.Tool.Driver.Rules[0].ID || r.Level != "error" || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Fatalf("result %d: %+v", i, r)
		}
		loc := r.Locations[0].PhysicalLocation
		u, err := url.Parse(loc.ArtifactLocation.URI)
		if err != nil || u.Scheme != "file" || u.Path != f.Path {
			t.Errorf("result %d: %q is not the URI of %q (%v)", i, loc.ArtifactLocation.URI, f.Path, err)
		}
		if want := f.Name + "@" + f.Version + " " + f.Form; !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %q, want %q", lines[i], want)
		}
		if f.Line == 0 {
			inName++
			if loc.Region != nil {
				t.Errorf("result %d has a region: it stands in a name", i)
			}
			continue
		}
		text, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		g := loc.Region
		if g == nil || g.ByteOffset != f.Offset || g.ByteLength != f.Length || g.StartLine != f.Line {
			t.Fatalf("result %d: region %+v, finding %+v", i, g, f)
		}
		before, at := text[:f.Offset], text[f.Offset:f.Offset+f.Length]
		startLine, startColumn := place(before)
		endLine, endColumn := place(text[:f.Offset+f.Length])
		if g.StartLine != startLine || g.StartColumn != startColumn || g.EndLine != endLine || g.EndColumn != endColumn {
			t.Errorf("%q stands at %d:%d to %d:%d, region %+v", at, startLine, startColumn, endLine, endColumn, g)
		}
	}
	if inName == 0 {
		t.Error("no finding in a name")
	}
}

// place is the line, and the column in characters, of what follows text.
func place(text []byte) (line, column int) {
	last := text[bytes.LastIndexByte(text, '\n')+1:]
	return 1 + bytes.Count(text, []byte("\n")), 1 + utf8.RuneCount(last)
}
