package loggers

import (
	"bytes"
	"io"
	"log/slog"
	"reflect"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/bench/corpus"
)

// The clones do what redactors of their kind do, written anew. They look for raw
// values: of what is encoded or escaped they find nothing.

const clonedTag = "[REDACTED]"

func byValue(secrets []corpus.Secret) map[string]bool {
	m := make(map[string]bool, len(secrets))
	for _, s := range secrets {
		m[s.Value] = true
	}
	return m
}

// masqContained is the idea of github.com/m-mizutani/masq with one contain
// filter for each value: ReplaceAttr clones each value by reflection and asks
// all filters about each string in it.
func masqContained(secrets []corpus.Secret) func([]string, slog.Attr) slog.Attr {
	return masq(func(s string) (string, bool) {
		for i := range secrets {
			if strings.Contains(s, secrets[i].Value) {
				return clonedTag, true
			}
		}
		return s, false
	})
}

// masqWhole looks whole values up in a map.
func masqWhole(secrets []corpus.Secret) func([]string, slog.Attr) slog.Attr {
	values := byValue(secrets)
	return masq(func(s string) (string, bool) { return clonedTag, values[s] })
}

func masq(filter func(string) (string, bool)) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			if r, hit := filter(a.Value.String()); hit {
				a.Value = slog.StringValue(r)
			}
		case slog.KindAny:
			if v := a.Value.Any(); v != nil {
				a.Value = slog.AnyValue(clone(reflect.ValueOf(v), filter).Interface())
			}
		}
		return a
	}
}

func clone(v reflect.Value, filter func(string) (string, bool)) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		if r, hit := filter(v.String()); hit {
			out.SetString(r)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(clone(v.Elem(), filter))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if out.Field(i).CanSet() {
				out.Field(i).Set(clone(v.Field(i), filter))
			}
		}
	}
	return out
}

// wholeValueCore is the same for zap: a core that copies the fields.
type wholeValueCore struct {
	zapcore.Core
	values map[string]bool
}

func (c wholeValueCore) With(fs []zapcore.Field) zapcore.Core {
	return wholeValueCore{c.Core.With(c.clone(fs)), c.values}
}

func (c wholeValueCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c wholeValueCore) Write(e zapcore.Entry, fs []zapcore.Field) error {
	return c.Core.Write(e, c.clone(fs))
}

func (c wholeValueCore) clone(fs []zapcore.Field) []zapcore.Field {
	out := make([]zapcore.Field, len(fs))
	for i, f := range fs {
		if f.Type == zapcore.StringType && c.values[f.String] {
			f.String = clonedTag
		}
		out[i] = f
	}
	return out
}

// replaceLoop is what a writer does: it searches each event for each value.
type replaceLoop struct {
	w      io.Writer
	values [][]byte
}

func newReplaceLoop(w io.Writer, secrets []corpus.Secret) *replaceLoop {
	r := &replaceLoop{w: w}
	for _, s := range secrets {
		r.values = append(r.values, []byte(s.Value))
	}
	return r
}

func (r *replaceLoop) Write(p []byte) (int, error) {
	out := p
	for _, v := range r.values {
		if bytes.Contains(out, v) {
			out = bytes.ReplaceAll(out, v, []byte(clonedTag))
		}
	}
	_, err := r.w.Write(out)
	return len(p), err
}
