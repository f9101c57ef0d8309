package secretsregistry

import (
	"context"
	"time"
)

// A Provider reads one secrets manager. Implementations are safe for
// concurrent use.
//
// Fetch reads the current state of one path. It makes one attempt: retries,
// time limits, caching and the breaker belong to the [Cache], which counts
// attempts. It returns when ctx is done, even if the manager hangs.
//
// Its errors tell their class by wrapping [ErrNotFound], [ErrDenied],
// [ErrRevoked] or [ErrMalformed]; everything else counts as transient. Their
// text never holds a value, a body or a URL with user information: what a
// manager answers can contain anything. An answer without data (a soft-deleted
// version, say) is an error, never an empty Payload.
//
// A Provider puts the credentials that it uses, and each new one that it
// obtains, into the Registry before the first request that carries them.
//
// A Provider may also implement [Watcher], [Leaser] and [Mutator].
type Provider interface {
	Fetch(ctx context.Context, path string) (*Payload, error)
}

// A Watcher tells when a path may have changed.
//
// Watch calls changed after each change of path that it learns of and after
// each time it has (re)connected, since a change may have been missed before. A
// call is a hint to fetch again, never data: false, repeated and late hints are
// harmless, and changed neither blocks nor panics. Watch blocks until ctx is
// done, and then returns its error, or until it cannot go on:
// [ErrWatchUnsupported] says that there is no point in trying again. No call of
// changed and no goroutine outlives it.
type Watcher interface {
	Watch(ctx context.Context, path string, changed func()) error
}

// A Leaser can prolong and end leases. Its errors are classed like those of
// Fetch: a lease that the manager does not know is [ErrNotFound] or
// [ErrRevoked].
type Leaser interface {
	// Renew asks for increment more and returns how long the lease lasts from
	// now on, which may be less.
	Renew(ctx context.Context, leaseID string, increment time.Duration) (time.Duration, error)
	// Revoke ends a lease. One that has ended already is no error.
	Revoke(ctx context.Context, leaseID string) error
}

// A Mutator says which paths change the manager when they are read: each read
// of a dynamic secret creates a user. For these the Cache does not repeat a
// request that may have arrived before the next refresh is due.
type Mutator interface {
	MutatingFetch(path string) bool
}

// ProviderFunc is a Provider made of a function.
type ProviderFunc func(ctx context.Context, path string) (*Payload, error)

// Fetch calls f.
func (f ProviderFunc) Fetch(ctx context.Context, path string) (*Payload, error) { return f(ctx, path) }
