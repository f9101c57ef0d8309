package zerologredact

import (
	"io"
	"sync"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// NewWriter returns a writer that redacts each event, under one snapshot, and
// hands it to w in one call, with its level if w is a [zerolog.LevelWriter]. It
// has a Close method, which closes w if that is an [io.Closer], as zerolog does
// before it exits.
//
// Write returns the length of what it was given when w took all of the result,
// whatever the length of that. The event is neither changed nor kept: zerolog
// shares it with other writers and takes it back. The writer is safe for
// concurrent use if w is. It panics if src or w is nil, and with the build tag
// binary_log.
func NewWriter(w io.Writer, src redact.Source, opts ...Option) zerolog.LevelWriter {
	refuseBinary()
	if w == nil {
		panic("zerologredact: nil Writer")
	}
	var cfg config
	for _, o := range opts {
		o.apply(&cfg)
	}
	sink := redact.NewSink(src, "zerolog", append(cfg.sinkOpt, redact.SinkJSON())...)
	lw, ok := w.(zerolog.LevelWriter)
	if !ok {
		lw = zerolog.LevelWriterAdapter{Writer: w}
	}
	return &writer{next: lw, sink: sink, rules: cfg.rules}
}

type writer struct {
	next  zerolog.LevelWriter
	sink  *redact.Sink
	rules *keyrules.Rules
}

// Write implements io.Writer for events without a level.
func (w *writer) Write(p []byte) (int, error) {
	return w.write(p, func(out []byte) (int, error) { return w.next.Write(out) })
}

// WriteLevel implements zerolog.LevelWriter.
func (w *writer) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	return w.write(p, func(out []byte) (int, error) { return w.next.WriteLevel(l, out) })
}

func (w *writer) write(p []byte, next func([]byte) (int, error)) (int, error) {
	ev := w.sink.Event()
	b := buffers.Get().(*buffer)
	defer b.release()
	b.out = ev.AppendRecord(b.out, p)
	out := b.out
	if w.rules != nil {
		b.keyed = w.rules.AppendJSON(b.keyed, out)
		out = b.keyed
	}
	n, err := next(out)
	if err == nil && n < len(out) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return 0, ev.Err(err) // an output may be configured with secrets itself
	}
	return len(p), nil
}

// Close closes the underlying writer if that can be closed.
func (w *writer) Close() error {
	if c, ok := w.next.(io.Closer); ok {
		return w.sink.Event().Err(c.Close())
	}
	return nil
}

// buffer holds one redacted event while it is written.
type buffer struct{ out, keyed []byte }

var buffers = sync.Pool{New: func() any { return &buffer{} }}

// maxPooled bounds what one large event leaves behind.
const maxPooled = 64 << 10

func (b *buffer) release() {
	if cap(b.out)+cap(b.keyed) > maxPooled {
		return
	}
	b.out, b.keyed = b.out[:0], b.keyed[:0]
	buffers.Put(b)
}
