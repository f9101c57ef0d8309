package secretsregistry

import (
	"cmp"
	"encoding/hex"
	"slices"
	"time"
)

// An Entry describes one value of one name. It does not hold the value and is
// safe to print.
type Entry struct {
	Name        string        // an opaque id where the name contains a registered value
	Version     string        // the manager's own, or "h" and 8 digits of the fingerprint
	State       State         //
	Fingerprint string        // 16 hexadecimal digits of the keyed fingerprint
	Age         time.Duration // since it became known
	StateAge    time.Duration // since it is in its state
	Hits        uint64        // how often it was redacted, over all forms and sinks
	Health      Condition     // of the path in the [Cache] that reads it; current ones only, and Healthy where it was put by hand
	Stale       bool          // the path's value is past its TTL; current ones only

	// NextRefresh is when the Cache reads the path of a current value again; zero
	// where that is not planned.
	NextRefresh time.Time
	// Expires is when the Cache serves a current value no longer, if it is not
	// refreshed before, and when another one is no longer redacted; zero where
	// there is no such time, or it is not known yet.
	Expires time.Time
}

// List returns all values that are redacted now, by name and, within a name,
// current ones first, then pending, previous and retired ones, the youngest
// first. It is a copy.
func (r *Registry) List() []Entry {
	hits := map[[2]string]uint64{}
	for _, h := range r.Hits() {
		hits[[2]string{h.Name, h.Version}] += h.Count
	}
	w := r.open()
	w.mu.Lock()
	now := time.Now()
	list := make([]Entry, 0, w.count)
	health := make([]func() PathHealth, 0, w.count)
	for name, versions := range w.names {
		for _, v := range versions {
			e := Entry{
				Name:        name,
				Version:     v.secret.Version(),
				State:       v.state,
				Fingerprint: hex.EncodeToString(v.fingerprint[:8]),
				Age:         now.Sub(v.known),
				StateAge:    now.Sub(v.changed),
				Expires:     w.graceEnd(v),
			}
			e.Hits = hits[[2]string{e.Name, e.Version}]
			if label := name + "@" + e.Version; w.matcher.String(label) != label {
				e.Name, e.Version = "id-"+e.Fingerprint, ""
			}
			list = append(list, e)
			if v.state != Current {
				health = append(health, nil)
			} else {
				health = append(health, v.health)
			}
		}
	}
	w.mu.Unlock()
	for i, f := range health { // without the lock: they are asked of caches
		if f != nil {
			p := f()
			list[i].Health, list[i].Stale, list[i].NextRefresh, list[i].Expires = p.Condition, p.Stale, p.NextRefresh, p.Expires
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(a.StateAge, b.StateAge), cmp.Compare(a.Version, b.Version))
	})
	return list
}

// rank orders states for display.
func rank(s State) State {
	switch s {
	case Current:
		return 0
	default:
		return s + 1
	}
}

// A Status describes a Registry as a whole, for health checks and metrics.
type Status struct {
	Empty   bool // nothing is registered
	Stale   bool // see WithMaxAge
	Closed  bool // readers get redact.Closed, because it is empty or stale
	Names   int
	Live    int           // values that are current, pending or previous
	Retired int           // values in their grace
	Evicted uint64        // values dropped by WithRetiredLimit
	Age     time.Duration // since the last Put or Confirm; negative: there was none
	Dropped uint64        // events that hooks were too slow for
	Panics  uint64        // panics of hooks
}

// Status returns the state of the Registry.
func (r *Registry) Status() Status {
	w := r.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Status{
		Empty:   w.count == 0,
		Stale:   w.stale,
		Names:   len(w.names),
		Evicted: w.evicted,
		Age:     -1,
		Dropped: r.hits.dropped.Load(),
		Panics:  r.hits.panics.Load(),
	}
	s.Closed = w.cfg.failClosed && (s.Empty || s.Stale)
	if !w.updated.IsZero() {
		s.Age = w.age()
	}
	for _, versions := range w.names {
		for _, v := range versions {
			if v.state == Retired {
				s.Retired++
			} else {
				s.Live++
			}
		}
	}
	return s
}
