package zapredact

import (
	"bytes"
	"errors"
	"sync"

	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// checked carries one entry from Check to Write: the snapshot it is redacted
// under and what the wrapped core answered. It is written at most once, which
// zap enforces for the entry that holds it.
type checked struct {
	core *core
	held *zapcore.CheckedEntry
	ev   redact.Event
	errs errorSink // of held
}

var checkedPool = sync.Pool{New: func() any { return new(checked) }}

func newChecked(c *core, ev redact.Event, held *zapcore.CheckedEntry) *checked {
	e := checkedPool.Get().(*checked)
	e.core, e.held, e.ev = c, held, ev
	return e
}

// Write implements zapcore.Core for the one call that a checked entry makes.
func (e *checked) Write(ent zapcore.Entry, fields []zapcore.Field) error {
	c, ev, held := e.core, e.ev, e.held
	w := walker{ev: ev, cfg: c.cfg, plain: c.plain}
	fields = w.record(&ent, fields, c.hide) // a hook of another core may have changed it
	held.Entry, held.ErrorOutput = ent, &e.errs
	held.Write(fields...)
	err := e.errs.err()
	e.release()
	return ev.Err(err)
}

func (e *checked) release() {
	*e = checked{}
	checkedPool.Put(e)
}

func (e *checked) Enabled(l zapcore.Level) bool        { return e.core.Enabled(l) }
func (e *checked) With(f []zapcore.Field) zapcore.Core { return e.core.With(f) }
func (e *checked) Sync() error                         { return e.core.Sync() }
func (e *checked) Check(ent zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return e.core.Check(ent, ce)
}

// errorSink takes the place of the logger's error output in a held entry, to
// hand the error on: the logger reports it, once and at its own place.
type errorSink struct{ text []byte }

func (s *errorSink) Write(p []byte) (int, error) { s.text = append(s.text, p...); return len(p), nil }
func (s *errorSink) Sync() error                 { return nil }

func (s *errorSink) err() error {
	if len(s.text) == 0 {
		return nil
	}
	text := bytes.TrimSuffix(s.text, []byte("\n"))
	if _, after, ok := bytes.Cut(text, []byte(" write error: ")); ok {
		text = after // the time is put in front again
	}
	return errors.New(string(text))
}
