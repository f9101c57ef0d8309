package otelproc

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

// OTEL-1: the census. What the SDK can put into a span is listed here in full; a
// method, field or kind that a later SDK adds fails this test.
func TestSpanCensus(t *testing.T) {
	same(t, "ReadOnlySpan", methodNames(reflect.TypeFor[sdktrace.ReadOnlySpan]()), []string{
		// redacted
		"Name", "SpanContext", "Parent", "Attributes", "Links", "Events", "Status",
		"InstrumentationScope", "InstrumentationLibrary", "Resource",
		// no text
		"SpanKind", "StartTime", "EndTime", "DroppedAttributes", "DroppedLinks", "DroppedEvents",
		"ChildSpanCount", "private"})
	same(t, "Span", methodNames(reflect.TypeFor[trace.Span]()), []string{"End", "AddEvent", "AddLink",
		"IsRecording", "RecordError", "SetStatus", "SetName", "SetAttributes", "TracerProvider", "SpanContext", "span"})
	same(t, "Event", fieldNames(reflect.TypeFor[sdktrace.Event]()), []string{"Name", "Attributes", "DroppedAttributeCount", "Time"})
	same(t, "Link", fieldNames(reflect.TypeFor[sdktrace.Link]()), []string{"SpanContext", "Attributes", "DroppedAttributeCount"})
	same(t, "Status", fieldNames(reflect.TypeFor[sdktrace.Status]()), []string{"Code", "Description"})
	same(t, "Scope", fieldNames(reflect.TypeFor[instrumentation.Scope]()), []string{"Name", "Version", "SchemaURL", "Attributes"})
	same(t, "SpanContext", fieldNames(reflect.TypeFor[trace.SpanContext]()), []string{"traceID", "spanID", "traceFlags", "traceState", "remote"})
	same(t, "Resource", fieldNames(reflect.TypeFor[resource.Resource]()), []string{"attrs", "schemaURL"})
	same(t, "KeyValue", fieldNames(reflect.TypeFor[attribute.KeyValue]()), []string{"Key", "Value"})
	var kinds []string
	for k := attribute.Type(0); !strings.HasPrefix(k.String(), "Type("); k++ {
		kinds = append(kinds, k.String())
	}
	same(t, "attribute.Type", kinds, []string{"EMPTY", "BOOL", "INT64", "FLOAT64", "STRING", "BOOLSLICE",
		"INT64SLICE", "FLOAT64SLICE", "STRINGSLICE", "BYTESLICE", "SLICE", "MAP"})
	// The views answer every method themselves: nothing is left to what they embed.
	for _, v := range []any{&redactedSpan{}, &liveSpan{}} {
		for i := range reflect.TypeOf(v).NumMethod() {
			name := reflect.TypeOf(v).Method(i).Name
			if _, ok := declared[fmt.Sprintf("%T", v)][name]; !ok {
				t.Errorf("%T takes %s from what it embeds", v, name)
			}
		}
	}
}

