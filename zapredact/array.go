package zapredact

import (
	"errors"
	"time"

	"go.uber.org/zap/zapcore"
)

// arrayEncoder redacts what is appended to next; see objectEncoder. Bytes
// given as integers are held until the run of them ends.
type arrayEncoder struct {
	next zapcore.ArrayEncoder
	w    walker
	held byteRun
}

// number appends a number that is a secret as its tag, and reports whether the
// number itself is to be appended.
func (e *arrayEncoder) number(text func() string) bool {
	e.flush()
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
	e.flush()
	e.next.AppendString(e.w.text(v))
}

func (e *arrayEncoder) AppendByteString(v []byte) {
	e.flush()
	v, _ = e.w.bytes(v)
	e.next.AppendByteString(v)
}

func (e *arrayEncoder) AppendReflected(v any) error {
	e.flush()
	shown, bad, _ := e.w.reflected(v)
	if bad != "" {
		return errors.New(bad)
	}
	return e.w.ev.Err(e.next.AppendReflected(shown))
}

func (e *arrayEncoder) AppendObject(m zapcore.ObjectMarshaler) error {
	e.flush()
	return e.w.ev.Err(e.next.AppendObject(e.w.object(m, "")))
}

func (e *arrayEncoder) AppendArray(m zapcore.ArrayMarshaler) error {
	e.flush()
	return e.w.ev.Err(e.next.AppendArray(e.w.array(m)))
}

func (e *arrayEncoder) AppendBool(v bool)              { e.flush(); e.next.AppendBool(v) }
func (e *arrayEncoder) AppendComplex128(v complex128)  { e.flush(); e.next.AppendComplex128(v) }
func (e *arrayEncoder) AppendComplex64(v complex64)    { e.flush(); e.next.AppendComplex64(v) }
func (e *arrayEncoder) AppendDuration(v time.Duration) { e.flush(); e.next.AppendDuration(v) }
func (e *arrayEncoder) AppendTime(v time.Time)         { e.flush(); e.next.AppendTime(v) }

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
	e.signed(int64(v), func(next zapcore.ArrayEncoder) { next.AppendInt(v) })
}

func (e *arrayEncoder) AppendInt64(v int64) {
	e.signed(v, func(next zapcore.ArrayEncoder) { next.AppendInt64(v) })
}

func (e *arrayEncoder) AppendInt32(v int32) {
	e.signed(int64(v), func(next zapcore.ArrayEncoder) { next.AppendInt32(v) })
}

func (e *arrayEncoder) AppendInt16(v int16) {
	e.signed(int64(v), func(next zapcore.ArrayEncoder) { next.AppendInt16(v) })
}

func (e *arrayEncoder) AppendInt8(v int8) {
	e.signed(int64(v), func(next zapcore.ArrayEncoder) { next.AppendInt8(v) })
}

func (e *arrayEncoder) AppendUint(v uint) {
	e.unsigned(uint64(v), func(next zapcore.ArrayEncoder) { next.AppendUint(v) })
}

func (e *arrayEncoder) AppendUint64(v uint64) {
	e.unsigned(v, func(next zapcore.ArrayEncoder) { next.AppendUint64(v) })
}

func (e *arrayEncoder) AppendUint32(v uint32) {
	e.unsigned(uint64(v), func(next zapcore.ArrayEncoder) { next.AppendUint32(v) })
}

func (e *arrayEncoder) AppendUint16(v uint16) {
	e.unsigned(uint64(v), func(next zapcore.ArrayEncoder) { next.AppendUint16(v) })
}

func (e *arrayEncoder) AppendUint8(v uint8) {
	e.unsigned(uint64(v), func(next zapcore.ArrayEncoder) { next.AppendUint8(v) })
}

func (e *arrayEncoder) AppendUintptr(v uintptr) {
	e.unsigned(uint64(v), func(next zapcore.ArrayEncoder) { next.AppendUintptr(v) })
}
