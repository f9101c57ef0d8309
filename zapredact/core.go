package zapredact

import (
	"reflect"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// WrapCore returns an option that wraps the core of a logger by [NewCore]. It
// panics if src is nil.
func WrapCore(src redact.Source, opts ...Option) zap.Option {
	cfg := newConfig(src, opts)
	return zap.WrapCore(func(next zapcore.Core) zapcore.Core { return newCore(next, cfg) })
}

// NewCore returns a core that hands everything to next redacted. It is safe for
// concurrent use if next is. It panics if src or next is nil. An entry is
// redacted under one snapshot, from Check to Write, bound fields included.
func NewCore(next zapcore.Core, src redact.Source, opts ...Option) zapcore.Core {
	return newCore(next, newConfig(src, opts))
}

func newCore(next zapcore.Core, cfg *config) zapcore.Core {
	if next == nil {
		panic("zapredact: nil Core")
	}
	return &core{cfg: cfg, root: &step{next: next}, leaf: reflect.TypeOf(next) == ioCore, plain: plain(next)}
}

// ioCore is the type of core that does nothing in Check but ask its level and
// add itself, so that its Write can be called without.
var ioCore = reflect.TypeOf(zapcore.NewCore(nil, nil, nil))

// core is one step of a chain: the root or one With. What a step was given is
// kept as it came and bound to the step above whenever the snapshot changes.
type core struct {
	cfg    *config
	root   *step          // of the root; nil elsewhere
	leaf   bool           // of the whole chain
	plain  bool           // of the whole chain
	parent *core          // nil: the root
	given  func() []bound // what was bound, unredacted: behind a closure, out of reach of formatters
	hide   string         // tag for all values: within a namespace that a key rule hits
	last   atomic.Pointer[binding]
}

func (c *core) inner() zapcore.Core {
	if c.parent == nil {
		return c.root.next
	}
	return c.last.Load().step.next
}

// Enabled asks the wrapped core and does nothing else.
func (c *core) Enabled(l zapcore.Level) bool { return c.inner().Enabled(l) }

// Level returns the level of the wrapped core.
func (c *core) Level() zapcore.Level { return zapcore.LevelOf(c.inner()) }

// Sync passes through.
func (c *core) Sync() error { return c.cfg.sink.Event().Err(c.inner().Sync()) }

// With keeps a copy of the fields.
func (c *core) With(fields []zapcore.Field) zapcore.Core {
	if len(fields) == 0 {
		return c
	}
	given, hide := freezeFields(fields, c.plain), c.hide
	for _, f := range fields {
		if f.Type == zapcore.NamespaceType && hide == "" {
			hide, _ = c.cfg.rules.Match(f.Key)
		}
	}
	n := &core{cfg: c.cfg, leaf: c.leaf, plain: c.plain, parent: c, given: func() []bound { return given }, hide: hide}
	n.bind(c.cfg.sink.Event()) // when the wrapped core would have done it
	return n
}

// Check asks the wrapped core about the redacted entry. The answer is held apart
// from ce until Write: were the wrapped cores added to ce themselves, their Write
// would see raw fields, and were this core added in their place, the levels of a
// Tee and the counts of a sampler would be lost.
func (c *core) Check(ent zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if ent.Level < zapcore.DPanicLevel && !c.inner().Enabled(ent.Level) {
		return ce
	}
	ev := c.cfg.sink.Event()
	b := c.bind(ev)
	w := walker{ev: ev, cfg: c.cfg}
	red := ent
	w.entry(&red)
	var writer zapcore.Core
	if c.leaf {
		if !b.step.next.Enabled(ent.Level) {
			return c.terminal(w, red, ce)
		}
		writer = b
	} else {
		held := b.step.next.Check(red, nil)
		if held == nil {
			return c.terminal(w, red, ce)
		}
		writer = newChecked(c, ev, held)
	}
	out := ce.AddCore(red, writer)
	if ce == nil && ent.Level >= zapcore.DPanicLevel {
		out = out.Before(red, c.before(w))
	}
	return out
}

// terminal answers for entries that nobody writes. The logger panics or exits
// all the same at these levels, with the message of the checked entry, which
// therefore has to be there and to be redacted.
func (c *core) terminal(w walker, red zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if ce != nil || red.Level < zapcore.DPanicLevel {
		return ce
	}
	return ce.AddCore(red, nop).Before(red, c.before(w))
}

var nop = zapcore.NewNopCore()

// before redacts what the panic and fatal hooks of the logger see.
func (c *core) before(w walker) zapcore.CheckPreWriteHook {
	return func(ent zapcore.Entry, fields []zapcore.Field) (zapcore.Entry, []zapcore.Field) {
		fields = w.record(&ent, fields, c.hide)
		return ent, fields
	}
}

// Write redacts and writes an entry that was not checked by this core.
func (c *core) Write(ent zapcore.Entry, fields []zapcore.Field) error {
	ev := c.cfg.sink.Event()
	return c.write(ev, c.bind(ev).step.next, ent, fields)
}

func (c *core) write(ev redact.Event, next zapcore.Core, ent zapcore.Entry, fields []zapcore.Field) error {
	w := walker{ev: ev, cfg: c.cfg, plain: c.plain}
	fields = w.record(&ent, fields, c.hide)
	return ev.Err(next.Write(ent, fields))
}