// spanPositions plants one secret at one place each.
func spanPositions(t testing.TB) map[string]tracetest.SpanStub {
	out := map[string]tracetest.SpanStub{
		"name":              {Name: "GET /?t=" + secret},
		"status":            {Status: sdktrace.Status{Code: codes.Error, Description: "dial: " + secret}},
		"tracestate value":  {SpanContext: spanContext(traceState(t, "a=1,k="+secret))},
		"tracestate key":    {SpanContext: spanContext(traceState(t, secret+"=1"))},
		"parent tracestate": {Parent: spanContext(traceState(t, "k="+secret))},
		"event name":        {Events: []sdktrace.Event{{Name: "clean"}, {Name: secret}}},
		"link tracestate":   {Links: []sdktrace.Link{{SpanContext: spanContext(traceState(t, "k="+secret))}}},
		"scope name":        {InstrumentationScope: instrumentation.Scope{Name: secret}},
		"scope version":     {InstrumentationScope: instrumentation.Scope{Version: secret}},
		"scope schema URL":  {InstrumentationScope: instrumentation.Scope{SchemaURL: "https://x/" + secret}},
		"resource schema":   {Resource: resource.NewWithAttributes("https://x/" + secret)},
		"attribute key":     {Attributes: []attribute.KeyValue{attribute.Int("clean", 1), attribute.Int(secret, 1)}},
		"event attr key":    {Events: []sdktrace.Event{{Attributes: []attribute.KeyValue{attribute.Int(secret, 1)}}}},
		"link attr key":     {Links: []sdktrace.Link{{Attributes: []attribute.KeyValue{attribute.Int(secret, 1)}}}},
		"resource attr key": {Resource: resource.NewSchemaless(attribute.Int(secret, 1))},
		"scope attr key":    {InstrumentationScope: instrumentation.Scope{Name: "lib", Attributes: attribute.NewSet(attribute.Int(secret, 1))}},
		"process.command":   {Resource: resource.NewSchemaless(attribute.StringSlice("process.command_args", []string{"app", "--token=" + secret}))},
		"exception.stack":   {Events: []sdktrace.Event{{Name: "exception", Attributes: []attribute.KeyValue{attribute.String("exception.stacktrace", "main.f(\""+secret+"\")")}}}},
	}
	for kind, v := range attrValues(secret) {
		kv := attribute.KeyValue{Key: "k", Value: v}
		out["attribute "+kind] = tracetest.SpanStub{Attributes: []attribute.KeyValue{kv}}
		out["event attribute "+kind] = tracetest.SpanStub{Events: []sdktrace.Event{{Attributes: []attribute.KeyValue{kv}}}}
		out["link attribute "+kind] = tracetest.SpanStub{Links: []sdktrace.Link{{Attributes: []attribute.KeyValue{kv}}}}
		out["resource attribute "+kind] = tracetest.SpanStub{Resource: resource.NewSchemaless(kv)}
		out["scope attribute "+kind] = tracetest.SpanStub{InstrumentationScope: instrumentation.Scope{Name: "lib", Attributes: attribute.NewSet(kv)}}
	}
	return out
}

// OTEL-1, OTEL-2: no position leaks, and the original is as it was.
func TestSpanPositions(t *testing.T) {
	for name, stub := range spanPositions(t) {
		sink := &spanSink{}
		s := stub.Snapshot()
		before := fmt.Sprint(texts(s))
		if err := NewSpanExporter(sink, matcher(t)).ExportSpans(context.Background(), []sdktrace.ReadOnlySpan{s}); err != nil {
			t.Fatal(err)
		}
		out := sink.batches[0][0]
		noLeakSpan(t, name, out)
		if got := fmt.Sprint(texts(s)); got != before {
			t.Errorf("%s: the original changed: %s", name, got)
		}
		// What is not text is as it was.
		if out.SpanContext().TraceID() != s.SpanContext().TraceID() || out.StartTime() != s.StartTime() {
			t.Errorf("%s: identifiers changed", name)
		}
	}
}

func noLeakSpan(t *testing.T, name string, s sdktrace.ReadOnlySpan) {
	t.Helper()
	if strings.HasPrefix(name, "tracestate key") {
		for path, text := range texts(s) {
			if strings.Contains(text, secret) {
				t.Errorf("%s: leak at %s: %q", name, path, text)
			}
		}
		return // the member is dropped: there is no tag
	}
	noLeak(t, name, s)
}

// OTEL-1: kinds are kept.
func TestSpanKindsKept(t *testing.T) {
	for kind, v := range attrValues(secret) {
		sink := &spanSink{}
		NewSpanExporter(sink, matcher(t)).ExportSpans(context.Background(), tracetest.SpanStubs{{
			Attributes: []attribute.KeyValue{{Key: "k", Value: v}}, DroppedAttributes: 3, DroppedEvents: 4, DroppedLinks: 5,
			ChildSpanCount: 6, SpanKind: trace.SpanKindServer}}.Snapshots())
		out := sink.batches[0][0]
		if got := out.Attributes()[0].Value.Type(); got != v.Type() {
			t.Errorf("%s became %v", kind, got)
		}
		// OTEL-7: dropped counts are kept.
		if out.DroppedAttributes() != 3 || out.DroppedEvents() != 4 || out.DroppedLinks() != 5 || out.ChildSpanCount() != 6 || out.SpanKind() != trace.SpanKindServer {
			t.Errorf("%s: counts lost", kind)
		}
	}
}

