package otelproc

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

// secret fits everywhere, a trace state key included.
const (
	secret    = "hunter2-hunter2-9f8e7d6c"
	tag       = "[REDACTED:db/password@v7]"
	tagNoVers = "[REDACTED:db/password]"
)

func matcher(t testing.TB, values ...string) *redact.Matcher {
	t.Helper()
	var secrets []redact.Secret
	for i, v := range values {
		secrets = append(secrets, redact.NewSecret(fmt.Sprintf("extra%d", i), "v1", []byte(v)))
	}
	m, err := redact.NewMatcher(append(secrets, redact.NewSecret("db/password", "v7", []byte(secret))))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// source is a Source whose snapshot can be changed.
type source struct {
	p atomic.Pointer[redact.Matcher]
}

func (s *source) Matcher() *redact.Matcher { return s.p.Load() }

// texts returns every text that can be reached through exported fields and the
// getters of OpenTelemetry's own types, with the path to it.
func texts(v any) map[string]string {
	out := make(map[string]string)
	var walk func(path string, v reflect.Value)
	sub := func(path string, v any) { walk(path, reflect.ValueOf(v)) }
	walk = func(path string, v reflect.Value) {
		if !v.IsValid() {
			return
		}
		switch x := v.Interface().(type) {
		case attribute.Value:
			if x.Type() == attribute.BYTESLICE {
				out[path] = string(x.AsByteSlice())
			} else {
				sub(path, x.AsInterface())
			}
			return
		case attribute.Set:
			sub(path, x.ToSlice())
			return
		case *resource.Resource:
			if x != nil {
				sub(path+".Attributes", x.Attributes())
				out[path+".SchemaURL"] = x.SchemaURL()
			}
			return
		case trace.TraceState:
			out[path] = x.String()
			return
		case trace.SpanContext:
			sub(path+".TraceState", x.TraceState())
			return
		case sdklog.Record:
			p := reflect.New(v.Type())
			p.Elem().Set(v)
			walk(path, p)
			return
		case *sdklog.Record:
			getters(path, v, walk)
			var kvs []attribute.KeyValue
			x.WalkAttributes(func(kv attribute.KeyValue) bool { kvs = append(kvs, kv); return true })
			sub(path+".Attributes", kvs)
			return
		case sdktrace.ReadOnlySpan:
			getters(path, v, walk)
			return
		}
		switch v.Kind() {
		case reflect.String:
			out[path] = v.String()
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
				out[path] = string(v.Bytes())
				return
			}
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
			}
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(path, v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		}
	}
	sub("", v)
	return out
}

func getters(path string, v reflect.Value, walk func(string, reflect.Value)) {
	for i := range v.NumMethod() {
		m := v.Type().Method(i)
		if m.Type.NumIn() == 1 && m.Type.NumOut() == 1 && m.Name != "Clone" {
			walk(path+"."+m.Name, v.Method(i).Call(nil)[0])
		}
	}
}

// noLeak fails for every text of v that holds the secret, and if there is no
// tag at all.
func noLeak(t testing.TB, what string, v any) {
	t.Helper()
	tagged := false
	for path, s := range texts(v) {
		if strings.Contains(s, secret) {
			t.Errorf("%s: leak at %s: %q", what, path, s)
		}
		tagged = tagged || strings.Contains(s, "[REDACTED")
	}
	if !tagged {
		t.Errorf("%s: no tag anywhere: %v", what, texts(v))
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%g", "%U", "%t", "%p"} {
		if s := fmt.Sprintf(verb, v); strings.Contains(s, secret) || strings.Contains(s, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s: leak through %s", what, verb)
		}
	}
}

// attrValues has one value of every kind that can hold text, by name.
func attrValues(s string) map[string]attribute.Value {
	return map[string]attribute.Value{
		"string":       attribute.StringValue("a " + s + " b"),
		"string slice": attribute.StringSliceValue([]string{"x", s}),
		"bytes":        attribute.ByteSliceValue([]byte("a " + s)),
		"slice":        attribute.SliceValue(attribute.Int64Value(1), attribute.StringValue(s)),
		"map value":    attribute.MapValue(attribute.String("k", s)),
		"map key":      attribute.MapValue(attribute.Int(s, 1)),
		"nested": attribute.MapValue(attribute.KeyValue{Key: "k", Value: attribute.SliceValue(
			attribute.MapValue(attribute.KeyValue{Key: "b", Value: attribute.ByteSliceValue([]byte(s))}))}),
	}
}

// sorted names, for a census.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s changed: this package must learn what is new\n got %v\nwant %v", what, got, want)
	}
}

func fieldNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		names = append(names, t.Field(i).Name)
	}
	return names
}

func methodNames(t reflect.Type) (names []string) {
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	return names
}

func traceState(t testing.TB, s string) trace.TraceState {
	t.Helper()
	ts, err := trace.ParseTraceState(s)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func spanContext(ts trace.TraceState) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2}, SpanID: trace.SpanID{3, 4}, TraceFlags: trace.FlagsSampled, TraceState: ts})
}

// spanSink keeps what it is given, the slice as it came.
type spanSink struct {
	batches   [][]sdktrace.ReadOnlySpan
	err       error
	shutdowns int
}

func (s *spanSink) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	s.batches = append(s.batches, spans)
	return s.err
}
func (s *spanSink) Shutdown(context.Context) error { s.shutdowns++; return s.err }
