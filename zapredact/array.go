package zapredact

import (
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap/zapcore"
)

// arrayEncoder redacts what is appended to next; see objectEncoder.
type arrayEncoder struct {
	next zapcore.ArrayEncoder
	w    walker
}

// number appends a number that is a secret as its tag, and reports whether the
// number itself is to be appended.
func (e *arrayEncoder) number(text func() string) bool {
	if e.w.cfg.numbers {
		s := text()
		if r := e.w.text(s); r != s {
			e.next.AppendString(r)
			return false
		}
	}
	return true
}

func (e *arrayEncoder) AppendString(v string) {
	e.next.AppendString(e.w.text(v))
}

func (e *arrayEncoder) AppendByteString(v []byte) {
	v, _ = e.w.bytes(v)
	e.next.AppendByteString(v)
}

func (e *arrayEncoder) AppendReflected(v any) error {
	shown, bad, _ := e.w.reflected(v)
	if bad != "" {
		return errors.New(bad)
	}
	return e.w.ev.Err(e.next.AppendReflected(shown))
}

func (e *arrayEncoder) AppendObject(m zapcore.ObjectMarshaler) error {
	return e.w.ev.Err(e.next.AppendObject(e.w.object(m, "")))
}

func (e *arrayEncoder) AppendArray(m zapcore.ArrayMarshaler) error {
	return e.w.ev.Err(e.next.AppendArray(e.w.array(m)))
}

func (e *arrayEncoder) AppendBool(v bool)              { e.next.AppendBool(v) }
func (e *arrayEncoder) AppendComplex128(v complex128)  { e.next.AppendComplex128(v) }
func (e *arrayEncoder) AppendComplex64(v complex64)    { e.next.AppendComplex64(v) }
func (e *arrayEncoder) AppendDuration(v time.Duration) { e.next.AppendDuration(v) }
func (e *arrayEncoder) AppendFloat64(v float64) {
	if e.number(func() string { return formatFloat(v, 64) }) {
		e.next.AppendFloat64(v)
	}
}

func (e *arrayEncoder) AppendFloat32(v float32) {
	if e.number(func() string { return formatFloat(float64(v), 32) }) {
		e.next.AppendFloat32(v)
	}
}

func (e *arrayEncoder) AppendInt(v int) {
	if e.number(func() string { return strconv.FormatInt(int64(v), 10) }) {
		e.next.AppendInt(v)
	}
}

func (e *arrayEncoder) AppendInt64(v int64) {
	if e.number(func() string { return strconv.FormatInt(int64(v), 10) }) {
		e.next.AppendInt64(v)
	}
}

func (e *arrayEncoder) AppendInt32(v int32) {
	if e.number(func() string { return strconv.FormatInt(int64(v), 10) }) {
		e.next.AppendInt32(v)
	}
}

func (e *arrayEncoder) AppendInt16(v int16) {
	if e.number(func() string { return strconv.FormatInt(int64(v), 10) }) {
		e.next.AppendInt16(v)
	}
}

func (e *arrayEncoder) AppendInt8(v int8) {
	if e.number(func() string { return strconv.FormatInt(int64(v), 10) }) {
		e.next.AppendInt8(v)
	}
}

func (e *arrayEncoder) AppendTime(v time.Time) { e.next.AppendTime(v) }
func (e *arrayEncoder) AppendUint(v uint) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUint(v)
	}
}

func (e *arrayEncoder) AppendUint64(v uint64) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUint64(v)
	}
}

func (e *arrayEncoder) AppendUint32(v uint32) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUint32(v)
	}
}

func (e *arrayEncoder) AppendUint16(v uint16) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUint16(v)
	}
}

func (e *arrayEncoder) AppendUint8(v uint8) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUint8(v)
	}
}

func (e *arrayEncoder) AppendUintptr(v uintptr) {
	if e.number(func() string { return strconv.FormatUint(uint64(v), 10) }) {
		e.next.AppendUintptr(v)
	}
}
