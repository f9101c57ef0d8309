package otelproc

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/seed-00b494d3/tagout/redact"
)

// aggregations has one value of every kind of data; see TestMetricCensus.
var aggregations = []metricdata.Aggregation{
	metricdata.Gauge[int64]{}, metricdata.Gauge[float64]{}, metricdata.Sum[int64]{}, metricdata.Sum[float64]{},
	metricdata.Histogram[int64]{}, metricdata.Histogram[float64]{},
	metricdata.ExponentialHistogram[int64]{}, metricdata.ExponentialHistogram[float64]{}, metricdata.Summary{},
}

// OTEL-1: every kind of data that the SDK declares is in the list above.
func TestMetricCensus(t *testing.T) {
	dir, err := build.Import("go.opentelemetry.io/otel/sdk/metric/metricdata", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir.Dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, a := range aggregations {
		name, _, _ := strings.Cut(reflect.TypeOf(a).Name(), "[")
		known[name] = true
	}
	found := 0
	inspect := func(n ast.Node) bool {
		fn, ok := n.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "privateAggregation" {
			return true
		}
		found++
		typ := fn.Recv.List[0].Type
		if ix, ok := typ.(*ast.IndexExpr); ok {
			typ = ix.X
		}
		if name := typ.(*ast.Ident).Name; !known[name] {
			t.Errorf("the SDK has a new kind of data: %s", name)
		}
		return true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, inspect)
	}
	if found != len(known) {
		t.Errorf("%d kinds found, %d known", found, len(known))
	}
}

// plant fills every text that v, a settable value, can hold, and fails where it
// meets a type that it does not know.
func plant(t *testing.T, path string, v reflect.Value, planted *int) {
	switch v.Interface().(type) {
	case time.Time, metricdata.Extrema[int64], metricdata.Extrema[float64]:
		return // no text
	case *resource.Resource:
		*planted++
		v.Set(reflect.ValueOf(resource.NewWithAttributes("https://x/"+secret, attribute.String(secret, secret))))
		return
	case attribute.Set:
		*planted++
		v.Set(reflect.ValueOf(attribute.NewSet(attribute.String(secret, secret), attribute.Int("n", 1))))
		return
	case []attribute.KeyValue:
		*planted++
		var kvs []attribute.KeyValue
		for k, val := range attrValues(secret) {
			kvs = append(kvs, attribute.KeyValue{Key: attribute.Key(k), Value: val})
		}
		v.Set(reflect.ValueOf(append(kvs, attribute.Int(secret, 1))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		*planted++
		v.SetString("a " + secret + " b")
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("%s: a private field: %s", path, v.Type().Field(i).Name)
			}
			plant(t, path+"."+v.Type().Field(i).Name, v.Field(i), planted)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 { // SpanID, TraceID: identifiers
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			plant(t, fmt.Sprintf("%s[%d]", path, i), v.Index(i), planted)
		}
	case reflect.Bool, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint64, reflect.Float64:
	case reflect.Interface: // Aggregation, set by the caller
	default:
		t.Fatalf("%s: this test does not know %v", path, v.Type())
	}
}

type metricSink struct {
	last           *metricdata.ResourceMetrics
	err            error
	flushes, downs int
}

func (*metricSink) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DeltaTemporalitySelector(k)
}
func (*metricSink) Aggregation(sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.AggregationDrop{}
}
func (s *metricSink) Export(_ context.Context, rm *metricdata.ResourceMetrics) error {
	s.last = rm
	return s.err
}
func (s *metricSink) ForceFlush(context.Context) error { s.flushes++; return s.err }
func (s *metricSink) Shutdown(context.Context) error   { s.downs++; return s.err }

// OTEL-1, OTEL-2, OTEL-9, OTEL-11: every text of every kind of data, planted by
// reflection, exemplars included; tags without version; the original untouched.
func TestMetricPositions(t *testing.T) {
	for _, a := range aggregations {
		data := reflect.New(reflect.TypeOf(a)).Elem()
		rm := &metricdata.ResourceMetrics{}
		n := 0
		plant(t, "ResourceMetrics", reflect.ValueOf(rm).Elem(), &n)
		plant(t, "Data", data, &n)
		for i := range rm.ScopeMetrics {
			for j := range rm.ScopeMetrics[i].Metrics {
				rm.ScopeMetrics[i].Metrics[j].Data = data.Interface().(metricdata.Aggregation)
			}
		}
		before := fmt.Sprint(texts(rm))
		sink := &metricSink{}
		if err := NewMetricExporter(sink, matcher(t)).Export(context.Background(), rm); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("%T", a)
		noLeak(t, what, sink.last)
		if fmt.Sprint(texts(rm)) != before {
			t.Errorf("%s: the original changed", what)
		}
		if n < 15 {
			t.Errorf("%s: only %d places planted", what, n)
		}
		if s := fmt.Sprint(texts(sink.last)); strings.Contains(s, "@v7") || !strings.Contains(s, tagNoVers) {
			t.Errorf("%s: tags: %s", what, s)
		}
	}
}

