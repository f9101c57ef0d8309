package httpmw

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strings"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// RedactError returns err with every secret in its text redacted; err itself, or
// nil, if there is none.
//
// If there is a *[url.Error] in it, errors.As finds a copy whose URL and error are
// redacted: known values, values of query parameters that are secret by their name
// ([KeyRules]), and the password of the userinfo. errors.Is works as before, and
// so do Timeout and Temporary. errors.As can still take out an inner error of a
// type that the caller names; only *url.Error is known to be safe then.
//
// It panics if src is nil.
func RedactError(err error, src redact.Source) error {
	sink := redact.NewSink(src, "http-client")
	_, err = redactError(sink.Event(), KeyRules(), err)
	return err
}

// redactError also reports whether the result is another error.
func redactError(ev redact.Event, keys *keyrules.Rules, err error) (changed bool, _ error) {
	if err == nil {
		return false, nil
	}
	if ue, ok := err.(*url.Error); ok && ue != nil {
		c, changed := redactURLError(ev, keys, ue)
		if !changed {
			return false, err
		}
		return true, c
	}
	shown := ev.Err(err) // survives errors that panic
	dirty := !sameError(shown, err)
	var ue *url.Error
	if errors.As(err, &ue) && ue != nil {
		clean := shown.Error()
		c, changed := redactURLError(ev, keys, ue)
		if changed {
			// The text of an error around another one mostly holds that of the other.
			if ue.Err == nil {
				clean = "" // its Error would panic
			} else if s := strings.ReplaceAll(err.Error(), ue.Error(), c.Error()); s != err.Error() {
				clean = ev.String(s)
			} else if !dirty {
				clean = c.Error()
			}
		}
		if changed || dirty {
			return true, hideError(clean, err, c)
		}
		return false, err
	}
	if !dirty {
		return false, err
	}
	return true, hideError(shown.Error(), err, nil)
}

// sameError compares without looking into values, which may not be comparable.
// What Event.Err makes is a pointer.
func sameError(a, b error) bool {
	t := reflect.TypeOf(a)
	return t == reflect.TypeOf(b) && (t.Kind() != reflect.Pointer || a == b)
}

func redactURLError(ev redact.Event, keys *keyrules.Rules, e *url.Error) (*url.Error, bool) {
	c := &url.Error{Op: ev.String(e.Op), URL: redactURL(ev, keys, e.URL)}
	var changed bool
	changed, c.Err = redactError(ev, keys, e.Err)
	if c.Err != nil {
		// http.Client quotes URLs in texts of its own: a Location that does not parse.
		text := ev.Err(c.Err).Error()
		if hidden := hideQuotedURLs(keys, text); hidden != text {
			c.Err, changed = hideError(hidden, c.Err, nil), true
		}
	}
	return c, changed || c.Op != e.Op || c.URL != e.URL
}

// hideQuotedURLs hides passwords and parameters in what is quoted in an error's text.
func hideQuotedURLs(keys *keyrules.Rules, text string) string {
	var b strings.Builder
	for rest := text; ; {
		open := strings.IndexByte(rest, '"')
		if open < 0 {
			b.WriteString(rest)
			return b.String()
		}
		end := open + 1
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		b.WriteString(rest[:open+1])
		b.WriteString(hideURL(keys, rest[open+1:end]))
		if end < len(rest) {
			b.WriteByte('"')
			end++
		}
		rest = rest[end:]
	}
}

// redactedError is an error with another text. The original is behind a closure:
// fmt follows private pointers.
type redactedError struct {
	text string
	open func() (*url.Error, error)
}

func hideError(text string, err error, ue *url.Error) error {
	return &redactedError{text: text, open: func() (*url.Error, error) { return ue, err }}
}

func (e *redactedError) Error() string              { return e.text }
func (e *redactedError) Format(s fmt.State, _ rune) { io.WriteString(s, e.text) }
func (e *redactedError) LogValue() slog.Value       { return slog.StringValue(e.text) }

func (e *redactedError) Is(target error) bool {
	_, err := e.open()
	return errors.Is(err, target)
}

func (e *redactedError) As(target any) bool {
	ue, err := e.open()
	if t, ok := target.(**url.Error); ok {
		if ue != nil {
			*t = ue
		}
		return ue != nil
	}
	if _, ok := target.(*error); ok {
		return false // everything is an error; this one would be raw
	}
	return errors.As(err, target)
}

func (e *redactedError) Timeout() bool {
	_, err := e.open()
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func (e *redactedError) Temporary() bool {
	_, err := e.open()
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
