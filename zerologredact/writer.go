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
	ev := w.sink.Event()
	out, b := w.redact(ev, p)
	n, err := w.next.Write(out)
	return b.done(ev, p, out, n, err)
}

// WriteLevel implements zerolog.LevelWriter.
func (w *writer) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	ev := w.sink.Event()
	out, b := w.redact(ev, p)
	n, err := w.next.WriteLevel(l, out)
	return b.done(ev, p, out, n, err)
}

// redact returns what is to be written, which is p itself or in the buffer, if
// there is one.
func (w *writer) redact(ev redact.Event, p []byte) (out []byte, b *buffer) {
	out = ev.Record(p, func() []byte {
		b = buffers.Get().(*buffer)
		return b.out
	})
	if b != nil {
		b.out = out
	}
	if w.rules != nil {
		if b == nil {
			b = buffers.Get().(*buffer)
		}
		b.keyed = w.rules.AppendJSON(b.keyed, out)
		out = b.keyed
	}
	return out, b
}

// done takes the buffer back, if there is one, and returns what Write returns
// for p when out was written.
func (b *buffer) done(ev redact.Event, p, out []byte, n int, err error) (int, error) {
	if b != nil {
		b.release()
	}
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
