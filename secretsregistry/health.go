package secretsregistry

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Condition is how well a path, or a Cache, does.
type Condition uint8

const (
	Healthy  Condition = iota // fresh
	Degraded                  // stale, or failing while it is fresh
	Failed                    // there is no value to serve
)

func (c Condition) String() string {
	switch c {
	case Healthy:
		return "healthy"
	case Degraded:
		return "degraded"
	}
	return "failed"
}

// MarshalText implements encoding.TextMarshaler.
func (c Condition) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Health is the state of a [Cache], for a health endpoint. It has no values.
type Health struct {
	Condition   Condition // the worst of all paths
	BreakerOpen bool
	Paths       []PathHealth // sorted by path
}

// PathHealth is the state of one path.
type PathHealth struct {
	Path      string // as tags show it
	Version   string // empty if there is none to serve
	Condition Condition
	Stale     bool
	Age       time.Duration // of the value
	Left      time.Duration // until it may not be served any more, if it is not refreshed
	Failures  int           // in a row
	Last      Class         // of the last request

	NextRefresh time.Time // when it is read again; zero if that is not planned
	Expires     time.Time // when it may not be served any more, if it is not refreshed; zero if there is none to serve
}

// Health reports on all paths that were asked for. A path that never had a
// value counts as failed if [Cache.Start] required it, and as degraded
// otherwise, until nobody has asked for it for 10 minutes.
func (c *Cache) Health() Health {
	w := c.open()
	var out Health
	out.BreakerOpen = w.breaker.State().String() != "closed"
	w.entries.Range(func(_, x any) bool {
		p := w.pathHealth(x.(*cacheEntry))
		out.Condition = max(out.Condition, p.Condition)
		out.Paths = append(out.Paths, p)
		return true
	})
	slices.SortFunc(out.Paths, func(a, b PathHealth) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func (w *cache) pathHealth(e *cacheEntry) PathHealth {
	ev := w.sink.Event()
	h := e.held.Load()
	e.mu.Lock()
	p := PathHealth{Path: ev.String(shownName(e.path)), Failures: e.failures, Last: ClassOf(e.err)}
	had := e.last != nil
	idle := e.dueAt.IsZero()
	if !idle {
		p.NextRefresh = w.cfg.wall().Add(e.dueAt.Sub(w.cfg.now()))
	}
	e.mu.Unlock()
	if h != nil {
		p.Age = w.age(h)
		p.Left = h.hard - p.Age
		if h.expired(w.cfg.wall()) || p.Left < 0 {
			p.Left = 0
		}
		if !h.expiry.IsZero() {
			p.Left = min(p.Left, max(h.expiry.Sub(w.cfg.wall()), 0))
		}
	}
	switch {
	case h != nil && p.Left > 0:
		p.Expires = w.cfg.wall().Add(p.Left)
		p.Version = ev.String(redact.NewSecret("", h.version, nil).Version())
		p.Stale = p.Age >= h.ttl
		if (p.Stale && !idle) || p.Failures > 0 {
			p.Condition = Degraded
		}
	case had && idle && p.Failures == 0 && p.Last == ClassOK:
		// nobody asks for it any more
	case had || e.required.Load():
		p.Condition = Failed
	default:
		if p.Last != ClassOK {
			p.Condition = Degraded
		}
	}
	return p
}