// cleanSpan is one that the SDK made.
func cleanSpan(t testing.TB, ts trace.TraceState) sdktrace.ReadOnlySpan {
	t.Helper()
	end := &endSink{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(end),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "x"), attribute.StringSlice("args", []string{"a", "b"}))))
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext(ts))
	_, span := tp.Tracer("lib", trace.WithInstrumentationAttributes(attribute.String("k", "v"))).Start(ctx, "GET /orders/{id}",
		trace.WithLinks(trace.Link{SpanContext: spanContext(ts)}))
	span.SetAttributes(attribute.String("http.method", "GET"), attribute.Int("n", 1))
	span.AddEvent("e", trace.WithAttributes(attribute.String("a", "b")))
	span.End()
	return end.last
}

// OTEL-3: a clean batch is the same slice of the same pointers.
func TestSpanCleanIsSame(t *testing.T) {
	sink := &spanSink{}
	batch := []sdktrace.ReadOnlySpan{cleanSpan(t, traceState(t, "a=b,c=d")), cleanSpan(t, trace.TraceState{})}
	NewSpanExporter(sink, matcher(t)).ExportSpans(context.Background(), batch)
	if got := sink.batches[0]; &got[0] != &batch[0] || got[0] != batch[0] {
		t.Error("clean spans were copied")
	}
	next := &endSink{}
	NewSpanProcessor(next, matcher(t)).OnEnd(batch[0])
	if next.last != batch[0] {
		t.Error("OnEnd copied a clean span")
	}
}

type endSink struct {
	started sdktrace.ReadWriteSpan
	last    sdktrace.ReadOnlySpan
	flushes int
	downs   int
	ctx     context.Context
}

func (s *endSink) OnStart(_ context.Context, r sdktrace.ReadWriteSpan) { s.started = r }
func (s *endSink) OnEnd(r sdktrace.ReadOnlySpan)                       { s.last = r }
func (s *endSink) Shutdown(ctx context.Context) error                  { s.downs++; s.ctx = ctx; return ctx.Err() }
func (s *endSink) ForceFlush(ctx context.Context) error                { s.flushes++; s.ctx = ctx; return ctx.Err() }

// OTEL-4: spans that shared a resource and a scope still share one.
func TestSpanGrouping(t *testing.T) {
	res := resource.NewSchemaless(attribute.String("k", secret))
	scope := instrumentation.Scope{Name: secret, Attributes: attribute.NewSet(attribute.String("k", secret))}
	sink := &spanSink{}
	e := NewSpanExporter(sink, matcher(t))
	stubs := make(tracetest.SpanStubs, 10)
	for i := range stubs {
		stubs[i] = tracetest.SpanStub{Resource: res, InstrumentationScope: scope}
	}
	for range 2 {
		e.ExportSpans(context.Background(), stubs.Snapshots())
	}
	first := sink.batches[0][0]
	for _, b := range sink.batches {
		for _, s := range b {
			if s.Resource() != first.Resource() || s.InstrumentationScope() != first.InstrumentationScope() {
				t.Fatal("a span left its group")
			}
		}
	}
}

