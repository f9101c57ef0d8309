package main

import (
	"context"
	"net/http"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/otelproc"
	"github.com/seed-00b494d3/tagout/redact"
)

// newTraces exports spans by OTLP to where OTEL_EXPORTER_OTLP_ENDPOINT says, and
// records none if it says nothing. The exporter sees them redacted, and so does
// whoever is told that it failed.
func newTraces(ctx context.Context, src redact.Source) (*sdktrace.TracerProvider, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otelproc.NewErrorHandler(otel.GetErrorHandler(), src))
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(otelproc.NewSpanExporter(exporter, src))), nil
}

// traced makes a span of each request. End records a panic, with what it was
// given, and lets it go on.
func (s *service) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := s.tracer.Start(r.Context(), r.Method+" "+r.URL.Path, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("url.query", r.URL.RawQuery), attribute.String("user_agent.original", r.UserAgent())))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
