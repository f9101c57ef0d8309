package redact

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Err returns err as an event may show it: err itself if nothing that it shows
// holds a secret, and an error that shows the same, redacted, otherwise. What it
// shows is its text, its %+v form if it is a [fmt.Formatter], what it makes of
// itself as JSON or text, and the same of all errors that it wraps.
//
// The returned error answers [errors.Is] and [errors.As] as err does; what it
// unwraps to, and lists under an Errors method if err has one, is redacted too.
// errors.As hands out the original where a caller asks for its type: it is the
// way to an error's data, not to its text. An error that panics is shown as
// "!PANIC:" and the redacted panic value, a nil pointer that does as itself.
// Nil stays nil.
func (e Event) Err(err error) error {
	if err == nil {
		return nil
	}
	budget := maxErrors
	if !e.errorDirty(err, &budget) {
		return err
	}
	v := &shownError{open: func() (Event, error) { return e, err }}
	switch u := err.(type) {
	case interface{ Errors() []error }:
		return &shownGroup{&shownErrors{v, u.Errors}}
	case interface{ Unwrap() []error }:
		return &shownErrors{v, u.Unwrap}
	case interface{ Unwrap() error }:
		return &shownWrap{v, u.Unwrap}
	}
	return v
}

// maxErrors bounds how many wrapped errors are looked at. An error that wraps
// more is treated as dirty: each is looked at when it is unwrapped.
const maxErrors = 1000

func (e Event) errorDirty(err error, budget *int) bool {
	if err == nil {
		return false
	}
	if *budget--; *budget < 0 {
		return true
	}
	basic := textOf(err, err.Error)
	if !e.Clean(bytesOf(basic)) { // Clean, since a look is not a hit
		return true
	}
	if f, ok := err.(fmt.Formatter); ok {
		if verbose := fmt.Sprintf("%+v", f); verbose != basic && !e.Clean(bytesOf(verbose)) {
			return true
		}
	}
	if j, ok := err.(json.Marshaler); ok && !e.Clean(jsonOf(err, j)) {
		return true
	}
	if m, ok := err.(encoding.TextMarshaler); ok && !e.Clean(bytesOf(marshalledText(err, m))) {
		return true
	}
	switch u := err.(type) {
	case interface{ Errors() []error }:
		return e.anyDirty(safeErrors(u.Errors), budget)
	case interface{ Unwrap() []error }:
		return e.anyDirty(safeErrors(u.Unwrap), budget)
	case interface{ Unwrap() error }:
		return e.errorDirty(safeError(u.Unwrap), budget)
	}
	return false
}

func (e Event) anyDirty(errs []error, budget *int) bool {
	for _, err := range errs {
		if e.errorDirty(err, budget) {
			return true
		}
	}
	return false
}

// textOf calls f, a method of v, and answers panics as log packages do.
func textOf(v any, f func() string) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = panicText(v, r)
		}
	}()
	return f()
}

func panicText(v, r any) string {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
		return "<nil>"
	}
	return fmt.Sprintf("!PANIC: %v", r)
}

func jsonOf(err error, j json.Marshaler) (b []byte) {
	defer func() {
		if r := recover(); r != nil {
			b = appendJSONString(nil, panicText(err, r))
		}
	}()
	b, jerr := j.MarshalJSON()
	if jerr != nil {
		return appendJSONString(nil, "!ERROR:"+jerr.Error())
	}
	return b
}

func marshalledText(err error, m encoding.TextMarshaler) string {
	return textOf(err, func() string {
		b, terr := m.MarshalText()
		if terr != nil {
			return "!ERROR:" + terr.Error()
		}
		return string(b)
	})
}

func safeErrors(f func() []error) (errs []error) {
	defer func() { _ = recover() }()
	return f()
}

func safeError(f func() error) (err error) {
	defer func() { _ = recover() }()
	return f()
}

// appendJSONString appends s as a JSON string, without the escapes of HTML,
// which are up to the encoder around it.
func appendJSONString(dst []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return append(dst, `""`...)
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// shownError is an error of which only the redacted text can be seen. The
// original sits behind a closure, where no formatter follows.
type shownError struct{ open func() (Event, error) }

func (s *shownError) Error() string {
	e, err := s.open()
	return e.String(textOf(err, err.Error))
}

func (s *shownError) verbose() string {
	e, err := s.open()
	if _, ok := err.(fmt.Formatter); !ok {
		return s.Error()
	}
	return e.String(fmt.Sprintf("%+v", err))
}

// Format implements fmt.Formatter: %+v as the original does, %q quoted, every
// other verb the text.
func (s *shownError) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'q' || verb == 'v' && f.Flag('#'):
		fmt.Fprintf(f, "%q", s.Error())
	case verb == 'v' && f.Flag('+'):
		io.WriteString(f, s.verbose())
	default:
		io.WriteString(f, s.Error())
	}
}

// MarshalJSON writes what the original makes of itself, or else its text.
func (s *shownError) MarshalJSON() ([]byte, error) {
	e, err := s.open()
	j, ok := err.(json.Marshaler)
	if !ok {
		return appendJSONString(nil, s.Error()), nil
	}
	out := e.Append(nil, jsonOf(err, j))
	if !json.Valid(out) { // a tag in place of a number
		return appendJSONString(nil, string(out)), nil
	}
	return out, nil
}

// MarshalText writes what the original makes of itself, or else its %+v form.
func (s *shownError) MarshalText() ([]byte, error) {
	e, err := s.open()
	if m, ok := err.(encoding.TextMarshaler); ok {
		return []byte(e.String(marshalledText(err, m))), nil
	}
	return []byte(s.verbose()), nil
}

func (s *shownError) Is(target error) bool { _, err := s.open(); return errors.Is(err, target) }
func (s *shownError) As(target any) bool   { _, err := s.open(); return errors.As(err, target) }

// shownWrap, shownErrors and shownGroup show as much structure as the original:
// zap, for one, tells errors apart by their methods.
type shownWrap struct {
	*shownError
	inner func() error
}

func (s *shownWrap) Unwrap() error { e, _ := s.open(); return e.Err(safeError(s.inner)) }

type shownErrors struct {
	*shownError
	inner func() []error
}

func (s *shownErrors) Unwrap() []error {
	e, _ := s.open()
	inner := safeErrors(s.inner)
	out := make([]error, len(inner))
	for i, err := range inner {
		out[i] = e.Err(err)
	}
	return out
}

type shownGroup struct{ *shownErrors }

func (s *shownGroup) Errors() []error { return s.Unwrap() }
