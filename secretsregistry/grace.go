package secretsregistry

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// sweep drops the versions whose grace is over, and the oldest of those that
// are too many, and sets the timer for the next time at which there is
// something to drop.
func (r *Registry) sweep(w *registry) {
	now := time.Now()
	var retired []*version
	for _, versions := range w.names {
		for _, v := range versions {
			if !v.out.IsZero() {
				retired = append(retired, v)
			}
		}
	}
	slices.SortFunc(retired, func(a, b *version) int {
		return cmp.Or(a.out.Compare(b.out), cmp.Compare(a.secret.Name(), b.secret.Name()), cmp.Compare(a.secret.Version(), b.secret.Version()))
	})
	var gone []*version
	var next time.Time
	for i, v := range retired {
		var end time.Time // zero: no end
		over := w.cfg.limit > 0 && len(retired)-i > w.cfg.limit
		if over {
			end = v.out.Add(MinGrace)
		}
		if w.cfg.grace > 0 {
			if e := v.out.Add(w.cfg.grace); end.IsZero() || e.Before(end) {
				end, over = e, false
			}
		}
		if end.IsZero() {
			break // younger ones have none either
		}
		if now.Before(end) {
			next = end
			break // younger ones end later
		}
		if over {
			w.evicted++
		}
		gone = append(gone, v)
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
}
