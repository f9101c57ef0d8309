package slogredact

import (
	"bytes"
	"log/slog"

	"github.com/seed-00b494d3/tagout/redact"
)

// given is what one WithAttrs or WithGroup was given.
type given struct {
	group string
	attrs []slog.Attr // resolved and frozen; see freezeAttrs
}

// A binding is the wrapped handler after one step, under one snapshot.
type binding struct {
	*step
	// snapshot names the snapshot without keeping it: a logger that has nothing to
	// say must not be what keeps values alive that were rotated out.
	snapshot uint64
}

// A step is shared by the bindings under all snapshots that change nothing in
// what is bound.
type step struct {
	next   slog.Handler
	parent *step
	trace  []byte // what was redacted, as it was shown
}

// bind returns the wrapped handler with all that was bound, redacted under the
// snapshot of ev. While that stays the same, it is one load and one comparison.
func (h *handler) bind(ev redact.Event) *step {
	b := h.bound.Load()
	if b != nil && (h.parent == nil || b.snapshot == ev.Matcher().ID()) {
		return b.step
	}
	if h.parent == nil {
		b = &binding{step: &step{next: h.next}}
		if h.bound.CompareAndSwap(nil, b) {
			return b.step
		}
		return h.bound.Load().step
	}
	return h.rebind(ev, b)
}

// rebind may run on several goroutines at once, under different snapshots; each
// gets its own, and the last one stays. A step that shows the same as before is
// taken over, so that the wrapped handler is not asked again.
func (h *handler) rebind(ev redact.Event, old *binding) *step {
	above := h.parent.bind(ev)
	g := h.given()
	w := walker{ev: ev, cfg: h.cfg, hide: h.hide, trace: &trace{}, first: old == nil}
	group := g.group
	var attrs []slog.Attr
	if group != "" {
		group = w.text(group)
	} else {
		attrs, _ = w.attrs(g.attrs, true)
	}
	s := &step{parent: above, trace: w.trace.b}
	switch {
	case old != nil && old.parent == above && bytes.Equal(old.trace, s.trace):
		s = old.step
	case group != "":
		s.next = above.next.WithGroup(group)
	default:
		s.next = above.next.WithAttrs(attrs)
	}
	h.bound.Store(&binding{step: s, snapshot: ev.Matcher().ID()})
	return s
}

// trace collects what a walk changed, and where: two walks over the same given
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
