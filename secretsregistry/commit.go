package secretsregistry

import (
	"errors"
	"slices"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A commit is one change of a Registry: all of it comes with one snapshot.
type commit struct {
	current, previous, pending []redact.Secret
	remove                     []string // as tags show them

	until  time.Time         // what goes out stays valid elsewhere until then; zero: not known
	leased bool              // what comes in has a lease
	health func() PathHealth // of the path that is read; nil: put by hand
}

// commit applies c. When it returns, readers have the result. Where names are
// removed and set, being set counts.
func (r *Registry) commit(c commit) error {
	w := r.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batch++

	p := plan{w: w, now: time.Now(), until: c.until, leased: c.leased, health: c.health}
	for _, name := range c.remove {
		for _, v := range w.names[name] {
			p.become(v, Retired)
		}
	}
	p.place(c.current, Current)
	p.place(c.previous, Previous)
	p.place(c.pending, Pending)

	if len(p.add) > 0 {
		fresh := make([]redact.Secret, 0, len(p.add))
		for _, v := range p.add {
			fresh = append(fresh, v.secret)
		}
		// Every one was checked, so none is refused here.
		m, err := w.matcher.Update(fresh, p.replaced)
		w.matcher = m
		p.fail(err)
	}
	if len(c.current)+len(c.previous)+len(c.pending) > 0 {
		r.touch(w)
	}
	r.sweep(w)
	r.publish(w)
	return errors.Join(p.errs...)
}

// A plan collects what a commit changes in the matcher.
type plan struct {
	w        *registry
	now      time.Time
	until    time.Time
	leased   bool
	health   func() PathHealth
	add      []*version
	replaced []redact.Secret
	errs     []error
}

func (p *plan) fail(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

// place puts the secrets into a state, each in place of those of its name that
// are in it.
func (p *plan) place(secrets []redact.Secret, to State) {
	for i, s := range secrets {
		if s.Name() == "" {
			p.fail(&redact.UnnamedSecretError{Index: i})
			continue
		}
		if err := p.w.matcher.Check(s); err != nil {
			p.fail(err)
			continue
		}
		v := p.know(s, to)
		if v.batch == p.w.batch {
			continue // this commit has it in a better state already
		}
		if v.state == Current && to != Current {
			continue // only Put says what is no longer current
		}
		v.batch = p.w.batch
		switch to {
		case Current:
			p.rotate(v)
		default:
			for _, o := range p.w.names[s.Name()] {
				if o.state == to && o.batch != p.w.batch {
					p.become(o, Retired)
				}
			}
		}
		p.become(v, to)
		v.health = p.health
		if to == Current {
			v.leased = p.leased
		}
		if to == Previous {
			v.out = time.Time{} // listed: no grace yet
		}
	}
}

// together reports whether two versions of a name may be current at once: the
// values that one commit gives for one version.
func (p *plan) together(o, v *version) bool {
	return o == v || o.batch == p.w.batch && o.secret.Version() == v.secret.Version()
}

// rotate makes room for a current version. What is listed as previous is no
// longer so, unless the same or the next call says it again.
func (p *plan) rotate(v *version) {
	others := p.w.names[v.secret.Name()]
	if slices.ContainsFunc(others, func(o *version) bool { return o.state == Current && !p.together(o, v) }) {
		p.demote(v, Previous, Retired)
		p.demote(v, Current, Previous)
	}
	for _, o := range others {
		if o.state == Previous && o.out.IsZero() {
			p.become(o, Previous)
		}
	}
}

// demote takes all other versions of the name from one state to another.
func (p *plan) demote(v *version, from, to State) {
	for _, o := range p.w.names[v.secret.Name()] {
		if o.state == from && !p.together(o, v) {
			p.become(o, to)
		}
	}
}

// know returns the version that holds the value under the name. A value that is
// known under another version comes back under the one it has now; where s has
// none, the known one is kept.
func (p *plan) know(s redact.Secret, to State) *version {
	fp := p.w.fingerprint(s)
	name := s.Name()
	for _, v := range p.w.names[name] {
		if v.fingerprint != fp {
			continue
		}
		if s.Version() == "" || s.Version() == v.secret.Version() || v.batch == p.w.batch || v.state == Current && to != Current {
			return v
		}
		p.replaced = append(p.replaced, v.secret)
		p.add = append(p.add, v)
		v.secret = s
		return v
	}
	if s.Version() == "" {
		s = s.WithVersion(fingerprintVersion(fp))
	}
	v := &version{secret: s, fingerprint: fp, known: p.now}
	p.w.names[name] = append(p.w.names[name], v)
	p.w.count++
	p.add = append(p.add, v)
	return v
}

// become changes the state. Grace runs from the moment at which a version is no
// longer current, pending or listed, not from each change after it; and not
// before the end of its lease, until which its holders go on using it.
func (p *plan) become(v *version, s State) {
	if v.state != s {
		v.state = s
		v.changed = p.now
	}
	switch s {
	case Current, Pending:
		v.out = time.Time{}
	default:
		if v.out.IsZero() {
			v.out = p.now
			if p.until.After(v.out) {
				v.out = p.until
			}
		}
	}
}