// OTEL-4: the memory of resources follows the snapshot.
func TestSpanMemoFollowsSnapshot(t *testing.T) {
	src := &source{}
	empty, _ := redact.NewMatcher(nil)
	src.p.Store(empty)
	sink := &spanSink{}
	e := NewSpanExporter(sink, src)
	spans := tracetest.SpanStubs{{Resource: resource.NewSchemaless(attribute.String("k", secret))}}.Snapshots()
	e.ExportSpans(context.Background(), spans)
	src.p.Store(matcher(t))
	e.ExportSpans(context.Background(), spans)
	noLeak(t, "after registration", sink.batches[1][0])
	src.p.Store(nil) // OTEL-12: no snapshot is not a licence
	e.ExportSpans(context.Background(), spans)
	if got := sink.batches[2][0].Resource().Attributes()[0].Value.AsString(); got != "[REDACTED:unavailable]" {
		t.Errorf("without a snapshot: %q", got)
	}
	src.p.Store(redact.Closed())
	e.ExportSpans(context.Background(), spans)
}

// OTEL-4: what is remembered is bounded.
func TestSpanMemoBounded(t *testing.T) {
	e := NewSpanExporter(&spanSink{}, matcher(t)).(*spanExporter)
	for i := range 3 * maxMemo {
		e.ExportSpans(context.Background(), tracetest.SpanStubs{{
			Resource:             resource.NewSchemaless(attribute.Int("k", i)),
			InstrumentationScope: instrumentation.Scope{Name: fmt.Sprint(i)}}}.Snapshots())
	}
	if p := e.memo.p.Load(); len(p.resources) > maxMemo || len(p.scopes) > maxMemo || len(p.scopes) == 0 {
		t.Errorf("%d resources, %d scopes remembered", len(p.resources), len(p.scopes))
	}
}

// OTEL-6: deeper than the limit fails closed, up to it nothing is lost.
func TestSpanDepth(t *testing.T) {
	nest := func(n int, leaf attribute.Value) attribute.Value {
		for i := range n {
			if i%2 == 0 {
				leaf = attribute.SliceValue(leaf)
			} else {
				leaf = attribute.MapValue(attribute.KeyValue{Key: "k", Value: leaf})
			}
		}
		return leaf
	}
	for _, depth := range []int{1, 63, 64, 65, 200} {
		sink := &spanSink{}
		NewSpanExporter(sink, matcher(t)).ExportSpans(context.Background(), tracetest.SpanStubs{{
			Attributes: []attribute.KeyValue{{Key: "k", Value: nest(depth, attribute.StringValue(secret))},
				{Key: "clean", Value: nest(depth, attribute.StringValue("fine"))}}}}.Snapshots())
		s := fmt.Sprint(texts(sink.batches[0][0]))
		if strings.Contains(s, secret) {
			t.Errorf("depth %d leaks", depth)
		}
		if deep := depth > DefaultMaxDepth; strings.Contains(s, tooDeep) != deep || strings.Contains(s, "fine") == deep {
			t.Errorf("depth %d: %s", depth, s)
		}
	}
}

// OTEL-8: forwarded once, with the caller's context; afterwards nothing happens.
func TestSpanLifecycle(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	next := &endSink{}
	p := NewSpanProcessor(next, matcher(t))
	p.ForceFlush(ctx)
	p.ForceFlush(ctx)
	if next.flushes != 2 || next.ctx != ctx {
		t.Errorf("%d flushes", next.flushes)
	}
	cancel()
	if err := p.Shutdown(ctx); !errors.Is(err, context.Canceled) || next.ctx != ctx {
		t.Error(err)
	}
	p.Shutdown(ctx)
	p.ForceFlush(ctx)
	p.OnEnd(cleanSpan(t, trace.TraceState{}))
	p.OnStart(ctx, nil)
	if next.downs != 1 || next.flushes != 2 || next.last != nil {
		t.Errorf("after Shutdown: %+v", next)
	}
	sink := &spanSink{}
	e := NewSpanExporter(sink, matcher(t))
	if err := e.ExportSpans(ctx, []sdktrace.ReadOnlySpan{cleanSpan(t, trace.TraceState{})}); !errors.Is(err, context.Canceled) || sink.batches != nil {
		t.Error("an ended context was not honoured", err)
	}
	e.Shutdown(ctx)
	e.Shutdown(ctx)
	e.ExportSpans(context.Background(), nil)
	if sink.shutdowns != 1 || sink.batches != nil {
		t.Errorf("after Shutdown: %+v", sink)
	}
}

