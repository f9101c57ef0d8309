package secretsregistry

import "time"

// A Kind is what a secret is for; it decides the defaults of its [Policy].
type Kind uint8

const (
	KindStatic    Kind = iota // changed by hand or by a rotation job
	KindDBDynamic             // a user that the manager made for us, with a lease
	KindTLS                   // certificates and their keys
	KindSigning               // keys that sign or verify tokens
	KindAPIKey                // keys of third parties
)

// Policy returns the defaults of the kind.
//
//	kind        TTL     MaxStale  because
//	static      5 min   15 min    a rotation is seen within minutes, an outage of the manager is not
//	db-dynamic  1 h     0         the lease bounds it; past its end the user does not exist
//	tls         1 h     12 h      overlaps of certificates are long
//	signing     5 min   5 min     a withdrawn key must not sign for long
//	api-key     15 min  1 h       third parties rotate seldom, with overlap
func (k Kind) Policy() Policy {
	switch k {
	case KindDBDynamic:
		return Policy{Kind: k, TTL: time.Hour}
	case KindTLS:
		return Policy{Kind: k, TTL: time.Hour, MaxStale: 12 * time.Hour}
	case KindSigning:
		return Policy{Kind: k, TTL: 5 * time.Minute, MaxStale: 5 * time.Minute}
	case KindAPIKey:
		return Policy{Kind: k, TTL: 15 * time.Minute, MaxStale: time.Hour}
	}
	return Policy{Kind: KindStatic, TTL: 5 * time.Minute, MaxStale: 15 * time.Minute}
}

// A Policy says how the secrets of a path are kept and which of their fields
// are redacted. Start from [Kind.Policy].
type Policy struct {
	Kind Kind
	// TTL is how long a value is fresh, counted from the moment at which its
	// request was sent. A lease or an expiry shortens it.
	TTL time.Duration
	// MaxStale is how long after that a value may still be served while the
	// manager does not answer. 0 switches stale values off.
	MaxStale time.Duration
	// DenyGrace is how long a value may still be served, as stale, after the
	// manager has said that it is not found or that it denies the read: for
	// managers whose permissions and versions are eventually consistent. It
	// shortens the life of the value and never lengthens it. The default is 0, an
	// end at once, and should stay so elsewhere.
	DenyGrace time.Duration
	// Strict withholds a secret if any of its fields is one that cannot be
	// redacted and is not public.
	Strict bool
	// Fields overrides the classification by the name of the field.
	Fields map[string]FieldRule
}

// A FieldRule says whether a field is redacted.
type FieldRule uint8

const (
	FieldAuto   FieldRule = iota // by its name and content
	FieldAlways                  // whatever it looks like; less than 4 bytes are impossible
	FieldNever                   // public
)