// OTEL-1: one position dirty, the rest shared with the original.
func TestMetricOnePosition(t *testing.T) {
	points := func(s string) []metricdata.DataPoint[int64] {
		return []metricdata.DataPoint[int64]{{Value: 1, Attributes: attribute.NewSet(attribute.String("k", s))}, {Value: 2}}
	}
	rm := &metricdata.ResourceMetrics{Resource: resource.NewSchemaless(attribute.String("a", "b")), ScopeMetrics: []metricdata.ScopeMetrics{
		{Scope: instrumentation.Scope{Name: "clean"}, Metrics: []metricdata.Metrics{{Name: "m", Data: metricdata.Sum[int64]{DataPoints: points("x")}}}},
		{Metrics: []metricdata.Metrics{{Name: "m", Data: metricdata.Sum[int64]{DataPoints: points(secret), IsMonotonic: true, Temporality: metricdata.DeltaTemporality}}}},
	}}
	sink := &metricSink{}
	NewMetricExporter(sink, matcher(t), WithTagStyle(redact.TagVersioned)).Export(context.Background(), rm)
	got := sink.last.ScopeMetrics
	if sink.last.Resource != rm.Resource || &got[0].Metrics[0] != &rm.ScopeMetrics[0].Metrics[0] {
		t.Error("clean parts were copied")
	}
	sum := got[1].Metrics[0].Data.(metricdata.Sum[int64])
	if v, _ := sum.DataPoints[0].Attributes.Value("k"); v.AsString() != tag || !sum.IsMonotonic || sum.Temporality != metricdata.DeltaTemporality || sum.DataPoints[1].Value != 2 {
		t.Errorf("%+v", sum)
	}
}

// OTEL-3, OTEL-8 for metrics.
func TestMetricLifecycle(t *testing.T) {
	sink := &metricSink{err: errors.New("post " + secret)}
	e := NewMetricExporter(sink, matcher(t))
	ctx := context.Background()
	rm := &metricdata.ResourceMetrics{Resource: resource.NewSchemaless(attribute.String("a", "b"))}
	if err := e.Export(ctx, rm); sink.last != rm || err == nil || strings.Contains(err.Error(), secret) {
		t.Error("clean metrics were copied, or the error leaks:", err)
	}
	if e.Temporality(sdkmetric.InstrumentKindCounter) != metricdata.DeltaTemporality || e.Aggregation(0) != (sdkmetric.AggregationDrop{}) {
		t.Error("selectors are not those of next")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	sink.last = nil
	if err := e.Export(ended, rm); !errors.Is(err, context.Canceled) || sink.last != nil {
		t.Error(err)
	}
	e.ForceFlush(ctx)
	e.Shutdown(ctx)
	if e.Shutdown(ctx) != nil || e.ForceFlush(ctx) != nil || !errors.Is(e.Export(ctx, rm), sdkmetric.ErrExporterShutdown) ||
		sink.downs != 1 || sink.flushes != 1 || sink.last != nil {
		t.Error("after Shutdown")
	}
}

// OTEL-9: exemplars of a real SDK pipeline carry what a view filtered out.
func TestMetricExemplars(t *testing.T) {
	sink := &metricSink{}
	reader := sdkmetric.NewPeriodicReader(selecting{NewMetricExporter(sink, matcher(t))}, sdkmetric.WithInterval(time.Hour))
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithExemplarFilter(alwaysOn),
		sdkmetric.WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: "*"}, sdkmetric.Stream{
			AttributeFilter: attribute.NewAllowKeysFilter("kept")})))
	c, _ := mp.Meter(secret).Int64Counter("m", metric.WithDescription(secret), metric.WithUnit(secret))
	c.Add(context.Background(), 1, metric.WithAttributes(attribute.String("filtered", secret), attribute.String("kept", secret)))
	if err := mp.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	noLeak(t, "pipeline", sink.last)
	ex := sink.last.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints[0].Exemplars
	if len(ex) != 1 || ex[0].FilteredAttributes[0].Value.AsString() != tagNoVers {
		t.Errorf("exemplars: %+v", ex)
	}
}

func alwaysOn(context.Context) bool { return true }

type selecting struct{ sdkmetric.Exporter }

func (selecting) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}
