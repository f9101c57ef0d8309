package secretsregistry

import (
	"slices"
	"sync"
	"time"
)

// A rotateHook is a function that waits for rotations of one path.
type rotateHook struct {
	f func(old, new *Value)

	mu      sync.Mutex
	queue   []rotation
	running bool
	ended   bool
}

type rotation struct{ old, new *held }

// hookQueue is how many rotations wait for a hook before the youngest are
// merged: the hook then sees one step from the old of the first to the new of
// the last.
const hookQueue = 16

// OnRotate has f told of every change of the path's version or content, after
// the new value is in force and published. Reading a path again without a
// change is no rotation, and neither is the first value. Hooks run on
// goroutines of their own, each in the order of its rotations: they may be slow,
// block, panic or call the Cache without delaying anybody. old has no fields if
// it had ended before.
//
// A path with a hook is refreshed however seldom it is read, once it was read.
// cancel ends the hook; it does not wait for a call that is under way. A nil f
// panics.
func (c *Cache) OnRotate(path string, f func(old, new *Value)) (cancel func()) {
	if f == nil {
		panic("secretsregistry: nil hook")
	}
	w := c.open()
	h := &rotateHook{f: f}
	e := w.enlist(path, func(e *cacheEntry) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if !slices.Contains(e.hooks, h) {
			e.hooks = append(slices.Clone(e.hooks), h)
		}
	})
	return func() {
		h.mu.Lock()
		h.ended, h.queue = true, nil
		h.mu.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.hooks = slices.DeleteFunc(slices.Clone(e.hooks), func(o *rotateHook) bool { return o == h })
	}
}

// rotated tells the hooks of an entry.
func (w *cache) rotated(e *cacheEntry, old, h *held) {
	e.mu.Lock()
	hooks := e.hooks
	e.mu.Unlock()
	for _, hook := range hooks {
		hook.mu.Lock()
		switch n := len(hook.queue); {
		case hook.ended:
		case n >= hookQueue:
			hook.queue[n-1].new = h
		default:
			hook.queue = append(hook.queue, rotation{old, h})
		}
		if !hook.running && len(hook.queue) > 0 {
			hook.running = true
			go w.run(e, hook)
		}
		hook.mu.Unlock()
	}
}

// run calls a hook until its queue is empty.
func (w *cache) run(e *cacheEntry, hook *rotateHook) {
	for {
		hook.mu.Lock()
		if len(hook.queue) == 0 || w.ctx.Err() != nil {
			hook.running = false
			hook.mu.Unlock()
			return
		}
		r := hook.queue[0]
		hook.queue = hook.queue[1:]
		hook.mu.Unlock()
		// A hook that was slow gets no value that Get would refuse by now.
		if w.dead(e, r.new) {
			continue
		}
		old := &value{held: r.old, age: func() time.Duration { return w.age(r.old) }, dead: w.dead(e, r.old)}
		func() {
			defer func() { recover() }()
			hook.f(&Value{open: func() *value { return old }}, w.value(r.new, w.age(r.new) >= r.new.ttl, ClassOK))
		}()
	}
}

// dead reports whether a value has ended, by its age or by an answer of the
// manager.
func (w *cache) dead(e *cacheEntry, h *held) bool {
	e.mu.Lock()
	ended := h.n <= e.endedBy
	e.mu.Unlock()
	return ended || w.age(h) >= h.hard || h.expired(w.cfg.wall())
}
