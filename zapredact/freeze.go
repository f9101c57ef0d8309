package zapredact

import (
	"bytes"
	"reflect"

	"go.uber.org/zap/zapcore"
)

// bound is a field of With as it came and as it was at that time. Bound fields
// are redacted again when the snapshot changes, on whatever goroutine logs then:
// reading through their pointers at that time would be a data race with the
// program, and show a later state than a bare core does.
type bound struct {
	orig, frozen zapcore.Field
}

func freezeFields(fs []zapcore.Field, plain bool) []bound {
	out := make([]bound, len(fs))
	for i, f := range fs {
		out[i] = bound{f, freeze(f, plain)}
	}
	return out
}

// bound returns the redacted fields. A field that is clean is passed on as it
// came, at the first binding, and as it was then at later ones.
func (w *walker) bound(given []bound, hide string, first bool) []zapcore.Field {
	out := make([]zapcore.Field, len(given))
	for i := range given {
		f, changed := w.field(&given[i].frozen, &hide)
		if first && !changed {
			f = given[i].orig
		}
		out[i] = f
	}
	return out
}

// freeze returns the field with what stands behind its pointers read, once.
// Errors are taken to be immutable.
func freeze(f zapcore.Field, plain bool) zapcore.Field {
	switch f.Type {
	case zapcore.BinaryType, zapcore.ByteStringType:
		if b, ok := f.Interface.([]byte); ok {
			f.Interface = bytes.Clone(b)
		}
	case zapcore.StringerType:
		if key, s, ok := stringOf(&f); ok {
			return zapcore.Field{Key: key, Type: zapcore.StringType, String: s}
		}
	case zapcore.ReflectType:
		f.Interface = freezeReflected(f.Interface, plain)
	case zapcore.ObjectMarshalerType, zapcore.InlineMarshalerType:
		if m, ok := f.Interface.(zapcore.ObjectMarshaler); ok {
			f.Interface = recordObject(m)
		}
	case zapcore.ArrayMarshalerType:
		if m, ok := f.Interface.(zapcore.ArrayMarshaler); ok {
			f.Interface = recordArray(m)
		}
	}
	return f
}

// frozen is a reflected value as it was.
type frozen struct {
	open func() rendering
}

type rendering struct {
	json    []byte
	bad     string // the text of the error that json ends in
	printed []byte // what fmt makes of it, unless that is of no interest
	finite  bool   // false: fmt would not come back from it
}

func freezeReflected(v any, plain bool) any {
	if v == nil || scalar(reflect.TypeOf(v)) {
		return v
	}
	r := rendering{finite: true}
	r.json, r.bad = marshal(v)
	if !plain {
		r.printed, r.finite = printed(v)
	}
	return &frozen{open: func() rendering { return r }}
}
