package otelproc

import (
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-00b494d3/tagout/redact"
)

// What stands in for a value that cannot be looked into. The alphabet is that of
// tags.
const (
	tooDeep     = "[REDACTED:depth]"
	unknownKind = "[REDACTED:unknown-kind]"
)

// A walk redacts the parts of one batch under one snapshot. It belongs to one
// goroutine. Each of its methods returns its argument and false if there is
// nothing to redact, and otherwise a copy and true; arguments are never written
// to.
type walk struct {
	r   *redactor
	ev  redact.Event
	buf []byte // scratch for joined text
}

// text compares by pointer first, so that the clean case costs no second look.
func (w *walk) text(s string) (string, bool) {
	t := w.ev.String(s)
	return t, t != s
}

func (w *walk) bytes(b []byte) ([]byte, bool) {
	if w.ev.Clean(b) {
		return b, false
	}
	return w.ev.Append(nil, b), true
}

func (w *walk) attrs(kvs []attribute.KeyValue) ([]attribute.KeyValue, bool) {
	return w.keyValues(kvs, 0)
}

// keyValues is attrs at the given depth of nesting.
func (w *walk) keyValues(kvs []attribute.KeyValue, depth int) ([]attribute.KeyValue, bool) {
	out, dirty := kvs, false
	for i := range kvs {
		key, k := w.text(string(kvs[i].Key))
		val, v := w.value(kvs[i].Value, depth)
		if !k && !v {
			continue
		}
		if !dirty {
			out, dirty = slices.Clone(kvs), true
		}
		out[i] = attribute.KeyValue{Key: attribute.Key(key), Value: val}
	}
	return out, dirty
}

// value redacts v, which lies inside depth slices or maps.
func (w *walk) value(v attribute.Value, depth int) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.EMPTY, attribute.BOOL, attribute.BOOLSLICE,
		attribute.FLOAT64, attribute.FLOAT64SLICE:
		return v, false

	case attribute.INT64:
		if s, dirty := w.number(v.AsInt64()); dirty {
			return attribute.StringValue(s), true
		}
		return v, false

	case attribute.INT64SLICE:
		return w.numbers(v)

	case attribute.STRING:
		if s, dirty := w.text(v.AsString()); dirty {
			return attribute.StringValue(s), true
		}
		return v, false

	case attribute.STRINGSLICE:
		ss, dirty := v.AsStringSlice(), false // a copy
		for i := range ss {
			s, d := w.text(ss[i])
			ss[i], dirty = s, dirty || d
		}
		if dirty {
			return attribute.StringSliceValue(ss), true
		}
		return v, false

	case attribute.BYTESLICE:
		if b, dirty := w.bytes(v.AsByteSlice()); dirty {
			return attribute.ByteSliceValue(b), true
		}
		return v, false

	case attribute.SLICE:
		if depth >= w.r.cfg.maxDepth {
			return attribute.StringValue(tooDeep), true
		}
		vs, dirty := v.AsSlice(), false // a copy
		for i := range vs {
			e, d := w.value(vs[i], depth+1)
			vs[i], dirty = e, dirty || d
		}
		if dirty {
			return attribute.SliceValue(vs...), true
		}
		return v, false

	case attribute.MAP:
		if depth >= w.r.cfg.maxDepth {
			return attribute.StringValue(tooDeep), true
		}
		if kvs, dirty := w.keyValues(v.AsMap(), depth+1); dirty {
			return attribute.MapValue(kvs...), true
		}
		return v, false
	}
	return attribute.StringValue(unknownKind), true
}

// number looks for secrets in the decimal spelling of n, if that is asked for.
func (w *walk) number(n int64) (string, bool) {
	if !w.r.cfg.numbers {
		return "", false
	}
	w.buf = strconv.AppendInt(w.buf[:0], n, 10)
	b, dirty := w.bytes(w.buf)
	return string(b), dirty
}

// numbers is number for a slice, which becomes a slice of strings if it must.
func (w *walk) numbers(v attribute.Value) (attribute.Value, bool) {
	if !w.r.cfg.numbers {
		return v, false
	}
	var out []string
	ns := v.AsInt64Slice()
	for i, n := range ns {
		s, dirty := w.number(n)
		if dirty && out == nil {
			out = make([]string, len(ns))
			for j, m := range ns {
				out[j] = strconv.FormatInt(m, 10)
			}
		}
		if dirty {
			out[i] = s
		}
	}
	if out == nil {
		return v, false
	}
	return attribute.StringSliceValue(out), true
}

// set redacts an attribute set. Keys that become equal are kept once.
func (w *walk) set(s *attribute.Set) (attribute.Set, bool) {
	var out []attribute.KeyValue
	for i := range s.Len() {
		kv, _ := s.Get(i)
		key, k := w.text(string(kv.Key))
		val, v := w.value(kv.Value, 0)
		if !k && !v {
			continue
		}
		if out == nil {
			out = s.ToSlice()
		}
		out[i] = attribute.KeyValue{Key: attribute.Key(key), Value: val}
	}
	if out == nil {
		return *s, false
	}
	return attribute.NewSet(out...), true
}
