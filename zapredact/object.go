package zapredact

import (
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap/zapcore"
)

// object wraps a marshaler such that it writes through a redacting encoder. The
// marshaler sits behind a closure, out of reach of formatters.
type object func(zapcore.ObjectEncoder) error

func (o object) MarshalLogObject(enc zapcore.ObjectEncoder) error { return o(enc) }

type array func(zapcore.ArrayEncoder) error

func (a array) MarshalLogArray(enc zapcore.ArrayEncoder) error { return a(enc) }

// object returns m redacted. In a walk that traces, m is written once for the
// trace alone, since the encoder is not at hand yet.
func (w *walker) object(m zapcore.ObjectMarshaler, hide string) object {
	if w.trace != nil {
		_ = m.MarshalLogObject(&objectEncoder{zapcore.NewMapObjectEncoder(), *w, hide})
	}
	v := walker{ev: w.ev, cfg: w.cfg, plain: w.plain}
	return func(enc zapcore.ObjectEncoder) error {
		return v.ev.Err(m.MarshalLogObject(&objectEncoder{enc, v, hide}))
	}
}

func (w *walker) array(m zapcore.ArrayMarshaler) array {
	if w.trace != nil {
		t := *w // only the copy escapes
		discard := array(func(enc zapcore.ArrayEncoder) error { return t.marshal(m, enc) })
		_ = zapcore.NewMapObjectEncoder().AddArray("", discard)
	}
	v := walker{ev: w.ev, cfg: w.cfg, plain: w.plain}
	return func(enc zapcore.ArrayEncoder) error {
		return v.ev.Err(v.marshal(m, enc))
	}
}

func (w walker) marshal(m zapcore.ArrayMarshaler, enc zapcore.ArrayEncoder) error {
	e := &arrayEncoder{next: enc, w: w}
	err := m.MarshalLogArray(e)
	e.flush()
	return err
}

// objectEncoder redacts what is added to next. No method of the interface is
// promoted, so that none that zap adds can slip through unnoticed.
type objectEncoder struct {
	next zapcore.ObjectEncoder
	w    walker
	hide string // tag for all values, if any
}

// key returns the redacted key, and whether the value is to be added: one that a
// key rule hides is added as its tag here.
func (e *objectEncoder) key(k string) (string, bool) {
	shown, tag := e.tag(k)
	if tag != "" {
		e.next.AddString(shown, tag)
	}
	return shown, tag == ""
}

func (e *objectEncoder) tag(k string) (shown, tag string) {
	tag = e.hide
	if tag == "" {
		tag, _ = e.w.cfg.rules.Match(k)
	}
	return e.w.text(k), tag
}

// number is key for numbers, which may be secrets too.
func (e *objectEncoder) number(k string, text func() string) (string, bool) {
	k, ok := e.key(k)
	if ok && e.w.cfg.numbers {
		s := text()
		if r := e.w.text(s); r != s {
			e.next.AddString(k, r)
			return k, false
		}
	}
	return k, ok
}

func (e *objectEncoder) AddString(k, v string) {
	if k, ok := e.key(k); ok {
		e.next.AddString(k, e.w.text(v))
	}
}

func (e *objectEncoder) AddByteString(k string, v []byte) {
	if k, ok := e.key(k); ok {
		v, _ = e.w.bytes(v)
		e.next.AddByteString(k, v)
	}
}

func (e *objectEncoder) AddBinary(k string, v []byte) {
	k, ok := e.key(k)
	if !ok {
		return
	}
	b64 := base64.StdEncoding.EncodeToString(v)
	if s := e.w.text(b64); s != b64 {
		e.next.AddString(k, s)
		return
	}
	v, _ = e.w.bytes(v)
	e.next.AddBinary(k, v)
}

func (e *objectEncoder) AddReflected(k string, v any) error {
	k, ok := e.key(k)
	if !ok {
		return nil
	}
	shown, bad, _ := e.w.reflected(v)
	if bad != "" {
		return errors.New(bad)
	}
	return e.w.ev.Err(e.next.AddReflected(k, shown))
}

