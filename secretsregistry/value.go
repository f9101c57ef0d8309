package secretsregistry

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Value is what a [Cache] read from one path. It is immutable, safe for
// concurrent use, and hides its fields from formatters and encoders. All its
// fields that can be redacted are, from before it was handed out.
type Value struct {
	hidden
	open func() *value
}

type value struct {
	held  *held
	stale bool
	cause Class
	age   func() time.Duration
	dead  bool
}

func (v *Value) get() *value {
	if v == nil || v.open == nil {
		return &value{held: &held{}, age: func() time.Duration { return 0 }}
	}
	return v.open()
}

// Field returns the value of a field.
func (v *Value) Field(name string) (string, bool) {
	w := v.get()
	if w.dead {
		return "", false
	}
	s, ok := w.held.fields[name]
	return s, ok
}

// Names returns the names of the fields, sorted.
func (v *Value) Names() []string {
	w := v.get()
	if w.dead {
		return nil
	}
	return slices.Sorted(maps.Keys(w.held.fields))
}

// Version returns the version as tags show it: the manager's own, or a keyed
// fingerprint of the content.
func (v *Value) Version() string { return redact.NewSecret("", v.get().held.version, nil).Version() }

// Stale reports whether the value was past its TTL when it was handed out,
// because no newer one could be had.
func (v *Value) Stale() bool { return v.get().stale }

// Since is when the value became stale, the zero time if it was not stale when
// it was handed out.
func (v *Value) Since() time.Time {
	w := v.get()
	if !w.stale {
		return time.Time{}
	}
	return w.held.t0.Add(w.held.ttl)
}

// Cause is the class of the failure because of which a stale value was served.
func (v *Value) Cause() Class { return v.get().cause }

// Age returns the time since the request for the value was sent.
func (v *Value) Age() time.Duration { return v.get().age() }
