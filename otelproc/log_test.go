package otelproc

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
)

// OTEL-1: the census of a log record; what a later SDK adds fails this test.
func TestRecordCensus(t *testing.T) {
	same(t, "Record fields", fieldNames(reflect.TypeFor[sdklog.Record]()), []string{
		"eventName", "severityText", "body", "front", "nFront", "back", "resource", "scope", // redacted
		"timestamp", "observedTimestamp", "severity", "dropped", "traceID", "spanID", "traceFlags", // no text
		"attributeValueLengthLimit", "attributeValueDepthLimit", "attributeCountLimit", "allowDupKeys", "noCmp"})
	same(t, "Record methods", methodNames(reflect.TypeFor[*sdklog.Record]()), []string{
		"AddAttributes", "AttributesLen", "Body", "Clone", "DroppedAttributes", "EventName", "InstrumentationScope",
		"ObservedTimestamp", "Resource", "SetAttributes", "SetBody", "SetEventName", "SetObservedTimestamp", "SetSeverity",
		"SetSeverityText", "SetSpanID", "SetTimestamp", "SetTraceFlags", "SetTraceID", "Severity", "SeverityText", "SpanID",
		"Timestamp", "TraceFlags", "TraceID", "WalkAttributes"})
	same(t, "log.Record methods", methodNames(reflect.TypeFor[*log.Record]()), []string{
		"AddAttributes", "AttributesLen", "Body", "Clone", "Err", "EventName", "ObservedTimestamp", "SetBody", "SetErr",
		"SetEventName", "SetObservedTimestamp", "SetSeverity", "SetSeverityText", "SetTimestamp", "Severity", "SeverityText",
		"Timestamp", "WalkAttributes"})
	for name, ok := range map[string]bool{"resource": resourceField.ok, "scope": scopeField.ok, "dropped": droppedField.ok,
		"count": countField.ok, "length": lengthField.ok, "depth": depthField.ok, "duplicate": duplicateField.ok} {
		if !ok {
			t.Errorf("the %s of a Record is no longer where it was", name)
		}
	}
}

// recordSink keeps what it is given.
type recordSink struct {
	batches        [][]sdklog.Record // clones: processors reuse what they pass
	first          *sdklog.Record    // as it was passed
	err            error
	flushes, downs int
}

func (s *recordSink) Export(_ context.Context, r []sdklog.Record) error {
	if len(r) > 0 {
		s.first = &r[0]
	}
	s.batches = append(s.batches, slices.Clone(r))
	return s.err
}
func (s *recordSink) Shutdown(context.Context) error   { s.downs++; return s.err }
func (s *recordSink) ForceFlush(context.Context) error { s.flushes++; return s.err }

func (s *recordSink) last() *sdklog.Record {
	b := s.batches[len(s.batches)-1]
	return &b[len(b)-1]
}

// emitted is a case: who emits what.
type emitted struct {
	res   *resource.Resource
	scope string
	opts  []log.LoggerOption
	rec   func(*log.Record)
}

func logPositions() map[string]emitted {
	out := map[string]emitted{
		"severity text":     {rec: func(r *log.Record) { r.SetSeverityText(secret) }},
		"event name":        {rec: func(r *log.Record) { r.SetEventName(secret) }},
		"error":             {rec: func(r *log.Record) { r.SetErr(errors.New("dial " + secret)) }},
		"attribute key":     {rec: func(r *log.Record) { r.AddAttributes(attribute.Int(secret, 1)) }},
		"sixth attribute":   {rec: func(r *log.Record) { manyAttrs(r, 9); r.AddAttributes(attribute.String("z", secret)) }},
		"resource attr key": {res: resource.NewSchemaless(attribute.Int(secret, 1)), rec: func(*log.Record) {}},
		"scope name":        {scope: secret, rec: func(*log.Record) {}},
		"scope version":     {opts: []log.LoggerOption{log.WithInstrumentationVersion(secret)}, rec: func(*log.Record) {}},
		"scope schema":      {opts: []log.LoggerOption{log.WithSchemaURL("https://x/" + secret)}, rec: func(*log.Record) {}},
		"scope attr": {opts: []log.LoggerOption{log.WithInstrumentationAttributes(attribute.String("k", secret))},
			rec: func(*log.Record) {}},
	}
	for kind, v := range attrValues(secret) {
		kv := attribute.KeyValue{Key: "k", Value: v}
		out["body "+kind] = emitted{rec: func(r *log.Record) { r.SetBody(v) }}
		out["attribute "+kind] = emitted{rec: func(r *log.Record) { r.AddAttributes(kv) }}
		out["resource attribute "+kind] = emitted{res: resource.NewSchemaless(kv), rec: func(*log.Record) {}}
	}
	return out
}