// OTEL-8: an exporter's error does not carry the secret out.
func TestExporterErrorRedacted(t *testing.T) {
	cause := fmt.Errorf("post https://u:%s@x: %w", secret, context.DeadlineExceeded)
	sink := &spanSink{err: cause}
	err := NewSpanExporter(sink, matcher(t)).ExportSpans(context.Background(), nil)
	if strings.Contains(fmt.Sprintf("%v %+v %#v %s", err, err, err, errors.Unwrap(err)), secret) {
		t.Error(err)
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), tag) {
		t.Error(err)
	}
}

// OTEL-2: a processor registered before ours reads the span while we redact it.
func TestSpanConcurrentReader(t *testing.T) {
	var wg sync.WaitGroup
	reader := readerProcessor{&wg}
	sink := &spanSink{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(reader),
		sdktrace.WithSpanProcessor(NewSpanProcessor(sdktrace.NewSimpleSpanProcessor(sink), matcher(t))),
		sdktrace.WithSpanProcessor(reader))
	for range 20 {
		_, span := tp.Tracer("t").Start(context.Background(), secret)
		span.SetAttributes(attribute.String("k", secret), attribute.StringSlice("s", []string{secret}))
		span.AddEvent(secret, trace.WithAttributes(attribute.String("k", secret)))
		span.RecordError(errors.New(secret))
		span.End()
	}
	wg.Wait()
	for _, b := range sink.batches {
		noLeak(t, "simple processor", b[0])
	}
}

type readerProcessor struct{ wg *sync.WaitGroup }

func (readerProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (p readerProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	p.wg.Go(func() {
		if !strings.Contains(fmt.Sprint(texts(s)), secret) {
			panic("the original was changed")
		}
	})
}
func (readerProcessor) Shutdown(context.Context) error   { return nil }
func (readerProcessor) ForceFlush(context.Context) error { return nil }

// OTEL-9: a panic that End records, and the batch processor.
func TestSpanPanicRecorded(t *testing.T) {
	sink := &spanSink{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(NewSpanExporter(sink, matcher(t)), sdktrace.WithBatchTimeout(time.Hour)))
	func() {
		defer func() { recover() }()
		_, span := tp.Tracer("t").Start(context.Background(), "n")
		defer span.End(trace.WithStackTrace(true))
		panic("token " + secret)
	}()
	if err := tp.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	noLeak(t, "recorded panic", sink.batches[0][0])
}

// OTEL-10: what is not recorded is not looked at.
func TestSpanUnsampledCostsNothing(t *testing.T) {
	next := &endSink{}
	loads := &countingSource{m: matcher(t)}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()),
		sdktrace.WithSpanProcessor(NewSpanProcessor(next, loads)))
	_, span := tp.Tracer("t").Start(context.Background(), secret)
	span.End()
	if next.last != nil || next.started != nil || loads.n != 0 {
		t.Error("an unsampled span was worked on")
	}
}

type countingSource struct {
	m *redact.Matcher
	n int
}

func (s *countingSource) Matcher() *redact.Matcher { s.n++; return s.m }

// OTEL-13: what a next processor reads of a live span is redacted, then and later.
func TestLiveSpan(t *testing.T) {
	next := &endSink{}
	src := &source{}
	empty, _ := redact.NewMatcher(nil)
	src.p.Store(empty)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(NewSpanProcessor(next, src)))
	_, span := tp.Tracer(secret).Start(context.Background(), secret, trace.WithAttributes(attribute.String("k", secret)),
		trace.WithLinks(trace.Link{Attributes: []attribute.KeyValue{attribute.String("k", secret)}}))
	live := next.started
	src.p.Store(matcher(t)) // registered after the start
	noLeak(t, "live span", live)
	live.SetAttributes(attribute.String("later", secret))
	live.SetName("renamed " + secret)
	live.AddEvent(secret)
	live.AddLink(trace.Link{Attributes: []attribute.KeyValue{attribute.String("k", secret)}})
	live.RecordError(errors.New(secret))
	live.SetStatus(codes.Error, secret)
	noLeak(t, "live span", live)
	if !live.IsRecording() || live.TracerProvider() == nil || !live.SpanContext().Equal(span.SpanContext()) {
		t.Error("the view is not the span")
	}
	live.End()
	if span.IsRecording() || next.last.Name() != "renamed "+tag || len(next.last.Links()) != 2 || len(next.last.Events()) != 2 {
		t.Errorf("writes were lost: %v", texts(next.last))
	}
	noLeak(t, "ended span", next.last)
}

