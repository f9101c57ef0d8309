package otelproc

import (
	"context"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewLogProcessor returns a processor through which next sees records redacted.
// It panics if next or src is nil.
//
// next gets a record without a secret as it is, and what it changes is seen by
// the processors registered after it. It gets any other as a copy of its own,
// and the original stays as it is: processors registered beside the wrapper see
// the original in either case, so give the wrapper the processor that exports.
// Shutdown is forwarded once, and later calls of any method do nothing.
func NewLogProcessor(next sdklog.Processor, src redact.Source, opts ...Option) sdklog.Processor {
	if next == nil {
		panic("otelproc: nil log Processor")
	}
	return &logProcessor{next: next, redactor: newRedactor(src, "otel/log", redact.TagDefault, opts)}
}

type logProcessor struct {
	*redactor
	next sdklog.Processor
	shut atomic.Bool
}

// Enabled gives next a redacted view of what is asked about, too.
func (p *logProcessor) Enabled(ctx context.Context, param sdklog.EnabledParameters) bool {
	if p.shut.Load() {
		return false
	}
	w := p.begin()
	param.EventName, _ = w.text(param.EventName)
	param.InstrumentationScope, _ = w.scope(param.InstrumentationScope)
	p.end(w)
	return p.next.Enabled(ctx, param)
}

func (p *logProcessor) OnEmit(ctx context.Context, record *sdklog.Record) error {
	if p.shut.Load() || record == nil {
		return nil
	}
	w := p.begin()
	r, _ := w.record(record)
	p.end(w)
	return p.error(p.next.OnEmit(ctx, r))
}

func (p *logProcessor) Shutdown(ctx context.Context) error {
	if p.shut.Swap(true) {
		return nil
	}
	return p.error(p.next.Shutdown(ctx))
}

func (p *logProcessor) ForceFlush(ctx context.Context) error {
	if p.shut.Load() {
		return nil
	}
	return p.error(p.next.ForceFlush(ctx))
}
