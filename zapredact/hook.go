package zapredact

import (
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// WrapHook returns a hook for zap.WithPanicHook and zap.WithFatalHook that shows
// next the redacted entry, stack included, and redacted fields. It is what a
// logger needs whose core is not wrapped by this package; for one whose core is,
// it adds the stack. WrapHook(zapcore.WriteThenPanic, src) panics with the
// redacted message. It panics if src or next is nil.
func WrapHook(next zapcore.CheckWriteHook, src redact.Source, opts ...Option) zapcore.CheckWriteHook {
	if next == nil {
		panic("zapredact: nil CheckWriteHook")
	}
	return &hook{next, newConfig(src, opts)}
}

type hook struct {
	next zapcore.CheckWriteHook
	cfg  *config
}

// OnWrite changes the checked entry in place: it is on its way back to its pool,
// and its cores have written.
func (h *hook) OnWrite(ce *zapcore.CheckedEntry, fields []zapcore.Field) {
	w := walker{ev: h.cfg.sink.Event(), cfg: h.cfg}
	w.entry(&ce.Entry)
	h.next.OnWrite(ce, w.fields(fields, ""))
}
