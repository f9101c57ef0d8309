package otelproc

import (
	"go.opentelemetry.io/otel"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewErrorHandler returns a handler for [otel.SetErrorHandler] that hands
// redacted errors to next: exporter errors contain URLs, and OpenTelemetry logs
// them. It panics if next or src is nil.
//
// An error without a secret is passed on as it is. Any other is passed on as
// [redact.Event.Err] shows it: errors.Is and errors.As work on it.
func NewErrorHandler(next otel.ErrorHandler, src redact.Source, opts ...Option) otel.ErrorHandler {
	if next == nil {
		panic("otelproc: nil ErrorHandler")
	}
	r := newRedactor(src, "otel/error", redact.TagDefault, opts)
	return otel.ErrorHandlerFunc(func(err error) { next.Handle(r.error(err)) })
}

// error redacts err, which came from the next stage.
func (r *redactor) error(err error) error { return r.sink.Event().Err(err) }
