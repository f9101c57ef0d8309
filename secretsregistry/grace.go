package secretsregistry

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// graceEnd is when a version stops being redacted; zero: never, or not known
// yet. Without [WithGrace] only leased versions have an end: there is one for
// every lease, and none is valid after it.
func (w *registry) graceEnd(v *version) time.Time {
	switch {
	case v.out.IsZero():
		return time.Time{}
	case w.cfg.grace > 0:
		return v.out.Add(w.cfg.grace)
	case v.leased:
		return v.out.Add(MinGrace)
	}
	return time.Time{}
}

// sweep drops the versions whose grace is over, and the oldest of those that
// are too many, and sets the timer for the next time at which there is
// something to drop.
func (r *Registry) sweep(w *registry) {
	now := time.Now()
	var next time.Time
	wait := func(end time.Time) {
		if next.IsZero() || end.Before(next) {
			next = end
		}
	}
	var gone, retired []*version
	for _, versions := range w.names {
		for _, v := range versions {
			if v.out.IsZero() {
				continue
			}
			switch end := w.graceEnd(v); {
			case end.IsZero():
			case now.Before(end):
				wait(end)
			default:
				gone = append(gone, v)
				continue
			}
			retired = append(retired, v)
		}
	}
	if over := len(retired) - w.cfg.limit; w.cfg.limit > 0 && over > 0 {
		var old []*version // enough to go
		for _, v := range retired {
			if end := v.out.Add(MinGrace); now.Before(end) {
				wait(end)
			} else {
				old = append(old, v)
			}
		}
		slices.SortFunc(old, func(a, b *version) int {
			return cmp.Or(a.out.Compare(b.out), cmp.Compare(a.secret.Name(), b.secret.Name()), cmp.Compare(a.secret.Version(), b.secret.Version()))
		})
		old = old[:min(over, len(old))]
		w.evicted += uint64(len(old))
		gone = append(gone, old...)
	}
	r.drop(w, gone)
	if w.sweeper != nil {
		w.sweeper.Stop()
	}
	if !next.IsZero() {
		w.sweeper = time.AfterFunc(next.Sub(now), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			r.sweep(w)
			r.publish(w)
		})
	}
}

// drop takes versions out of the set and the matcher.
func (r *Registry) drop(w *registry, gone []*version) {
	if len(gone) == 0 {
		return
	}
	dead := make(map[*version]bool, len(gone))
	secrets := make([]redact.Secret, 0, len(gone))
	for _, v := range gone {
		if !dead[v] {
			dead[v] = true
			secrets = append(secrets, v.secret)
		}
	}
	for v := range dead {
		name := v.secret.Name()
		left := slices.DeleteFunc(w.names[name], func(o *version) bool { return dead[o] })
		if len(left) == 0 {
			delete(w.names, name)
		} else {
			w.names[name] = left
		}
	}
	w.count -= len(dead)
	w.matcher, _ = w.matcher.Update(nil, secrets) // nothing added: nothing refused
	r.hits.fold(func(name, label string) bool {
		return slices.ContainsFunc(w.names[name], func(v *version) bool { return v.secret.Version() == label })
	})
}
