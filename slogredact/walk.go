package slogredact

import (
	"log/slog"
	"reflect"
	"strconv"

	"github.com/seed-00b494d3/tagout/redact"
)

// A walker redacts attributes under one snapshot. It copies what it changes.
type walker struct {
	ev    redact.Event
	cfg   *config
	hide  string // tag for all values, if any
	trace *trace // of a binding, else nil
	first bool   // the first binding of what is bound
}

func (w *walker) text(s string) string {
	r := w.ev.String(s)
	if w.trace != nil {
		w.trace.note(r != s, r)
	}
	return r
}

// clean reports whether all of a record can be told to be clean at once. With
// values that a method renders, which may be called only once, it cannot.
func (w *walker) clean(r *slog.Record) bool {
	if w.hide != "" || w.cfg.rules != nil || w.cfg.numbers {
		return false
	}
	var b redact.Batch
	b.Reset(w.ev)
	b.Add(r.Message)
	plain := true
	r.Attrs(func(a slog.Attr) bool {
		b.Add(a.Key)
		switch a.Value.Kind() {
		case slog.KindString:
			b.Add(a.Value.String())
		case slog.KindGroup, slog.KindAny, slog.KindLogValuer:
			plain = collect(&b, a.Value)
		}
		return plain
	})
	return plain && b.Clean()
}

// collect adds the texts of a value to a batch and reports whether they are all
// that there is to look at.
func collect(b *redact.Batch, v slog.Value) bool {
	switch v.Kind() {
	case slog.KindString:
		b.Add(v.String())
	case slog.KindGroup:
		for _, a := range v.Group() {
			b.Add(a.Key)
			if !collect(b, a.Value) {
				return false
			}
		}
	case slog.KindAny, slog.KindLogValuer:
		return false
	}
	return true
}

// record returns the redacted record: with its attributes as they came if nothing
// changed in them, else a new one.
func (w *walker) record(r slog.Record) slog.Record {
	r.Message = w.text(r.Message)
	var few [16]slog.Attr // of which AddAttrs takes a copy
	attrs, changed := few[:0], false
	r.Attrs(func(a slog.Attr) bool {
		if w.attr(&a) {
			changed = true
		}
		attrs = append(attrs, a)
		return true
	})
	if !changed {
		return r
	}
	f := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	f.AddAttrs(attrs...)
	return f
}

// attrs returns the redacted attributes, as themselves if nothing changed and no
// copy is wanted.
func (w *walker) attrs(as []slog.Attr, copied bool) ([]slog.Attr, bool) {
	var out []slog.Attr
	if copied {
		out = make([]slog.Attr, 0, len(as))
	}
	changed := false
	for i, a := range as {
		differs := w.attr(&a)
		if differs && out == nil {
			out = append(make([]slog.Attr, 0, len(as)), as[:i]...)
		}
		changed = changed || differs
		if out != nil {
			out = append(out, a)
		}
	}
	if out == nil {
		return as, false
	}
	return out, changed
}

// attr redacts an attribute in place and reports whether it differs. A value
// that resolves differs: it must not be asked again, since it might answer
// otherwise.
func (w *walker) attr(a *slog.Attr) bool {
	key := w.ev.String(a.Key)
	differs := key != a.Key
	if w.trace != nil {
		w.trace.note(differs, key)
	}
	v, changed := w.keyed(a.Key, a.Value)
	if differs {
		a.Key = key
	}
	if changed {
		a.Value = v
	}
	return differs || changed
}

// keyed applies the key rules before anything looks at the value. A group
// without key is no group: its members stand where it does.
func (w *walker) keyed(key string, v slog.Value) (slog.Value, bool) {
	tag := w.hide
	if tag == "" && w.cfg.rules != nil {
		tag, _ = w.cfg.rules.Match(key)
	}
	if tag == "" || key == "" && v.Equal(slog.Value{}) {
		return w.value(v)
	}
	if key == "" {
		if r := v.Resolve(); r.Kind() == slog.KindGroup {
			return w.value(r)
		}
	}
	return slog.StringValue(tag), true
}

func (w *walker) value(v slog.Value) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindString:
		s := v.String()
		if r := w.text(s); r != s {
			return slog.StringValue(r), true
		}
	case slog.KindGroup:
		if as, changed := w.attrs(v.Group(), false); changed {
			return slog.GroupValue(as...), true
		}
	case slog.KindAny:
		return w.any(v)
	case slog.KindLogValuer:
		// Resolve bounds the calls and catches panics; what it shows of one is a
		// stack without values.
		r, _ := w.value(v.Resolve())
		return r, true
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		if w.cfg.numbers {
			return w.number(v)
		}
	}
	return v, false
}

func (w *walker) number(v slog.Value) (slog.Value, bool) {
	var s string
	switch v.Kind() {
	case slog.KindInt64:
		s = strconv.FormatInt(v.Int64(), 10)
	case slog.KindUint64:
		s = strconv.FormatUint(v.Uint64(), 10)
	default:
		s = strconv.FormatFloat(v.Float64(), 'f', -1, 64)
	}
	if r := w.text(s); r != s {
		return slog.StringValue(r), true
	}
	return v, false
}

// any redacts what the wrapped handler would make of the value.
func (w *walker) any(v slog.Value) (slog.Value, bool) {
	switch a := v.Any().(type) {
	case nil:
		return v, false
	case *frozen:
		return w.frozen(a)
	case *slog.Source:
		return w.source(v, a)
	case error:
		if w.cfg.rules == nil || !isJSONMarshaler(a) {
			return w.error(v, a)
		}
	}
	r := render(v.Any(), w.cfg.render)
	if !w.rendered(&r) {
		return v, false
	}
	return r.value(), true
}

// frozen passes the original on where that is still what was bound: at the first
// binding, while it is clean.
func (w *walker) frozen(f *frozen) (slog.Value, bool) {
	v, r := f.open()
	if !w.rendered(&r) && w.first {
		return v, true
	}
	return r.value(), true
}

func (w *walker) error(v slog.Value, err error) (slog.Value, bool) {
	shown := w.ev.Err(err)
	same := sameError(shown, err)
	if w.trace != nil {
		text := ""
		if !same {
			text = shown.Error()
		}
		w.trace.note(!same, text)
	}
	if same {
		return v, false
	}
	return slog.AnyValue(shown), true
}

// sameError compares without the panic of == on types that cannot be compared.
// A redacted error is always a pointer.
func sameError(a, b error) bool {
	t := reflect.TypeOf(a)
	return t == reflect.TypeOf(b) && (t.Kind() != reflect.Pointer || a == b)
}

// source stays a *slog.Source, which handlers render in their own way.
func (w *walker) source(v slog.Value, s *slog.Source) (slog.Value, bool) {
	if s == nil {
		return v, false
	}
	c := *s
	c.Function, c.File = w.text(c.Function), w.text(c.File)
	if c == *s {
		return v, false
	}
	return slog.AnyValue(&c), true
}
