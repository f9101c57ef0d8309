package zapredact

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// A walker redacts entries and fields under one snapshot. It copies what it
// changes: the slice of fields is the caller's, and other cores see it.
type walker struct {
	ev    redact.Event
	cfg   *config
	plain bool   // whatever comes after it encodes: see plain
	trace *trace // of a binding, else nil
}

func (w *walker) text(s string) string {
	if s == "" {
		return s // in a given place there is none whatever the snapshot
	}
	r := w.ev.String(s)
	if w.trace != nil {
		w.trace.note(r != s, r)
	}
	return r
}

func (w *walker) entry(ent *zapcore.Entry) {
	ent.Message = w.text(ent.Message)
	w.place(ent)
}

// place redacts what says where an entry comes from.
func (w *walker) place(ent *zapcore.Entry) {
	ent.LoggerName = w.text(ent.LoggerName)
	ent.Stack = w.text(ent.Stack)
	if ent.Caller.Defined {
		ent.Caller.File = w.text(ent.Caller.File)
		ent.Caller.Function = w.text(ent.Caller.Function)
	}
}

// record redacts an entry and returns its redacted fields. hide is the tag for all
// values, if any.
func (w *walker) record(ent *zapcore.Entry, fs []zapcore.Field, hide string) []zapcore.Field {
	if w.textsOnly(hide) && w.clean(ent, fs) {
		return fs
	}
	w.entry(ent)
	return w.fields(fs, hide)
}

// textsOnly reports whether of a simple field nothing matters but its texts.
func (w *walker) textsOnly(hide string) bool {
	return hide == "" && w.cfg.rules == nil && !w.cfg.numbers
}

// clean reports whether all fields are simple and can be told to be clean at once,
// with the entry.
func (w *walker) clean(ent *zapcore.Entry, fs []zapcore.Field) bool {
	var b redact.Batch
	b.Reset(w.ev)
	b.Add(ent.Message)
	b.Add(ent.LoggerName)
	b.Add(ent.Stack)
	if ent.Caller.Defined {
		b.Add(ent.Caller.File)
		b.Add(ent.Caller.Function)
	}
	for i := range fs {
		f := &fs[i]
		if f.Type >= zapcore.SkipType || !simple[f.Type] {
			return false
		}
		b.Add(f.Key)
		b.Add(f.String)
	}
	return b.Clean()
}

// fields returns the redacted fields, as the same slice if nothing changed.
func (w *walker) fields(fs []zapcore.Field, hide string) []zapcore.Field {
	var out []zapcore.Field
	plain := w.textsOnly(hide) && w.trace == nil
	for i := range fs {
		f := &fs[i]
		if plain && f.Type < zapcore.SkipType && simple[f.Type] {
			// Nearly all fields, and nearly all clean: nothing is copied.
			key, text := w.ev.String(f.Key), w.ev.String(f.String)
			if key == f.Key && text == f.String {
				continue
			}
			if out == nil {
				out = slices.Clone(fs)
			}
			out[i].Key, out[i].String = key, text
			continue
		}
		r, changed := w.field(f, &hide)
		if changed && out == nil {
			out = slices.Clone(fs)
		}
		if out != nil {
			out[i] = r
		}
	}
	if out == nil {
		return fs
	}
	return out
}

// simple fields hold nothing but a key, a string and a number.
var simple = [zapcore.SkipType]bool{
	zapcore.StringType: true, zapcore.BoolType: true, zapcore.DurationType: true, zapcore.TimeType: true,
	zapcore.Float64Type: true, zapcore.Float32Type: true,
	zapcore.Int64Type: true, zapcore.Int32Type: true, zapcore.Int16Type: true, zapcore.Int8Type: true,
	zapcore.Uint64Type: true, zapcore.Uint32Type: true, zapcore.Uint16Type: true, zapcore.Uint8Type: true, zapcore.UintptrType: true,
}

// field redacts one field. A namespace that a key rule hits sets hide for what
// follows.
func (w *walker) field(in *zapcore.Field, hide *string) (zapcore.Field, bool) {
	f := *in
	if f.Type == zapcore.SkipType {
		return f, false
	}
	f.Key = w.text(in.Key)
	tag := *hide
	if tag == "" {
		tag, _ = w.cfg.rules.Match(in.Key)
	}
	changed := f.Key != in.Key
	switch {
	case tag == "":
		return f, w.value(&f, "") || changed
	case f.Type == zapcore.NamespaceType:
		*hide = tag
		return f, changed
	case f.Type == zapcore.InlineMarshalerType:
		return f, w.value(&f, tag) || changed
	}
	return zapcore.Field{Key: f.Key, Type: zapcore.StringType, String: tag}, true
}

