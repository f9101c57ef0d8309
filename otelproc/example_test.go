package otelproc_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/otelproc"
	"github.com/seed-00b494d3/tagout/redact"
)

// printer stands for an OTLP exporter.
type printer struct{}

func (printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Println(s.Name(), s.Attributes()[0].Value.AsString())
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }

func ExampleNewSpanExporter() {
	secrets, err := redact.NewMatcher([]redact.Secret{
		redact.NewSecret("payments/db/password", "v7", []byte("correct-horse-battery")),
	})
	if err != nil {
		panic(err)
	}
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(otelproc.NewSpanExporter(printer{}, secrets)))

	_, span := tp.Tracer("example").Start(context.Background(), "connect",
		trace.WithAttributes(attribute.String("db.dsn", "postgres://app:correct-horse-battery@db/orders")))
	span.End()
	// Output: connect postgres://app:[REDACTED:payments/db/password@v7]@db/orders
}
