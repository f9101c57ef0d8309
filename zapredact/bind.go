package zapredact

import (
	"bytes"
	"weak"

	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// A binding is the wrapped core after one With, under one snapshot. As a core it
// stands for core in the entries that were checked under that snapshot.
type binding struct {
	*core
	step *step
	// The snapshot is named without keeping it: a logger that has nothing to say
	// must not be what keeps values alive that were rotated out.
	snapshot uint64
	held     weak.Pointer[redact.Matcher]
}

// A step is shared by the bindings under all snapshots that change nothing in
// what is bound.
type step struct {
	next   zapcore.Core
	parent *step
	trace  []byte // what was redacted, as it was shown
}

// bind returns the wrapped core with all that was bound, redacted under the
// snapshot of ev. While that stays the same, it is one load and one comparison.
func (c *core) bind(ev redact.Event) *binding {
	if b := c.last.Load(); b != nil && b.snapshot == ev.Matcher().ID() {
		return b
	}
	return c.rebind(ev)
}

// rebind may run on several goroutines at once, under different snapshots; each
// gets its own, and the last one stays. A step that shows the same as before is
// taken over, so that the wrapped core is not asked again.
func (c *core) rebind(ev redact.Event) *binding {
	if c.parent == nil {
		return c.keep(ev, c.root)
	}
	old, above := c.last.Load(), c.parent.bind(ev).step
	w := walker{ev: ev, cfg: c.cfg, plain: c.plain, trace: &trace{}}
	fields := w.bound(c.given(), c.parent.hide, old == nil)
	s := &step{parent: above, trace: w.trace.b}
	if old != nil && old.step.parent == above && bytes.Equal(old.step.trace, s.trace) {
		s = old.step
	} else {
		s.next = above.next.With(fields)
	}
	return c.keep(ev, s)
}

func (c *core) keep(ev redact.Event, s *step) *binding {
	m := ev.Matcher()
	b := &binding{core: c, step: s, snapshot: m.ID(), held: weak.Make(m)}
	c.last.Store(b)
	return b
}

// Write implements zapcore.Core for entries that were checked under the snapshot
// of b. Only if nobody else has that one any more, it is the current one.
func (b *binding) Write(ent zapcore.Entry, fields []zapcore.Field) error {
	if m := b.held.Value(); m != nil {
		return b.write(b.cfg.sink.EventOf(m), b.step.next, ent, fields)
	}
	return b.core.Write(ent, fields)
}

// trace collects what a walk changed, and where: two walks over the same fields
// with equal traces have the same result.
type trace struct {
	b []byte
	n int
}

func (t *trace) note(changed bool, shown string) {
	if t == nil {
		return
	}
	t.n++
	if changed {
		t.b = append(t.b, byte(t.n), byte(t.n>>8), byte(t.n>>16), byte(t.n>>24))
		t.b = append(t.b, shown...)
		t.b = append(t.b, 0xff) // not in UTF-8, so it ends a text
	}
}