func manyAttrs(r *log.Record, n int) {
	for i := range n {
		r.AddAttributes(attribute.Int(fmt.Sprintf("k%d", i), i))
	}
}

func (e emitted) emit(opts ...sdklog.LoggerProviderOption) {
	if e.res != nil {
		opts = append(opts, sdklog.WithResource(e.res))
	}
	if e.scope == "" {
		e.scope = "lib"
	}
	var r log.Record
	r.SetTimestamp(time.Unix(7, 0))
	e.rec(&r)
	sdklog.NewLoggerProvider(opts...).Logger(e.scope, e.opts...).Emit(context.Background(), r)
}

// OTEL-1, OTEL-2, OTEL-6: no position of a record leaks through the exporter or
// the processor, with duplicate keys allowed or not; the original is as it was.
func TestLogPositions(t *testing.T) {
	for name, e := range logPositions() {
		for _, dup := range []bool{false, true} {
			what := fmt.Sprintf("%s, duplicates %v", name, dup)
			var opts []sdklog.LoggerProviderOption
			if dup {
				opts = append(opts, sdklog.WithAllowKeyDuplication())
			}
			ex, pr, plain := &recordSink{}, &recordSink{}, &recordSink{}
			e.emit(append(opts,
				sdklog.WithProcessor(NewLogProcessor(sdklog.NewSimpleProcessor(pr), matcher(t))),
				sdklog.WithProcessor(sdklog.NewSimpleProcessor(plain)),
				sdklog.WithProcessor(sdklog.NewSimpleProcessor(NewLogExporter(ex, matcher(t)))))...)
			noLeak(t, "exporter: "+what, *ex.last())
			noLeak(t, "processor: "+what, *pr.last())
			if !strings.Contains(fmt.Sprint(texts(*plain.last())), secret) {
				t.Errorf("%s: the record of another processor changed", what)
			}
			if got := ex.last(); !got.Timestamp().Equal(time.Unix(7, 0)) || got.AttributesLen() != plain.last().AttributesLen() {
				t.Errorf("%s: %d attributes of %d", what, got.AttributesLen(), plain.last().AttributesLen())
			}
		}
	}
}

// OTEL-7: limits, duplicate keys and dropped counts, in every combination.
func TestLogLimits(t *testing.T) {
	for _, limit := range []int{-1, 0, 1, 3, 5, 7} {
		for _, dup := range []bool{false, true} {
			for _, dirtyScope := range []bool{false, true} {
				opts := []sdklog.LoggerProviderOption{sdklog.WithAttributeCountLimit(limit), sdklog.WithAttributeValueLengthLimit(30)}
				if dup {
					opts = append(opts, sdklog.WithAllowKeyDuplication())
				}
				ex, plain := &recordSink{}, &recordSink{}
				e := emitted{rec: func(r *log.Record) {
					r.SetBody(attribute.StringValue(secret))
					r.AddAttributes(attribute.String("a", secret), attribute.String(secret, "b"), attribute.String("a", secret), attribute.String("d", "d"))
					manyAttrs(r, 5)
				}}
				if dirtyScope {
					e.scope = secret
				}
				e.emit(append(opts, sdklog.WithProcessor(sdklog.NewSimpleProcessor(NewLogExporter(ex, matcher(t)))),
					sdklog.WithProcessor(sdklog.NewSimpleProcessor(plain)))...)
				got, want := ex.last(), plain.last()
				what := fmt.Sprintf("limit %d, duplicates %v, scope %v", limit, dup, dirtyScope)
				noLeak(t, what, *got)
				if got.AttributesLen() != want.AttributesLen() || got.DroppedAttributes() != want.DroppedAttributes() {
					t.Errorf("%s: %d attributes and %d dropped, want %d and %d", what,
						got.AttributesLen(), got.DroppedAttributes(), want.AttributesLen(), want.DroppedAttributes())
				}
				got.WalkAttributes(func(kv attribute.KeyValue) bool {
					if v := kv.Value.AsString(); strings.HasPrefix(v, "[RED") && v != tag { // limits do not cut tags
						t.Errorf("%s: %v", what, kv)
					}
					return true
				})
			}
		}
	}
}

