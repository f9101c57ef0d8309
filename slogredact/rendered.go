package slogredact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// rendered redacts r in place and reports whether it changed.
func (w *walker) rendered(r *rendering) bool {
	changed := r.deep
	if r.as != RenderingText {
		if r.json == nil {
			changed = w.replace(&r.jsonStr, w.shown(r.jsonStr, false)) || changed
		} else {
			out := r.json
			if !w.ev.Clean(out) {
				out = w.ev.AppendRecord(nil, out)
			}
			if w.cfg.rules != nil {
				out = w.cfg.rules.AppendJSON(nil, out)
			}
			differs := !bytes.Equal(out, r.json)
			if w.trace != nil {
				w.trace.note(differs, string(out))
			}
			r.json = out
			changed = changed || differs
		}
	}
	if r.as != RenderingJSON {
		changed = w.replace(&r.text, w.shown(r.text, !r.bytes)) || changed
	}
	return changed
}

// shown redacts a text. Fields that a key rule hits hide all of it: where their
// values end cannot be told.
func (w *walker) shown(text string, fields bool) string {
	if fields {
		if tag, ok := w.cfg.rules.MatchText(text); ok {
			return tag
		}
	}
	return w.ev.String(text)
}

func (w *walker) replace(s *string, by string) bool {
	differs := *s != by
	if w.trace != nil {
		w.trace.note(differs, by)
	}
	*s = by
	return differs
}

// value returns the redacted rendering as a value that the handler renders as
// it would have rendered the original.
func (r *rendering) value() slog.Value {
	switch {
	case r.as == RenderingJSON && r.json == nil:
		return slog.StringValue(r.jsonStr)
	case r.as == RenderingJSON:
		return slog.AnyValue(json.RawMessage(r.json))
	case r.as == RenderingText && r.bytes:
		return slog.AnyValue([]byte(r.text))
	case r.as == RenderingText:
		return slog.StringValue(r.text)
	}
	return slog.AnyValue(&shown{r: *r})
}

// shown stands for a redacted value in front of a handler of which it is not
// known what it calls. All that it holds is redacted.
type shown struct{ r rendering }

func (s *shown) String() string               { return s.r.text }
func (s *shown) MarshalText() ([]byte, error) { return []byte(s.r.text), nil }

func (s *shown) MarshalJSON() ([]byte, error) {
	if s.r.json == nil {
		return json.Marshal(s.r.jsonStr)
	}
	return s.r.json, nil
}

// Format implements fmt.Formatter for every verb.
func (s *shown) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", s.r.text)
		return
	}
	io.WriteString(f, s.r.text)
}
