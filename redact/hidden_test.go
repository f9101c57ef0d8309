package redact_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

const canary = "Vq7-otter/holt+5521=reed %&<\"\\"

type observer struct{ hits []redact.Hit }

func (o *observer) Redacted(h redact.Hit) { o.hits = append(o.hits, h) }

// values returns values of every exported type of the package, in use: each has
// met the canary. (REDACT-9)
func values(t *testing.T) map[string][]any {
	text := []byte("a " + canary + " b " + canary[:20])
	s := redact.NewSecret("canary", "v1", []byte(canary))
	obs := &observer{}
	m := matcher(t, []redact.Secret{s}, redact.WithObserver(obs))
	sink := redact.NewSink(m, "canary", redact.SinkJSON())
	ev := sink.Event()
	ev.Append(nil, text)
	m.String(string(text))

	var out bytes.Buffer
	record := redact.NewRecordWriter(&out, m)
	record.Write(text)
	held := redact.NewStreamWriter(&out, m)
	held.Write(text)
	if held.Held() == 0 {
		t.Error("the stream holds nothing: the test is blind")
	}
	failed := redact.NewStreamWriter(failing{}, m)
	_, failure := failed.Write(append(text, text...))
	reader := redact.NewReader(io.MultiReader(bytes.NewReader(text), failing{}), m)
	reader.Read(make([]byte, 1))

	var matches []redact.Match
	for x := range m.Find(text) {
		matches = append(matches, x)
	}
	var errs []any
	for _, bad := range [][]byte{[]byte(canary)[:7], []byte(" \t\n"), nil, []byte(canary + "[REDACTED"), bytes.Repeat([]byte(canary), redact.MaxLength/len(canary)+1)} {
		_, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("bad", canary, bad), s, s.WithMinLength(1), {}}, redact.WithTagFormat("[X", "]"), redact.WithMinLength(3))
		errs = append(errs, err)
		_, err = redact.NewMatcher([]redact.Secret{redact.NewSecret("bad", "v1", bad)})
		errs = append(errs, err)
	}
	var batch redact.Batch
	batch.Reset(ev)
	batch.Add(canary)
	batch.Clean()
	batches := []any{&batch}
	if testing.Short() {
		batches = nil // 512 bytes by every verb take half of the time of all of this
	}
	next, _ := m.Update([]redact.Secret{redact.NewSecret(canary, canary, []byte(canary))}, nil)

	return map[string][]any{
		"Secret":             {s, &s, s.WithMinLength(6), s.WithVersion("v2"), redact.Secret{}},
		"Matcher":            {m, next, redact.Closed(), new(redact.Matcher)},
		"Match":              {matches},
		"Hit":                {obs.hits, obs},
		"Sink":               {sink},
		"Event":              {ev, &ev},
		"Batch":              batches,
		"RecordWriter":       {record},
		"StreamWriter":       {held, failed},
		"(reader)":           {reader},
		"Form":               {redact.Forms()},
		"TagStyle":           {redact.TagConstant},
		"ShortSecretError":   errs,
		"BlankSecretError":   {failure},
		"LongSecretError":    nil, // among those of ShortSecretError
		"TagSecretError":     nil,
		"MinLengthError":     nil,
		"UnnamedSecretError": nil,
		"TagFormatError":     nil,
		"GuardError":         {&redact.GuardError{Op: "mlock", Size: 4096, Err: errors.ErrUnsupported}},
		"Option":             {redact.WithTagFormat("[X", "]"), redact.WithObserver(obs)},
		"SinkOption":         {redact.SinkJSON()},
		"Source":             {redact.Source(m)},
		"Observer":           {redact.Observer(obs)},
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("write failed") }
func (failing) Read([]byte) (int, error)  { return 0, errors.New("read failed") }

func TestHidden(t *testing.T) {
	vs := values(t)
	for _, name := range exportedTypes(t) {
		if _, ok := vs[name]; !ok {
			t.Errorf("exported type %s: no value of it is checked", name)
		}
	}
	for name, list := range vs {
		t.Run(name, func(t *testing.T) { redacttest.CheckHidden(t, canary, list...) })
	}
}

// TestHiddenMethods checks that what a value answers to formatters and encoders
// is one constant, so that nothing about the value shows through its length.
func TestHiddenMethods(t *testing.T) {
	s := redact.NewSecret("canary", "v1", []byte(canary))
	for _, v := range []any{s, &s, matcher(t, []redact.Secret{s}), redact.NewRecordWriter(io.Discard, redact.Closed()), redact.NewStreamWriter(io.Discard, redact.Closed())} {
		for _, name := range []string{"GoString", "MarshalJSON", "MarshalText", "GobEncode", "LogValue"} {
			m := reflect.ValueOf(v).MethodByName(name)
			if !m.IsValid() {
				t.Errorf("%T has no %s", v, name)
				continue
			}
			out := m.Call(nil)[0].Interface()
			if b, ok := out.([]byte); ok {
				out = string(b)
			}
			if got := strings.Trim(reflect.ValueOf(out).String(), `"`); name != "LogValue" && got != "[REDACTED]" {
				t.Errorf("%T.%s: %q", v, name, got)
			}
		}
	}
}

// exportedTypes reads the package's own source.
func exportedTypes(t *testing.T) []string {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if n := s.(*ast.TypeSpec).Name.Name; ast.IsExported(n) {
					names = append(names, n)
				}
			}
		}
	}
	return names
}
