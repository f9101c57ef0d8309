package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

const shownValue = "ptarmigan-4471-ledge"

type codedError struct{ text, code string }

func (e *codedError) Error() string { return e.text }

type verboseError struct{ codedError }

func (e *verboseError) Format(s fmt.State, _ rune) {
	fmt.Fprint(s, e.text)
	if s.Flag('+') {
		fmt.Fprint(s, "\nat ", e.code)
	}
}

type jsonError struct{ codedError }

func (e *jsonError) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"code": e.code})
}

type panicError struct{ v any }

func (e *panicError) Error() string { panic(e.v) }

type groupError []error

func (e groupError) Error() string   { return "several" }
func (e groupError) Errors() []error { return e }

type wrapError struct{ err error }

func (e wrapError) Error() string { return "outer" }
func (e wrapError) Unwrap() error { return e.err }

func showEvent(t *testing.T) redact.Event {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v1", []byte(shownValue))})
	if err != nil {
		t.Fatal(err)
	}
	return redact.NewSink(m, "test").Event()
}

func TestErrShowsNothing(t *testing.T) {
	ev := showEvent(t)
	plain := &codedError{text: "dial " + shownValue}
	for name, err := range map[string]error{
		"text":              plain,
		"wrapped":           fmt.Errorf("ctx: %w", plain),
		"hidden cause":      wrapError{plain},
		"joined":            errors.Join(errors.New("a"), plain),
		"verbose only":      &verboseError{codedError{"x", shownValue}},
		"JSON only":         &jsonError{codedError{"x", shownValue}},
		"group, text clean": groupError{errors.New("a"), nil, wrapError{plain}},
		"panics":            &panicError{v: shownValue},
	} {
		t.Run(name, func(t *testing.T) {
			got := ev.Err(err)
			if fmt.Sprintf("%T", got) == fmt.Sprintf("%T", err) {
				t.Fatal("not replaced")
			}
			j, jerr := json.Marshal(got)
			if jerr != nil {
				t.Fatal(jerr)
			}
			type foreign struct{ hidden error }
			seen := string(j)
			for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%q", "%x", "%d", "%U", "%g", "%p", "%T"} {
				seen += fmt.Sprintf(verb, got) + fmt.Sprintf(verb, foreign{got}) + fmt.Sprintf(verb, &foreign{got})
			}
			var walk func(error)
			walk = func(err error) {
				if err == nil {
					return
				}
				seen += err.Error() + fmt.Sprintf("%+v", err)
				switch u := err.(type) {
				case interface{ Unwrap() error }:
					walk(u.Unwrap())
				case interface{ Unwrap() []error }:
					for _, err := range u.Unwrap() {
						walk(err)
					}
				}
				if g, ok := err.(interface{ Errors() []error }); ok {
					for _, err := range g.Errors() {
						walk(err)
					}
				}
			}
			walk(got)
			if strings.Contains(seen, shownValue) {
				t.Errorf("the value is shown: %s", seen)
			}
			if !strings.Contains(seen, "[REDACTED:db@v1]") {
				t.Errorf("no tag in %s", seen)
			}
			if _, slice := err.(groupError); !slice && !errors.Is(got, err) {
				t.Error("errors.Is no longer finds the original")
			}
		})
	}
}

func TestErrKeepsClean(t *testing.T) {
	ev := showEvent(t)
	var nilErr *codedError
	for _, err := range []error{
		errors.New("clean"), fs.ErrNotExist, &verboseError{codedError{"a", "b"}}, nilErr,
		groupError{errors.New("a")}, &panicError{v: "clean"}, wrapError{nil},
	} {
		if got := ev.Err(err); fmt.Sprintf("%p", got) != fmt.Sprintf("%p", err) {
			t.Errorf("%T was replaced", err)
		}
	}
	if ev.Err(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestErrIsAndAs(t *testing.T) {
	ev := showEvent(t)
	path := &fs.PathError{Op: "open", Path: "/run/" + shownValue, Err: fs.ErrPermission}
	got := ev.Err(fmt.Errorf("start: %w", path))
	if got.Error() != "start: open /run/[REDACTED:db@v1]: permission denied" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(got, fs.ErrPermission) || !errors.Is(errors.Unwrap(got), fs.ErrPermission) {
		t.Error("errors.Is does not see through")
	}
	var pe *fs.PathError
	if !errors.As(got, &pe) || pe != path {
		t.Error("errors.As does not find the type")
	}
	if again := ev.Err(got); again != got {
		t.Error("redacted twice")
	}
}

// A Source that cannot vouch for its secrets shows nothing of an error.
func TestErrClosed(t *testing.T) {
	got := redact.NewSink(redact.Closed(), "test").Event().Err(errors.New("anything"))
	if got.Error() != "[REDACTED:unavailable]" {
		t.Errorf("got %q", got)
	}
}

type hitCount int

func (n *hitCount) Redacted(redact.Hit) { *n++ }

// An error that is shown once is one hit, however often it was looked at.
func TestErrHits(t *testing.T) {
	var n hitCount
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v1", []byte(shownValue))}, redact.WithObserver(&n))
	if err != nil {
		t.Fatal(err)
	}
	shown := redact.NewSink(m, "test").Event().Err(&verboseError{codedError{"a " + shownValue, shownValue}})
	if _ = shown.Error(); n != 1 {
		t.Errorf("%d hits, want 1", n)
	}
}

// An empty record leaves dst alone and is not handed back for it: a caller that
// keeps the result as its buffer would write into the caller's of the record.
func TestAppendEmptyRecord(t *testing.T) {
	ev := showEvent(t)
	for _, m := range []redact.Event{ev, redact.NewSink(redact.Closed(), "test", redact.SinkJSON()).Event()} {
		src := make([]byte, 0, 64)
		dst := append(make([]byte, 0, 64), "kept"...)
		got := m.AppendRecord(dst, src)
		if string(got) != "kept" || &got[0] != &dst[0] {
			t.Errorf("got %q", got)
		}
		if got = m.AppendRecord(dst[:0], src); cap(got) == 0 || &got[:1][0] != &dst[0] {
			t.Error("the source was handed back")
		}
	}
}
