package zapredact

import (
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewWriteSyncer returns a WriteSyncer that redacts each write, as a whole
// record, before ws: the second line of defence under an encoder, and the way to
// cover zap.ErrorOutput. Write returns the length of what it was given, whatever
// the length of what went out. With a JSON encoder add [redact.SinkJSON]. It is
// safe for concurrent use if ws is. It panics if src or ws is nil.
func NewWriteSyncer(ws zapcore.WriteSyncer, src redact.Source, opts ...redact.SinkOption) zapcore.WriteSyncer {
	if ws == nil {
		panic("zapredact: nil WriteSyncer")
	}
	sink := redact.NewSink(src, "zap")
	w := redact.NewRecordWriter(ws, src, append([]redact.SinkOption{redact.SinkName("zap")}, opts...)...)
	return &guard{w: w, sink: sink, sync: ws.Sync}
}

type guard struct {
	w    *redact.RecordWriter
	sink *redact.Sink
	sync func() error
}

func (g *guard) Write(p []byte) (int, error) {
	n, err := g.w.Write(p)
	if err != nil {
		return n, g.sink.Event().Err(err)
	}
	return n, nil
}

// Sync passes through.
func (g *guard) Sync() error { return g.sink.Event().Err(g.sync()) }
