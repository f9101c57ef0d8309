package secretsregistry

import (
	"maps"
	"slices"
	"time"
)

// A Payload is what a Provider read from one path. It is immutable, and hides
// its values from formatters and encoders. The zero Payload has no fields.
type Payload struct {
	hidden
	open func() *payload
}

type payload struct {
	fields    map[string]string
	version   string
	lease     time.Duration
	leaseID   string
	renewable bool
	expiry    time.Time
	previous  []*Payload
	pending   []*Payload
}

// A PayloadOption adds to a [Payload].
type PayloadOption interface{ applyPayload(*payload) }

type payloadOptionFunc func(*payload)

func (f payloadOptionFunc) applyPayload(p *payload) { f(p) }

// NewPayload returns a Payload of the fields, which are copied, under the
// version of the manager; "" says that it has none.
//
// A path that holds one value and no structure has one field, named "value".
func NewPayload(fields map[string]string, version string, opts ...PayloadOption) *Payload {
	p := &payload{fields: maps.Clone(fields), version: version}
	for _, o := range opts {
		o.applyPayload(p)
	}
	return &Payload{open: func() *payload { return p }}
}

// WithLease says that the values are valid for d from the moment at which the
// request was sent: a lease, the time to the next rotation of a static role,
// the rest of an auth token's life. 0 or less says that there is no such limit.
func WithLease(d time.Duration) PayloadOption {
	return payloadOptionFunc(func(p *payload) { p.lease = max(d, 0) })
}

// WithLeaseID names the lease for the provider's [Leaser], and says whether it
// can be renewed. Lease ids are handles and are treated as secrets.
func WithLeaseID(id string, renewable bool) PayloadOption {
	return payloadOptionFunc(func(p *payload) { p.leaseID, p.renewable = id, renewable })
}

// WithExpiry says that the values are invalid from t on, by the clock of the
// wall. The zero time says nothing.
func WithExpiry(t time.Time) PayloadOption {
	return payloadOptionFunc(func(p *payload) { p.expiry = t })
}

// WithPrevious adds a version that the manager still lists besides the current
// one. It can be given several times, the newest first. nil adds nothing.
func WithPrevious(prev *Payload) PayloadOption {
	return payloadOptionFunc(func(p *payload) {
		if prev != nil {
			p.previous = append(p.previous, prev)
		}
	})
}

// WithPending adds a version that is staged but not current. It can be given
// several times. nil adds nothing.
func WithPending(next *Payload) PayloadOption {
	return payloadOptionFunc(func(p *payload) {
		if next != nil {
			p.pending = append(p.pending, next)
		}
	})
}

func (p *Payload) get() *payload {
	if p == nil || p.open == nil {
		return &payload{}
	}
	return p.open()
}

// Field returns the value of a field.
func (p *Payload) Field(name string) (string, bool) {
	v, ok := p.get().fields[name]
	return v, ok
}

// Names returns the names of the fields, sorted.
func (p *Payload) Names() []string { return slices.Sorted(maps.Keys(p.get().fields)) }

// Version returns the version of the manager, "" if it has none.
func (p *Payload) Version() string { return p.get().version }

// Lease returns for how long the values are valid from the request on, 0 if
// nothing is known.
func (p *Payload) Lease() time.Duration { return p.get().lease }

// Expiry returns when the values end, zero if nothing is known.
func (p *Payload) Expiry() time.Time { return p.get().expiry }

// HasLeaseID reports whether there is a lease that can be revoked, and whether
// it can be renewed.
func (p *Payload) HasLeaseID() (ok, renewable bool) {
	return p.get().leaseID != "", p.get().renewable
}

// Previous returns the versions before this one that the manager lists.
func (p *Payload) Previous() []*Payload { return slices.Clone(p.get().previous) }

// Pending returns the versions that are staged.
func (p *Payload) Pending() []*Payload { return slices.Clone(p.get().pending) }
