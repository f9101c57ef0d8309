package secretsregistry

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-00b494d3/tagout/redact"
)

// An Event tells that a secret was redacted somewhere: which one, which
// version, in which spelling and in which sink. It has no value and no text.
type Event = redact.Hit

// A HitCount is how often an event has happened since the Registry was made.
type HitCount struct {
	Event
	Count uint64
}

// hitCounter is the observer of a Registry's matchers. It is called on the path
// of every event in which something was redacted: it takes a read lock, and a
// write lock once for each new combination.
type hitCounter struct {
	mu     sync.RWMutex
	counts map[Event]*atomic.Uint64

	queue   int
	hooks   atomic.Pointer[[]*hook]
	dropped atomic.Uint64
	panics  atomic.Uint64
}

// Redacted implements [redact.Observer].
func (c *hitCounter) Redacted(e redact.Hit) {
	c.mu.RLock()
	n := c.counts[e]
	if n != nil {
		n.Add(1) // under the lock: fold reads it once
	}
	c.mu.RUnlock()
	if n == nil {
		c.mu.Lock()
		if c.counts == nil {
			c.counts = map[Event]*atomic.Uint64{}
		}
		if n = c.counts[e]; n == nil {
			n = new(atomic.Uint64)
			c.counts[e] = n
		}
		n.Add(1)
		c.mu.Unlock()
	}
	if hooks := c.hooks.Load(); hooks != nil {
		for _, h := range *hooks {
			select {
			case h.events <- e:
			default:
				c.dropped.Add(1)
			}
		}
	}
}

// fold adds the counts of versions that are no longer known to those of their
// name, under no version: else every rotation would leave some behind for ever.
func (c *hitCounter) fold(known func(name, version string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e, n := range c.counts {
		if e.Version == "" || known(e.Name, e.Version) {
			continue
		}
		delete(c.counts, e)
		e.Version = ""
		sum := c.counts[e]
		if sum == nil {
			sum = new(atomic.Uint64)
			c.counts[e] = sum
		}
		sum.Add(n.Load())
	}
}

// A hook is a function that waits for events on a goroutine of its own.
type hook struct {
	f      func(Event)
	events chan Event
	done   chan struct{}
}

// OnRedact has f told of every redaction. It is called on a goroutine of its
// own, one event at a time, after the fact: a hook that is slow, blocks or
// panics delays neither redaction nor other hooks. When as many events wait as
// [WithEventQueue] allows, further ones are dropped for this hook and counted
// in [Status]; the counts of [Registry.Hits] miss nothing.
//
// cancel ends the hook. It does not wait for a call that is under way, and may
// be called more than once. A nil f panics.
func (r *Registry) OnRedact(f func(Event)) (cancel func()) {
	if f == nil {
		panic("secretsregistry: nil hook")
	}
	c := &r.hits
	h := &hook{f: f, events: make(chan Event, c.queue), done: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setHooks(func(hooks []*hook) []*hook { return append(hooks, h) })
	go h.run(&c.panics)
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.setHooks(func(hooks []*hook) []*hook {
			return slices.DeleteFunc(hooks, func(o *hook) bool { return o == h })
		})
		close(h.done)
	})
}

// setHooks replaces the list that readers see.
func (c *hitCounter) setHooks(change func([]*hook) []*hook) {
	var hooks []*hook
	if old := c.hooks.Load(); old != nil {
		hooks = slices.Clone(*old)
	}
	hooks = change(hooks)
	c.hooks.Store(&hooks)
}

func (h *hook) run(panics *atomic.Uint64) {
	for {
		select {
		case <-h.done:
			return
		case e := <-h.events:
			select {
			case <-h.done: // cancelled while events waited
				return
			default:
			}
			h.call(e, panics)
		}
	}
}

func (h *hook) call(e Event, panics *atomic.Uint64) {
	defer func() {
		if recover() != nil {
			panics.Add(1)
		}
	}()
	h.f(e)
}

// Hits returns how often each secret was redacted, by version, form and sink,
// in that order. The counts of versions whose grace is over are added up under
// no version.
func (r *Registry) Hits() []HitCount {
	c := &r.hits
	c.mu.RLock()
	list := make([]HitCount, 0, len(c.counts))
	for e, n := range c.counts {
		list = append(list, HitCount{e, n.Load()})
	}
	c.mu.RUnlock()
	slices.SortFunc(list, func(a, b HitCount) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Sink, b.Sink))
	})
	return list
}
