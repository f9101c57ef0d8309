package redacttest

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

const testCanary = "Vq7-otter/holt+5521=reed"

// recorder takes the failures that a check is meant to report.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, a ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, a...))
}

type inPrivateField struct{ v string }
type inPrivatePointer struct{ v *[]byte }
type polite struct{ v *string } // hides itself wherever it is asked

func (polite) String() string               { return "hidden" }
func (polite) GoString() string             { return "hidden" }
func (polite) Format(s fmt.State, _ rune)   { s.Write([]byte("hidden")) }
func (polite) MarshalJSON() ([]byte, error) { return []byte(`"hidden"`), nil }

type jsonOnly struct{ f func() string }

func (j jsonOnly) MarshalJSON() ([]byte, error) { return []byte(`"` + j.f() + `"`), nil }

type gobOnly struct{ f func() string }

func (g gobOnly) GobEncode() ([]byte, error) { return []byte(g.f()), nil }

type textOnly struct{ f func() string }

func (x textOnly) MarshalText() ([]byte, error) { return []byte(x.f()), nil }

type panics struct{ f func() string }

func (p panics) String() string { panic(p.f()) }

type ring struct {
	next *ring
	m    map[string]any
}

func TestCheckHiddenFinds(t *testing.T) {
	raw := []byte(testCanary)
	text := testCanary
	get := func() string { return text }
	words := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.StringData(testCanary))), len(testCanary)/8)
	deep := &ring{m: map[string]any{}}
	deep.next = &ring{next: deep, m: map[string]any{"x": []any{1, &raw}}}
	for name, v := range map[string]any{
		"string":            testCanary,
		"part":              "x" + testCanary[5:13] + "y",
		"bytes":             raw,
		"pointer":           &text,
		"private field":     inPrivateField{testCanary},
		"private pointer":   &inPrivatePointer{&raw},
		"polite":            polite{&text},
		"runes":             []rune(testCanary),
		"packed in words":   words,
		"error":             errors.New("open " + testCanary),
		"wrapped error":     fmt.Errorf("a: %w", fmt.Errorf("b %x", testCanary)),
		"hexadecimal":       struct{ h string }{hex.EncodeToString(raw)},
		"base64, shifted":   base64.StdEncoding.EncodeToString([]byte("ab" + testCanary + "c")),
		"map key":           map[string]int{testCanary: 1},
		"array":             [24]byte(raw),
		"json":              jsonOnly{get},
		"gob":               gobOnly{get},
		"text":              textOnly{get},
		"panic":             panics{get},
		"through a ring":    deep,
		"interface in ring": []any{deep},
	} {
		r := &recorder{TB: t}
		CheckHidden(r, testCanary, v)
		if len(r.errors) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestCheckHiddenPasses(t *testing.T) {
	text := testCanary
	CheckHidden(t, testCanary,
		func() string { return text },
		struct{ f func() string }{func() string { return text }},
		struct{ s string }{strings.ToUpper(testCanary)[:6]},
		errors.New("short"), nil, 7, &ring{}, make(chan int), []any{nil},
	)
}
