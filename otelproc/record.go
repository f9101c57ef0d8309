package otelproc

import (
	"reflect"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A Record has setters for everything but its resource, its scope and its count
// of dropped attributes, and its own limits would cut tags. The SDK's test kit
// (sdk/log/logtest) makes records by setting the fields by name; so does this
// file, for a copy that it owns, and it checks the outcome through the public
// getters. Where the fields of a later SDK do not fit, it fails closed: see
// redactedRecord.

var (
	resourceField  = recordField[*resource.Resource]("resource")
	scopeField     = recordField[*instrumentation.Scope]("scope")
	droppedField   = recordField[int]("dropped")
	countField     = recordField[int]("attributeCountLimit")
	lengthField    = recordField[int]("attributeValueLengthLimit")
	depthField     = recordField[int]("attributeValueDepthLimit")
	duplicateField = recordField[bool]("allowDupKeys")
)

// A field is where a Record keeps something, or not known.
type field[T any] struct {
	offset uintptr
	ok     bool
}

func recordField[T any](name string) field[T] {
	f, ok := reflect.TypeFor[sdklog.Record]().FieldByName(name)
	return field[T]{f.Offset, ok && f.Type == reflect.TypeFor[T]()}
}

func (f field[T]) set(r *sdklog.Record, v T) {
	if f.ok {
		*(*T)(unsafe.Add(unsafe.Pointer(r), f.offset)) = v
	}
}

// A redactedText is what a record's texts were redacted to.
type redactedText struct {
	event, severity string
	body            attribute.Value
	attrs           []attribute.KeyValue
	scope           instrumentation.Scope
	resource        *resource.Resource
}

// redactedRecord returns a copy of r with other texts. If the fields that have
// no setter cannot be replaced and hold a secret, the copy goes out without
// resource, scope and attributes, the latter counted as dropped.
func redactedRecord(r *sdklog.Record, t redactedText) sdklog.Record {
	c := r.Clone()
	countField.set(&c, -1)
	lengthField.set(&c, -1)
	depthField.set(&c, -1)
	duplicateField.set(&c, true)
	resourceField.set(&c, t.resource)
	scopeField.set(&c, &t.scope)
	if c.Resource() != t.resource || c.InstrumentationScope() != t.scope {
		c = sdklog.Record{} // allows no attributes: they count as dropped
		c.SetTimestamp(r.Timestamp())
		c.SetObservedTimestamp(r.ObservedTimestamp())
		c.SetSeverity(r.Severity())
		c.SetTraceID(r.TraceID())
		c.SetSpanID(r.SpanID())
		c.SetTraceFlags(r.TraceFlags())
	}
	c.SetEventName(t.event)
	c.SetSeverityText(t.severity)
	c.SetBody(t.body)
	c.SetAttributes(t.attrs...) // sets: with duplicate keys allowed, adding would keep the originals
	if n := r.DroppedAttributes(); n > c.DroppedAttributes() {
		droppedField.set(&c, n)
	}
	return c
}

// record returns r itself if it is clean.
func (w *walk) record(r *sdklog.Record) (*sdklog.Record, bool) {
	var t redactedText
	var d [5]bool
	t.event, d[0] = w.text(r.EventName())
	t.severity, d[1] = w.text(r.SeverityText())
	t.body, d[2] = w.value(r.Body(), 0)
	t.scope, d[3] = w.scope(r.InstrumentationScope())
	t.resource, d[4] = w.resource(r.Resource())
	i := 0
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		key, k := w.text(string(kv.Key))
		val, v := w.value(kv.Value, 0)
		if k || v {
			if t.attrs == nil {
				t.attrs = recordAttrs(r)
			}
			t.attrs[i] = attribute.KeyValue{Key: attribute.Key(key), Value: val}
		}
		i++
		return true
	})
	if t.attrs == nil {
		if d == [5]bool{} {
			return r, false
		}
		t.attrs = recordAttrs(r)
	}
	c := redactedRecord(r, t)
	return &c, true
}

func recordAttrs(r *sdklog.Record) []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, r.AttributesLen())
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		out = append(out, kv)
		return true
	})
	return out
}