// OTEL-14: trace state stays valid.
func TestTraceState(t *testing.T) {
	for in, want := range map[string]string{
		"a=1,b=" + secret + ",c=3":                           "a=1,b=" + tag + ",c=3",
		"a=1," + secret + "=2":                               "a=1",
		"a=" + secret + "-second-value-77":                   "a=[REDACTED]", // two names need a comma
		"a=" + strings.Repeat("x", 230) + "=":                "",             // not valid to begin with
		"a=" + strings.Repeat("x", 256-len(secret)) + secret: "a=[REDACTED]", // the tag makes it too long
		"joined=part-of-it-all":                              "joined=[REDACTED]",
	} {
		ts, err := trace.ParseTraceState(in)
		if err != nil {
			continue
		}
		sink := &spanSink{}
		NewSpanExporter(sink, matcher(t, "9f8e7d6c-second-value-77", "of-it-all")).ExportSpans(context.Background(),
			tracetest.SpanStubs{{SpanContext: spanContext(ts)}}.Snapshots())
		got := sink.batches[0][0].SpanContext().TraceState().String()
		if want == "joined=[REDACTED]" {
			want = "joined=part-[REDACTED:extra1@v1]"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	// A secret that spans a key and its value leaves nothing of the trace state.
	sink := &spanSink{}
	NewSpanExporter(sink, matcher(t, "vendor=blob77")).ExportSpans(context.Background(),
		tracetest.SpanStubs{{SpanContext: spanContext(traceState(t, "vendor=blob77"))}}.Snapshots())
	if got := sink.batches[0][0].SpanContext().TraceState().String(); got != "" {
		t.Errorf("spanning secret: %q", got)
	}
}

// OTEL-15: integers by option.
func TestNumbers(t *testing.T) {
	attrs := []attribute.KeyValue{attribute.Int64("pin", 7788990011), attribute.Int64Slice("pins", []int64{1, 7788990011})}
	for _, opts := range [][]Option{nil, {WithNumbers()}} {
		sink := &spanSink{}
		NewSpanExporter(sink, matcher(t, "7788990011"), opts...).ExportSpans(context.Background(),
			tracetest.SpanStubs{{Attributes: attrs}}.Snapshots())
		got := sink.batches[0][0].Attributes()
		want := attribute.INT64
		if opts != nil {
			want = attribute.STRING
			if ss := got[1].Value.AsStringSlice(); len(ss) != 2 || ss[0] != "1" || ss[1] != "[REDACTED:extra0@v1]" {
				t.Errorf("slice: %v", got[1])
			}
		}
		if got[0].Value.Type() != want {
			t.Errorf("%v options: %v", len(opts), got)
		}
	}
}

func TestNilPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"source":      func() { NewSpanExporter(&spanSink{}, nil) },
		"exporter":    func() { NewSpanExporter(nil, matcher(t)) },
		"processor":   func() { NewSpanProcessor(nil, matcher(t)) },
		"log":         func() { NewLogExporter(nil, matcher(t)) },
		"log proc":    func() { NewLogProcessor(nil, matcher(t)) },
		"metric":      func() { NewMetricExporter(nil, matcher(t)) },
		"propagator":  func() { NewTextMapPropagator(nil, matcher(t)) },
		"err handler": func() { NewErrorHandler(nil, matcher(t)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("nil %s did not panic", name)
				}
			}()
			f()
		}()
	}
}
