// Package otelproc redacts OpenTelemetry spans, log records and metrics inside
// the process that makes them, before an exporter sees them.
//
// Each constructor wraps the next stage and takes a [redact.Source]:
//
//	exporter, err := otlptracehttp.New(ctx)
//	tp := sdktrace.NewTracerProvider(
//		sdktrace.WithBatcher(otelproc.NewSpanExporter(exporter, src)))
//
// Prefer the exporter wrappers. They are off the hot path, they see what is
// about to leave the process whatever processors were registered, and they catch
// a secret that became known after a span ended. The processor wrappers are for
// a next processor that shows what it gets in some other way. A processor that
// is registered beside a wrapper, not behind it, gets the original.
//
// # What is redacted
//
// Every text of every signal: names, descriptions, units, attribute keys and
// values of every kind that holds text or bytes, at any depth, events, links,
// status, trace state, exemplars, log bodies, scopes and resources. Values keep
// their kind: bytes stay bytes and maps stay maps. What is nested deeper than
// the limit ([WithMaxDepth]), or is of a kind that this package does not know,
// becomes a placeholder. Numbers are not text; see [WithNumbers].
//
// Nothing that others may hold is written to. An item without a secret is
// handed on as it is, the same pointer, without allocation for scalar
// attributes; any other is handed on as a copy from which the original cannot be
// reached, not even by fmt.
//
// # What it does not do
//
// A pull reader such as Prometheus does not go through an exporter, so
// [NewMetricExporter] does not see what it serves. Series that differ in nothing
// but a secret become one series with several points of equal attributes; the
// wrapper does not add them up. Attributes whose keys become equal in a resource,
// scope or metric point are kept once, the last of them.
package otelproc
