package main

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/otelproc"
)

// sceneSpans ends one span for two exporters: one gets it as it is, one through
// otelproc. The version that a metric would not show is in a span's tags.
func sceneSpans(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	pw, key := st.plant(db["password"]), st.plant(api["key"])
	state, err := trace.ParseTraceState("vendor=" + key)
	if err != nil {
		return err
	}
	parent := trace.ContextWithRemoteSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, TraceState: state}))

	var before, after spanPrinter
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.StringSlice("process.command_args", []string{"payments", "--api-key=" + key}))),
		sdktrace.WithSyncer(&before),
		sdktrace.WithSyncer(otelproc.NewSpanExporter(&after, st.Source())))
	_, span := provider.Tracer("payments").Start(parent, "POST /v1/charges?key="+key)
	span.SetAttributes(
		attribute.String("db.connection_string", "postgres://app@db/payments?password="+pw),
		attribute.ByteSlice("request.body", []byte("password="+pw)),
		attribute.Map("request.headers", attribute.String("authorization", "Bearer "+key)))
	span.RecordError(fmt.Errorf("login as app with %s: refused", pw))
	span.SetStatus(codes.Error, "api key "+key+" is revoked")
	span.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		return err
	}
	return st.show(before.String(), after.String())
}

// A spanPrinter is an exporter that writes spans for people to read.
type spanPrinter struct{ strings.Builder }

func (p *spanPrinter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Fprintf(p, "span %s\n", s.Name())
		fmt.Fprintf(p, "  tracestate %s\n", s.SpanContext().TraceState())
		fmt.Fprintf(p, "  status %v: %s\n", s.Status().Code, s.Status().Description)
		p.attributes("  resource ", s.Resource().Attributes())
		p.attributes("  ", s.Attributes())
		for _, e := range s.Events() {
			fmt.Fprintf(p, "  event %s\n", e.Name)
			p.attributes("    ", e.Attributes)
		}
	}
	return nil
}

func (p *spanPrinter) attributes(indent string, kvs []attribute.KeyValue) {
	for _, kv := range kvs {
		text := kv.Value.String()
		if kv.Value.Type() == attribute.BYTESLICE { // String would show base64
			text = fmt.Sprintf("%q", kv.Value.AsByteSlice())
		}
		fmt.Fprintf(p, "%s%s: %s\n", indent, kv.Key, text)
	}
}

func (*spanPrinter) Shutdown(context.Context) error { return nil }
