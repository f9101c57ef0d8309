package zapredact

import (
	"bytes"
	"time"

	"go.uber.org/zap/zapcore"
)

// objectRecorder keeps what a marshaler adds, to be added again.
type objectRecorder struct {
	ops []func(zapcore.ObjectEncoder) error
}

func recordObject(m zapcore.ObjectMarshaler) object {
	var r objectRecorder
	err := m.MarshalLogObject(&r)
	return func(enc zapcore.ObjectEncoder) error {
		for _, op := range r.ops {
			if err := op(enc); err != nil {
				return err
			}
		}
		return err
	}
}

func (r *objectRecorder) do(op func(zapcore.ObjectEncoder)) {
	r.ops = append(r.ops, func(enc zapcore.ObjectEncoder) error { op(enc); return nil })
}

func (r *objectRecorder) AddReflected(k string, v any) error {
	v = freezeReflected(v, true) // never handed on as itself
	r.ops = append(r.ops, func(enc zapcore.ObjectEncoder) error { return enc.AddReflected(k, v) })
	return nil
}

func (r *objectRecorder) AddObject(k string, m zapcore.ObjectMarshaler) error {
	o := recordObject(m)
	r.ops = append(r.ops, func(enc zapcore.ObjectEncoder) error { return enc.AddObject(k, o) })
	return nil
}

func (r *objectRecorder) AddArray(k string, m zapcore.ArrayMarshaler) error {
	a := recordArray(m)
	r.ops = append(r.ops, func(enc zapcore.ObjectEncoder) error { return enc.AddArray(k, a) })
	return nil
}

func (r *objectRecorder) OpenNamespace(k string) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.OpenNamespace(k) })
}

// arrayRecorder keeps what a marshaler appends, to be appended again.
type arrayRecorder struct {
	ops []func(zapcore.ArrayEncoder) error
}

func recordArray(m zapcore.ArrayMarshaler) array {
	var r arrayRecorder
	err := m.MarshalLogArray(&r)
	return func(enc zapcore.ArrayEncoder) error {
		for _, op := range r.ops {
			if err := op(enc); err != nil {
				return err
			}
		}
		return err
	}
}

func (r *arrayRecorder) do(op func(zapcore.ArrayEncoder)) {
	r.ops = append(r.ops, func(enc zapcore.ArrayEncoder) error { op(enc); return nil })
}

func (r *arrayRecorder) AppendReflected(v any) error {
	v = freezeReflected(v, true) // never handed on as itself
	r.ops = append(r.ops, func(enc zapcore.ArrayEncoder) error { return enc.AppendReflected(v) })
	return nil
}

func (r *arrayRecorder) AppendObject(m zapcore.ObjectMarshaler) error {
	o := recordObject(m)
	r.ops = append(r.ops, func(enc zapcore.ArrayEncoder) error { return enc.AppendObject(o) })
	return nil
}

func (r *arrayRecorder) AppendArray(m zapcore.ArrayMarshaler) error {
	a := recordArray(m)
	r.ops = append(r.ops, func(enc zapcore.ArrayEncoder) error { return enc.AppendArray(a) })
	return nil
}

func (r *objectRecorder) AddString(k string, v string) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddString(k, v) })
}

func (r *objectRecorder) AddByteString(k string, v []byte) {
	v = bytes.Clone(v)
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddByteString(k, v) })
}

func (r *objectRecorder) AddBinary(k string, v []byte) {
	v = bytes.Clone(v)
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddBinary(k, v) })
}

func (r *objectRecorder) AddBool(k string, v bool) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddBool(k, v) })
}

func (r *objectRecorder) AddComplex128(k string, v complex128) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddComplex128(k, v) })
}

func (r *objectRecorder) AddComplex64(k string, v complex64) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddComplex64(k, v) })
}

func (r *objectRecorder) AddDuration(k string, v time.Duration) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddDuration(k, v) })
}

func (r *objectRecorder) AddFloat64(k string, v float64) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddFloat64(k, v) })
}

func (r *objectRecorder) AddFloat32(k string, v float32) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddFloat32(k, v) })
}

func (r *objectRecorder) AddInt(k string, v int) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddInt(k, v) })
}

func (r *objectRecorder) AddInt64(k string, v int64) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddInt64(k, v) })
}

func (r *objectRecorder) AddInt32(k string, v int32) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddInt32(k, v) })
}

func (r *objectRecorder) AddInt16(k string, v int16) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddInt16(k, v) })
}

func (r *objectRecorder) AddInt8(k string, v int8) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddInt8(k, v) })
}

func (r *objectRecorder) AddTime(k string, v time.Time) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddTime(k, v) })
}

func (r *objectRecorder) AddUint(k string, v uint) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUint(k, v) })
}

func (r *objectRecorder) AddUint64(k string, v uint64) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUint64(k, v) })
}

func (r *objectRecorder) AddUint32(k string, v uint32) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUint32(k, v) })
}

func (r *objectRecorder) AddUint16(k string, v uint16) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUint16(k, v) })
}

func (r *objectRecorder) AddUint8(k string, v uint8) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUint8(k, v) })
}

func (r *objectRecorder) AddUintptr(k string, v uintptr) {
	r.do(func(enc zapcore.ObjectEncoder) { enc.AddUintptr(k, v) })
}

func (r *arrayRecorder) AppendString(v string) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendString(v) })
}

func (r *arrayRecorder) AppendByteString(v []byte) {
	v = bytes.Clone(v)
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendByteString(v) })
}

func (r *arrayRecorder) AppendBool(v bool) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendBool(v) })
}

func (r *arrayRecorder) AppendComplex128(v complex128) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendComplex128(v) })
}

func (r *arrayRecorder) AppendComplex64(v complex64) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendComplex64(v) })
}

func (r *arrayRecorder) AppendDuration(v time.Duration) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendDuration(v) })
}

func (r *arrayRecorder) AppendFloat64(v float64) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendFloat64(v) })
}

func (r *arrayRecorder) AppendFloat32(v float32) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendFloat32(v) })
}

func (r *arrayRecorder) AppendInt(v int) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendInt(v) })
}

func (r *arrayRecorder) AppendInt64(v int64) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendInt64(v) })
}

func (r *arrayRecorder) AppendInt32(v int32) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendInt32(v) })
}

func (r *arrayRecorder) AppendInt16(v int16) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendInt16(v) })
}

func (r *arrayRecorder) AppendInt8(v int8) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendInt8(v) })
}

func (r *arrayRecorder) AppendTime(v time.Time) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendTime(v) })
}

func (r *arrayRecorder) AppendUint(v uint) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUint(v) })
}

func (r *arrayRecorder) AppendUint64(v uint64) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUint64(v) })
}

func (r *arrayRecorder) AppendUint32(v uint32) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUint32(v) })
}

func (r *arrayRecorder) AppendUint16(v uint16) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUint16(v) })
}

func (r *arrayRecorder) AppendUint8(v uint8) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUint8(v) })
}

func (r *arrayRecorder) AppendUintptr(v uintptr) {
	r.do(func(enc zapcore.ArrayEncoder) { enc.AppendUintptr(v) })
}
