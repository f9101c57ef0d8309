package zapredact

import (
	"bytes"
	"weak"

	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
)

// A binding is the wrapped core after one With, under one snapshot.
type binding struct {
	*step
	// snap names the snapshot without keeping it: a logger that has nothing to
	// say must not be what keeps values alive that were rotated out.
	snap weak.Pointer[redact.Matcher]
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
func (c *core) bind(ev redact.Event) *step {
	b := c.last.Load()
	if b != nil && (c.parent == nil || b.snap.Value() == ev.Matcher()) {
		return b.step
	}
	if c.parent == nil {
		b = &binding{step: &step{next: c.next}}
		if c.last.CompareAndSwap(nil, b) {
			return b.step
		}
		return c.last.Load().step
	}
	return c.rebind(ev, b)
}

// rebind may run on several goroutines at once, under different snapshots; each
// gets its own, and the last one stays. A step that shows the same as before is
// taken over, so that the wrapped core is not asked again.
func (c *core) rebind(ev redact.Event, old *binding) *step {
	above := c.parent.bind(ev)
	w := walker{ev: ev, cfg: c.cfg, plain: c.plain, trace: &trace{}}
	fields := w.bound(c.given(), c.parent.hide, old == nil)
	s := &step{parent: above, trace: w.trace.b}
	if old != nil && old.parent == above && bytes.Equal(old.trace, s.trace) {
		s = old.step
	} else {
		s.next = above.next.With(fields)
	}
	c.last.Store(&binding{step: s, snap: weak.Make(ev.Matcher())})
	return s
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