// OTEL-16: where a record's private fields cannot be set, nothing leaks.
func TestRecordFallback(t *testing.T) {
	plain := &recordSink{}
	logPositions()["scope name"].emit(sdklog.WithProcessor(sdklog.NewSimpleProcessor(plain)))
	old := scopeField
	scopeField.ok = false
	defer func() { scopeField = old }()
	ex := &recordSink{}
	rec := plain.last().Clone()
	rec.SetBody(attribute.StringValue("kept " + secret))
	rec.AddAttributes(attribute.String("k", secret))
	NewLogExporter(ex, matcher(t)).Export(context.Background(), []sdklog.Record{rec})
	got := ex.last()
	noLeak(t, "fallback", *got)
	if got.Body().AsString() != "kept "+tag || got.DroppedAttributes() != 1 || !got.Timestamp().Equal(time.Unix(7, 0)) {
		t.Errorf("%v", texts(*got))
	}
}

// OTEL-3: clean records are passed on as they are.
func TestLogCleanIsSame(t *testing.T) {
	plain := &recordSink{}
	emitted{rec: func(r *log.Record) { r.SetBody(attribute.StringValue("fine")); manyAttrs(r, 7) }}.emit(
		sdklog.WithProcessor(sdklog.NewSimpleProcessor(plain)))
	batch := plain.batches[0]
	ex := &recordSink{}
	NewLogExporter(ex, matcher(t)).Export(context.Background(), batch)
	if ex.first != &batch[0] {
		t.Error("clean records were copied")
	}
	next := &emitSink{}
	NewLogProcessor(next, matcher(t)).OnEmit(context.Background(), &batch[0])
	if next.last != &batch[0] {
		t.Error("a clean record was copied")
	}
}

type emitSink struct {
	last    *sdklog.Record
	param   sdklog.EnabledParameters
	flushes int
	downs   int
}

func (s *emitSink) Enabled(_ context.Context, p sdklog.EnabledParameters) bool {
	s.param = p
	return true
}
func (s *emitSink) OnEmit(_ context.Context, r *sdklog.Record) error { s.last = r; return nil }
func (s *emitSink) Shutdown(ctx context.Context) error               { s.downs++; return ctx.Err() }
func (s *emitSink) ForceFlush(ctx context.Context) error             { s.flushes++; return ctx.Err() }

// OTEL-8 for logs.
func TestLogLifecycle(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	next := &emitSink{}
	p := NewLogProcessor(next, matcher(t))
	if !p.Enabled(ctx, sdklog.EnabledParameters{EventName: secret, InstrumentationScope: instrumentation.Scope{Name: secret}}) ||
		next.param.EventName != tag || next.param.InstrumentationScope.Name != tag {
		t.Error("Enabled saw the original")
	}
	p.ForceFlush(ctx)
	cancel()
	if err := p.ForceFlush(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := p.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	p.Shutdown(ctx)
	p.ForceFlush(ctx)
	p.OnEmit(ctx, new(sdklog.Record))
	if next.downs != 1 || next.flushes != 2 || next.last != nil || p.Enabled(ctx, sdklog.EnabledParameters{}) {
		t.Errorf("after Shutdown: %+v", next)
	}
	ex := &recordSink{err: errors.New("refused: " + secret)}
	e := NewLogExporter(ex, matcher(t))
	if err := e.Export(ctx, make([]sdklog.Record, 1)); !errors.Is(err, context.Canceled) || ex.batches != nil {
		t.Error("an ended context was not honoured")
	}
	for _, err := range []error{e.Export(context.Background(), nil), e.ForceFlush(ctx), e.Shutdown(ctx)} {
		if err == nil || strings.Contains(fmt.Sprintf("%+v", err), secret) {
			t.Error(err)
		}
	}
	n := len(ex.batches)
	if err := errors.Join(e.Export(ctx, nil), e.ForceFlush(ctx), e.Shutdown(ctx)); err != nil || len(ex.batches) != n || ex.downs != 1 || ex.flushes != 1 {
		t.Error("after Shutdown", err)
	}
}

// OTEL-2: the batch of the caller is not written to.
func TestLogBatchNotWritten(t *testing.T) {
	plain := &recordSink{}
	for _, name := range []string{"body string", "attribute map value"} {
		logPositions()[name].emit(sdklog.WithProcessor(sdklog.NewSimpleProcessor(plain)))
	}
	batch := slices.Concat(plain.batches...)
	before := fmt.Sprint(texts(batch[0]), texts(batch[1]))
	NewLogExporter(&recordSink{}, matcher(t)).Export(context.Background(), batch)
	if fmt.Sprint(texts(batch[0]), texts(batch[1])) != before {
		t.Error("the batch was written to")
	}
}
