package secretsregistry

import (
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// MinGrace is the least time for which a retired value stays redacted: queues,
// dead letters and log shippers hold text for about that long.
const MinGrace = 24 * time.Hour

// An Option configures a [Registry].
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	key        []byte
	grace      time.Duration // 0: the life of the process
	limit      int           // of retired values; 0: none
	opaque     bool
	failClosed bool
	maxAge     time.Duration // 0: never stale
	queue      int
	matcher    []redact.Option
	wall       func() time.Time
}

// WithKey sets the key of the fingerprints, at least 32 bytes, which is copied.
// Replicas that share it show the same versions for secrets whose manager has
// none. Without it each Registry draws its own. [New] panics if key is shorter.
func WithKey(key []byte) Option {
	key = append([]byte{}, key...)
	return optionFunc(func(c *config) { c.key = key })
}

// WithGrace limits how long a value stays redacted after it was rotated out or
// removed; less than [MinGrace] counts as MinGrace. Without it, or with 0,
// retired values stay for the life of the process, but those that had a lease
// for MinGrace after its end, since each lease brings a new one.
func WithGrace(d time.Duration) Option {
	return optionFunc(func(c *config) {
		if d > 0 {
			d = max(d, MinGrace)
		}
		c.grace = max(d, 0)
	})
}

// WithRetiredLimit limits the number of retired values, to 10,000 by default.
// Beyond it the oldest go first, but none before it was retired for [MinGrace]:
// until then the limit is exceeded. [Status] counts what it evicted. 0 is no
// limit.
func WithRetiredLimit(n int) Option { return optionFunc(func(c *config) { c.limit = max(n, 0) }) }

// WithOpaqueNames has tags, lists, hits and metrics show [Registry.NameID] in the
// place of the names of what a [Cache] or [Registry.Register] reads, for logs that
// go to people who should not know what there is. Audit events, health and errors
// go to those who should, and name paths. What is given to Put has the name that
// its caller chose.
func WithOpaqueNames() Option { return optionFunc(func(c *config) { c.opaque = true }) }

// WithFailClosed makes a Registry that cannot vouch for its set, because it is
// empty or stale, hand out [redact.Closed]: every text becomes a tag.
func WithFailClosed() Option { return optionFunc(func(c *config) { c.failClosed = true }) }

// WithMaxAge makes the Registry stale when neither a Put nor [Registry.Confirm]
// has happened for d. A stale Registry goes on redacting what it knows, unless
// [WithFailClosed] says otherwise. Time during which the machine slept counts, and
// is noticed within seconds after it. 0 is never. A [Cache] confirms with each
// refresh, but reads idle paths no more: give [Cache.Start] at least one.
func WithMaxAge(d time.Duration) Option { return optionFunc(func(c *config) { c.maxAge = max(d, 0) }) }

// WithEventQueue sets how many events wait for each hook of
// [Registry.OnRedact] before further ones are dropped and counted, 256 by
// default, at least 1.
func WithEventQueue(n int) Option { return optionFunc(func(c *config) { c.queue = max(n, 1) }) }

// WithMatcherOptions passes options to the matchers of the Registry: minimum
// length, forms, tags, guarded memory. [New] panics if they are invalid. The
// observer is the Registry's own; use [Registry.OnRedact]. With
// [redact.WithGuardedMemory] it is the tables that are guarded, and those secrets
// that [redact.NewGuardedSecret] made: a [Cache] holds values on the heap, for
// that is where its callers get them. Put takes secrets all the same where memory
// cannot be guarded, and returns a [redact.GuardError].
func WithMatcherOptions(opts ...redact.Option) Option {
	return optionFunc(func(c *config) { c.matcher = append(c.matcher, opts...) })
}
