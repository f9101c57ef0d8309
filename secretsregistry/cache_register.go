package secretsregistry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// register puts all versions of a reading in force. An error means that the
// value must be withheld.
func (w *cache) register(e *cacheEntry, h *held, p *Payload) ([]refusal, error) {
	needles, refused := classify(e.path, h.fields, e.policy.Fields)
	c := commit{until: e.outgoing().until(), leased: h.lease > 0}
	if w.provider != nil {
		c.health = func() PathHealth { return w.pathHealth(e) }
	}
	names := map[string]bool{}
	var errs []error
	for i, s := range w.reg.secretsOf(needles, h.version) {
		names[s.Name()] = true
		err := w.reg.open().check(s)
		var short *redact.ShortSecretError
		switch {
		case err == nil:
			c.current = append(c.current, s)
		case errors.As(err, &short): // for this registry
			refused = append(refused, refusal{needles[i].name, reasonShort})
		default:
			// What is long enough and refused all the same would go out in the clear.
			errs = append(errs, err)
		}
	}
	if e.policy.Strict && len(refused) > 0 {
		names := make([]string, len(refused))
		for i, r := range refused {
			names[i] = shownName(r.field) + " (" + r.reason + ")"
		}
		return refused, fmt.Errorf("%w: %s", ErrUnredactable, strings.Join(names, ", "))
	}
	if len(errs) > 0 {
		return refused, fmt.Errorf("%w: %w", ErrUnredactable, errors.Join(errs...))
	}
	in := p.get()
	for _, old := range in.previous {
		c.previous = append(c.previous, w.others(e, old)...)
	}
	for _, next := range in.pending {
		c.pending = append(c.pending, w.others(e, next)...)
	}
	for name := range e.names {
		if !names[name] {
			c.remove = append(c.remove, name)
		}
	}
	if err := w.reg.commit(c); err != nil {
		// The current version was checked; of the others as much is in force as
		// can be.
		var still []error
		for _, s := range c.current {
			if !w.reg.open().has(s) {
				still = append(still, err)
				break
			}
		}
		if len(still) > 0 {
			return refused, fmt.Errorf("%w: %w", ErrUnredactable, errors.Join(still...))
		}
	}
	e.names = names
	if len(c.current) == 0 {
		w.reg.Confirm() // all of it is public, and as new as can be
	}
	return refused, nil
}

// outgoing is the value that a new one replaces, nil if there is none.
func (e *cacheEntry) outgoing() *held {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// others returns the secrets of a version that is not current.
func (w *cache) others(e *cacheEntry, p *Payload) []redact.Secret {
	in := p.get()
	needles, _ := classify(e.path, in.fields, e.policy.Fields)
	return w.reg.secretsOf(needles, w.version(e.path, in))
}

func (r *Registry) secretsOf(needles []needle, version string) []redact.Secret {
	secrets := make([]redact.Secret, 0, len(needles))
	for _, n := range needles {
		s := redact.NewSecret(r.label(n.name), version, []byte(n.value))
		if n.min > 0 {
			s = s.WithMinLength(n.min)
		}
		secrets = append(secrets, s)
	}
	return secrets
}

// check returns why a secret would be refused.
func (w *registry) check(s redact.Secret) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.matcher.Check(s)
}

// has reports whether the value is redacted under its name.
func (w *registry) has(s redact.Secret) bool {
	fp := w.fingerprint(s)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.names[s.Name()] {
		if v.fingerprint == fp {
			return true
		}
	}
	return false
}
