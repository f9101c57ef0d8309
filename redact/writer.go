package redact

import (
	"io"
)

// A RecordWriter redacts whole records, such as log lines: each Write is one
// record, under one snapshot, and one Write of the underlying writer. It is
// safe for concurrent use if the underlying writer is.
type RecordWriter struct {
	hidden
	open func() (io.Writer, *Sink)
}

// NewRecordWriter returns a RecordWriter that writes to w. It panics if src is
// nil. Its sink name is "record" unless [SinkName] sets another.
func NewRecordWriter(w io.Writer, src Source, opts ...SinkOption) *RecordWriter {
	s := NewSink(src, "record", opts...)
	return &RecordWriter{open: func() (io.Writer, *Sink) { return w, s }}
}

func noRoom() []byte { return nil }

// Write redacts p and writes the result in one call. It returns len(p) when the
// underlying writer took all of the result, whatever its length, and 0 and the
// error otherwise. It neither changes nor keeps p.
func (w *RecordWriter) Write(p []byte) (int, error) {
	out, sink := w.open()
	m, cfg := sink.Event().load()
	q := m.redactRecord(p, cfg, noRoom)
	n, err := out.Write(q)
	if err == nil && n < len(q) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}