func (e *objectEncoder) AddObject(k string, m zapcore.ObjectMarshaler) error {
	k, ok := e.key(k)
	if !ok {
		return nil
	}
	return e.w.ev.Err(e.next.AddObject(k, e.w.object(m, "")))
}

func (e *objectEncoder) AddArray(k string, m zapcore.ArrayMarshaler) error {
	k, ok := e.key(k)
	if !ok {
		return nil
	}
	return e.w.ev.Err(e.next.AddArray(k, e.w.array(m)))
}

func (e *objectEncoder) OpenNamespace(k string) {
	shown, tag := e.tag(k)
	e.hide = tag
	e.next.OpenNamespace(shown)
}

func (e *objectEncoder) AddBool(k string, v bool) {
	if k, ok := e.key(k); ok {
		e.next.AddBool(k, v)
	}
}

func (e *objectEncoder) AddComplex128(k string, v complex128) {
	if k, ok := e.key(k); ok {
		e.next.AddComplex128(k, v)
	}
}

func (e *objectEncoder) AddComplex64(k string, v complex64) {
	if k, ok := e.key(k); ok {
		e.next.AddComplex64(k, v)
	}
}

func (e *objectEncoder) AddDuration(k string, v time.Duration) {
	if k, ok := e.key(k); ok {
		e.next.AddDuration(k, v)
	}
}

func (e *objectEncoder) AddFloat64(k string, v float64) {
	if k, ok := e.number(k, func() string { return formatFloat(v, 64) }); ok {
		e.next.AddFloat64(k, v)
	}
}

func (e *objectEncoder) AddFloat32(k string, v float32) {
	if k, ok := e.number(k, func() string { return formatFloat(float64(v), 32) }); ok {
		e.next.AddFloat32(k, v)
	}
}

func (e *objectEncoder) AddInt(k string, v int) {
	if k, ok := e.number(k, func() string { return strconv.FormatInt(int64(v), 10) }); ok {
		e.next.AddInt(k, v)
	}
}

func (e *objectEncoder) AddInt64(k string, v int64) {
	if k, ok := e.number(k, func() string { return strconv.FormatInt(int64(v), 10) }); ok {
		e.next.AddInt64(k, v)
	}
}

func (e *objectEncoder) AddInt32(k string, v int32) {
	if k, ok := e.number(k, func() string { return strconv.FormatInt(int64(v), 10) }); ok {
		e.next.AddInt32(k, v)
	}
}

func (e *objectEncoder) AddInt16(k string, v int16) {
	if k, ok := e.number(k, func() string { return strconv.FormatInt(int64(v), 10) }); ok {
		e.next.AddInt16(k, v)
	}
}

func (e *objectEncoder) AddInt8(k string, v int8) {
	if k, ok := e.number(k, func() string { return strconv.FormatInt(int64(v), 10) }); ok {
		e.next.AddInt8(k, v)
	}
}

func (e *objectEncoder) AddTime(k string, v time.Time) {
	if k, ok := e.key(k); ok {
		e.next.AddTime(k, v)
	}
}

func (e *objectEncoder) AddUint(k string, v uint) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUint(k, v)
	}
}

func (e *objectEncoder) AddUint64(k string, v uint64) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUint64(k, v)
	}
}

func (e *objectEncoder) AddUint32(k string, v uint32) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUint32(k, v)
	}
}

func (e *objectEncoder) AddUint16(k string, v uint16) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUint16(k, v)
	}
}

func (e *objectEncoder) AddUint8(k string, v uint8) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUint8(k, v)
	}
}

func (e *objectEncoder) AddUintptr(k string, v uintptr) {
	if k, ok := e.number(k, func() string { return strconv.FormatUint(uint64(v), 10) }); ok {
		e.next.AddUintptr(k, v)
	}
}
