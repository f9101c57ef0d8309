package otelproc

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

// laterReader is a log processor that reads what it was given after OnEmit has
// returned, from a copy, as a batch processor does.
type laterReader struct{ wg *sync.WaitGroup }

func (laterReader) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }
func (p laterReader) OnEmit(_ context.Context, r *sdklog.Record) error {
	c := r.Clone()
	p.wg.Go(func() {
		if !strings.Contains(fmt.Sprint(texts(c)), secret) {
			panic("the original was changed")
		}
	})
	return nil
}
func (laterReader) Shutdown(context.Context) error   { return nil }
func (laterReader) ForceFlush(context.Context) error { return nil }

// OTEL-2: processors registered before and after ours read a record while we
// redact it, from many goroutines, while secrets rotate.
func TestLogConcurrentReader(t *testing.T) {
	var wg sync.WaitGroup
	src := &source{}
	src.p.Store(matcher(t))
	ex := &lockedRecords{}
	lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(laterReader{&wg}),
		sdklog.WithProcessor(NewLogProcessor(sdklog.NewSimpleProcessor(ex), src)),
		sdklog.WithProcessor(laterReader{&wg}))
	for range 4 {
		wg.Go(func() {
			for i := range 20 {
				var r log.Record
				r.SetBody(attribute.MapValue(attribute.String("k", secret), attribute.Slice("s", attribute.StringValue(secret))))
				r.AddAttributes(attribute.StringSlice("ss", []string{secret}), attribute.ByteSlice("b", []byte(secret)))
				lp.Logger(secret).Emit(context.Background(), r)
				src.p.Store(matcher(t, fmt.Sprintf("rotating-value-%d", i)))
			}
		})
	}
	wg.Wait()
	for _, r := range ex.records {
		noLeak(t, "record", r)
	}
	if len(ex.records) != 80 {
		t.Errorf("%d records", len(ex.records))
	}
}

type lockedRecords struct {
	mu      sync.Mutex
	records []sdklog.Record
}

func (s *lockedRecords) Export(_ context.Context, r []sdklog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range r {
		s.records = append(s.records, r[i].Clone())
	}
	return nil
}
func (*lockedRecords) Shutdown(context.Context) error   { return nil }
func (*lockedRecords) ForceFlush(context.Context) error { return nil }

// OTEL-2, OTEL-4: two exporters of one batch, with one wrapper each or one for
// both, at the same time.
func TestExportersConcurrent(t *testing.T) {
	batch := []sdktrace.ReadOnlySpan{dirtySpan(), dirtySpan()}
	before := fmt.Sprint(texts(batch))
	next := discard{}
	one, two := NewSpanExporter(next, matcher(t)), NewSpanExporter(next, matcher(t))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if err := []sdktrace.SpanExporter{one, two}[i%2].ExportSpans(context.Background(), batch); err != nil {
					panic(err)
				}
			}
		})
	}
	wg.Wait()
	if fmt.Sprint(texts(batch)) != before {
		t.Error("the batch was changed")
	}
}

// discard fails on a leak and keeps nothing.
type discard struct{}

func (discard) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	if strings.Contains(fmt.Sprint(texts(spans)), secret) {
		return fmt.Errorf("leak")
	}
	return nil
}
func (discard) Shutdown(context.Context) error { return nil }

func dirtySpan() sdktrace.ReadOnlySpan {
	end := &endSink{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(end))
	_, span := tp.Tracer(secret).Start(context.Background(), secret, trace.WithAttributes(attribute.StringSlice("k", []string{secret})))
	span.AddEvent(secret, trace.WithAttributes(attribute.Map("m", attribute.String(secret, secret))))
	span.End()
	return end.last
}

// OTEL-11: a rotation starts no new series: the tag of a metric is the same
// before and after it.
func TestMetricSeriesSurviveRotation(t *testing.T) {
	src := &source{}
	first, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db/password", "v7", []byte(secret))})
	if err != nil {
		t.Fatal(err)
	}
	second, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db/password", "v7", []byte(secret)),
		redact.NewSecret("db/password", "v8", []byte("the-next-value-0815"))})
	if err != nil {
		t.Fatal(err)
	}
	sink := &metricSink{}
	e := NewMetricExporter(sink, src)
	series := map[attribute.Distinct]bool{}
	for i, m := range []*redact.Matcher{first, second} {
		src.p.Store(m)
		rm := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "m",
			Data: metricdata.Sum[int64]{DataPoints: []metricdata.DataPoint[int64]{{
				Attributes: attribute.NewSet(attribute.String("k", []string{secret, "the-next-value-0815"}[i]))}}}}}}}}
		if err := e.Export(context.Background(), rm); err != nil {
			t.Fatal(err)
		}
		series[sink.last.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints[0].Attributes.Equivalent()] = true
	}
	if len(series) != 1 {
		t.Errorf("%d series", len(series))
	}
}