// value redacts the value of f in place and reports whether it changed. A field
// whose type and value do not fit, at which zap panics with the value in the
// message, becomes a string that says so.
func (w *walker) value(f *zapcore.Field, hide string) bool {
	switch f.Type {
	case zapcore.StringType:
		s := f.String
		f.String = w.text(s)
		return f.String != s
	case zapcore.ByteStringType:
		b, ok := f.Interface.([]byte)
		if !ok {
			return w.misfit(f)
		}
		if b, ok = w.bytes(b); ok {
			f.Interface = b
		}
		return ok
	case zapcore.BinaryType:
		b, ok := f.Interface.([]byte)
		if !ok {
			return w.misfit(f)
		}
		return w.binary(f, b)
	case zapcore.ReflectType:
		return w.reflectField(f)
	case zapcore.StringerType:
		return w.stringer(f)
	case zapcore.ErrorType:
		err, ok := f.Interface.(error)
		if !ok {
			return w.misfit(f)
		}
		return w.error(f, err)
	case zapcore.ArrayMarshalerType:
		m, ok := f.Interface.(zapcore.ArrayMarshaler)
		if !ok {
			return w.misfit(f)
		}
		f.Interface = w.array(m)
		return true
	case zapcore.ObjectMarshalerType, zapcore.InlineMarshalerType:
		m, ok := f.Interface.(zapcore.ObjectMarshaler)
		if !ok {
			return w.misfit(f)
		}
		f.Interface = w.object(m, hide)
		return true
	case zapcore.Int64Type, zapcore.Int32Type, zapcore.Int16Type, zapcore.Int8Type:
		return w.number(f, func() string { return strconv.FormatInt(f.Integer, 10) })
	case zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type, zapcore.UintptrType:
		return w.number(f, func() string { return strconv.FormatUint(uint64(f.Integer), 10) })
	case zapcore.Float64Type:
		return w.number(f, func() string { return formatFloat(math.Float64frombits(uint64(f.Integer)), 64) })
	case zapcore.Float32Type:
		return w.number(f, func() string { return formatFloat(float64(math.Float32frombits(uint32(f.Integer))), 32) })
	case zapcore.TimeFullType:
		if _, ok := f.Interface.(time.Time); ok {
			return false
		}
	case zapcore.Complex128Type:
		if _, ok := f.Interface.(complex128); ok {
			return false
		}
	case zapcore.Complex64Type:
		if _, ok := f.Interface.(complex64); ok {
			return false
		}
	case zapcore.BoolType, zapcore.DurationType, zapcore.TimeType, zapcore.NamespaceType, zapcore.SkipType:
		return false
	}
	return w.misfit(f)
}

func formatFloat(v float64, bits int) string { return strconv.FormatFloat(v, 'f', -1, bits) }

func (w *walker) misfit(f *zapcore.Field) bool {
	*f = zapcore.Field{Key: f.Key, Type: zapcore.StringType, String: fmt.Sprintf("!BADFIELD: type %d", f.Type)}
	return true
}

func (w *walker) number(f *zapcore.Field, text func() string) bool {
	if !w.cfg.numbers {
		return false
	}
	s := text()
	r := w.text(s)
	if r == s {
		return false
	}
	*f = zapcore.Field{Key: f.Key, Type: zapcore.StringType, String: r}
	return true
}

// bytes returns a redacted copy if b needs one.
func (w *walker) bytes(b []byte) ([]byte, bool) {
	if w.ev.Clean(b) {
		w.trace.note(false, "")
		return b, false
	}
	out := w.ev.Append(nil, b)
	if w.trace != nil {
		w.trace.note(true, string(out))
	}
	return out, !bytes.Equal(out, b)
}

// binary looks at the bytes both as they are and as zap's encoders write them.
func (w *walker) binary(f *zapcore.Field, b []byte) bool {
	enc := base64.StdEncoding.EncodeToString(b)
	if s := w.text(enc); s != enc {
		*f = zapcore.Field{Key: f.Key, Type: zapcore.StringType, String: s}
		return true
	}
	b, changed := w.bytes(b)
	f.Interface = b
	return changed
}

// stringer asks the value as zap does: a nil pointer that panics is shown as
// such, any other panic as an error of the field.
func (w *walker) stringer(f *zapcore.Field) bool {
	key, s, ok := stringOf(f)
	if !ok {
		return w.misfit(f)
	}
	if r := w.text(s); r != s {
		*f = zapcore.Field{Key: key, Type: zapcore.StringType, String: r}
		return true
	}
	return false
}

func stringOf(f *zapcore.Field) (key, s string, ok bool) {
	str, ok := f.Interface.(fmt.Stringer)
	if !ok {
		return "", "", false
	}
	key = f.Key
	defer func() {
		if r := recover(); r != nil {
			if v := reflect.ValueOf(str); v.Kind() == reflect.Pointer && v.IsNil() {
				s = "<nil>"
				return
			}
			key, s = f.Key+"Error", fmt.Sprintf("PANIC=%v", r)
		}
	}()
	return key, str.String(), true
}

func (w *walker) error(f *zapcore.Field, err error) bool {
	shown := w.ev.Err(err)
	t := reflect.TypeOf(err)
	same := t == reflect.TypeOf(shown) && (t.Kind() != reflect.Pointer || shown == err)
	if w.trace != nil {
		text := ""
		if !same {
			text = fmt.Sprintf("%+v", shown)
		}
		w.trace.note(!same, text)
	}
	f.Interface = shown
	return !same
}
