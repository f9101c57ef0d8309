package collector

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/otelproc"
	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/collectortest"
	"github.com/seed-00b494d3/tagout/redact"
)

// OTEL-1 at the wire: what the SDK's own OTLP exporters send through otelproc
// holds no secret, and items stay grouped by resource and scope. The Collector
// here only receives.
func TestSDKOverOTLP(t *testing.T) {
	r, err := collectortest.Start(t, collectortest.Options{Secrets: secretsFile, Processors: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db/password", "v7", []byte(census.Secret))})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	res := resource.NewSchemaless(attribute.String("service.name", "x"), attribute.StringSlice("process.command_args", []string{"-p", census.Secret}))
	secret := []attribute.KeyValue{attribute.String("s", "a "+census.Secret), attribute.ByteSlice("b", []byte(census.Secret)), attribute.Int(census.Secret, 1),
		attribute.Slice("l", attribute.StringValue(census.Secret)), attribute.Map("m", attribute.Int(census.Secret, 1), attribute.String("k", census.Secret)),
		attribute.StringSlice("ss", []string{census.Secret})}
	ts, _ := trace.ParseTraceState("k=" + census.Secret)
	parent := trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: [16]byte{1}, SpanID: [8]byte{1}, TraceFlags: 1, TraceState: ts}))

	te, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(r.HTTP), otlptracehttp.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(otelproc.NewSpanExporter(te, src), sdktrace.WithBatchTimeout(time.Hour)))
	tracer := tp.Tracer(census.Secret, trace.WithInstrumentationVersion(census.Secret), trace.WithInstrumentationAttributes(secret[0]))
	for range 5 {
		_, span := tracer.Start(parent, census.Secret, trace.WithAttributes(secret...), trace.WithLinks(trace.Link{SpanContext: trace.SpanContextFromContext(parent), Attributes: secret}))
		span.AddEvent(census.Secret, trace.WithAttributes(secret...))
		span.RecordError(errors.New("dial " + census.Secret))
		span.SetStatus(codes.Error, census.Secret)
		span.End()
	}

	le, err := otlploghttp.New(ctx, otlploghttp.WithEndpoint(r.HTTP), otlploghttp.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	lp := sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(sdklog.NewBatchProcessor(otelproc.NewLogExporter(le, src))))
	var rec log.Record
	rec.SetBody(attribute.MapValue(secret...))
	rec.SetSeverityText(census.Secret)
	rec.SetEventName(census.Secret)
	rec.AddAttributes(secret...)
	lp.Logger(census.Secret).Emit(ctx, rec)

	me, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(r.HTTP), otlpmetrichttp.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(otelproc.NewMetricExporter(me, src))))
	c, _ := mp.Meter(census.Secret).Int64Counter("n", metric.WithDescription(census.Secret), metric.WithUnit(census.Secret))
	c.Add(ctx, 1, metric.WithAttributes(secret...))

	if err := errors.Join(tp.Shutdown(ctx), lp.Shutdown(ctx), mp.Shutdown(ctx)); err != nil {
		t.Fatal(err)
	}
	got := r.Take()
	if len(got) != 3 {
		t.Fatalf("%d requests", len(got))
	}
	for i, b := range got {
		if census.Leaks(b) || bytes.Count(b, []byte("[REDACTED:db/password")) < 6 {
			t.Errorf("request %d leaks, or holds no tags", i)
		}
	}
	td, _ := census.Unmarshal("traces", got[0])
	if rs := td.(ptrace.Traces).ResourceSpans(); rs.Len() != 1 || rs.At(0).ScopeSpans().Len() != 1 || td.(ptrace.Traces).SpanCount() != 5 {
		t.Error("spans left their group")
	}
	ld, _ := census.Unmarshal("logs", got[1])
	md, _ := census.Unmarshal("metrics", got[2])
	if ld.(plog.Logs).LogRecordCount() != 1 || md.(pmetric.Metrics).DataPointCount() != 1 {
		t.Error("items were lost")
	}
}
