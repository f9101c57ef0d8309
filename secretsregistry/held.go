package secretsregistry

import (
	"crypto/hmac"
	"strconv"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A held is a published reading of one path with the bounds of its life. It is
// immutable; a renewal makes another.
type held struct {
	n       uint64 // of the request that read it
	fields  map[string]string
	version string
	content [32]byte // keyed fingerprint of the fields
	t0      time.Time
	wall0   time.Time
	ttl     time.Duration // fresh while younger
	hard    time.Duration // never served from this age on
	planned time.Duration // age at which the refresh is due

	spared    bool          // only for its DenyGrace
	lease     time.Duration // 0: none
	leaseID   string
	renewable bool
	expiry    time.Time
}

// age is the time since the request was sent, by whichever clock says more: a
// machine that slept has only the wall's, and a wall that is set back must not
// make anything younger.
func (h *held) age(now, wall time.Time) time.Duration {
	return max(now.Sub(h.t0), wall.Sub(h.wall0))
}

// expired reports whether the provider's own end has come.
func (h *held) expired(wall time.Time) bool { return !h.expiry.IsZero() && !wall.Before(h.expiry) }

// until is when the value stops being valid where it is used, zero if nobody
// knows.
func (h *held) until() time.Time {
	switch {
	case h == nil:
		return time.Time{}
	case h.lease > 0:
		return h.t0.Add(h.lease)
	}
	return h.expiry
}

// bound sets ttl and hard from the policy and the limits of the provider.
func (h *held) bound(p Policy, skew time.Duration) {
	h.ttl = p.TTL
	end := time.Duration(-1)
	if h.lease > 0 {
		h.ttl = min(h.ttl, h.lease)
		end = max(h.lease-skew, 0)
	}
	if !h.expiry.IsZero() {
		left := max(h.expiry.Sub(h.wall0), 0)
		h.ttl = min(h.ttl, left)
		if end < 0 || left < end {
			end = left
		}
	}
	h.hard = h.ttl + p.MaxStale
	if end >= 0 {
		h.ttl = min(h.ttl, end)
		h.hard = min(h.hard, end)
	}
}

// fingerprintOf identifies the content of a payload under the registry's key.
func (w *registry) fingerprintOf(path string, fields *payload) (fp [32]byte) {
	var b strings.Builder
	for _, name := range (&Payload{open: func() *payload { return fields }}).Names() {
		v := fields.fields[name]
		b.WriteString(strconv.Itoa(len(name)))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(len(v)))
		b.WriteByte(' ')
		b.WriteString(name)
		b.WriteString(v)
	}
	return w.fingerprint(redact.NewSecret(path, "", []byte(b.String())))
}

func sameContent(a, b *held) bool {
	return hmac.Equal(a.content[:], b.content[:])
}
