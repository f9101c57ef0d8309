package secretsregistry

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Registry is a set of secrets that changes while it is used: the write side
// of a [redact.Source]. All its methods are safe for concurrent use. Readers
// never wait for writers, and pay one atomic load.
//
// Make one with [New].
type Registry struct {
	hidden
	current atomic.Pointer[redact.Matcher] // what readers get
	hits    hitCounter
	open    func() *registry
}

// registry is the write side, behind a closure.
type registry struct {
	cfg config

	mu      sync.Mutex
	matcher *redact.Matcher // the set; readers may get redact.Closed instead
	names   map[string][]*version
	count   int // versions
	batch   uint64
	updated time.Time // last Put or Confirm; zero: never
	stale   bool

	updatedWall time.Time // the same without the monotonic clock

	evicted uint64
	aging   *time.Timer // makes the registry stale
	sweeper *time.Timer // ends graces

	paths   sync.Mutex
	entries map[string]*cacheEntry // of Register; no values
}

// A version is one value of one name.
type version struct {
	secret      redact.Secret
	fingerprint [32]byte
	state       State
	batch       uint64    // of the last call that set it
	known       time.Time // since when it is redacted
	changed     time.Time // since when it is in its state
	out         time.Time // when its grace began, or will begin at the end of its lease; zero: not known yet
	leased      bool      // it ends at the manager's word, so its grace may end too
	health      func() PathHealth
}

// New returns an empty Registry. It panics if an option is invalid.
func New(opts ...Option) *Registry {
	w := &registry{names: map[string][]*version{}}
	w.cfg.queue = 256
	w.cfg.limit = 10_000
	w.cfg.wall = func() time.Time { return time.Now().Round(0) }
	for _, o := range opts {
		o.apply(&w.cfg)
	}
	if w.cfg.key == nil {
		w.cfg.key = make([]byte, 32)
		rand.Read(w.cfg.key) // never fails
	}
	if len(w.cfg.key) < 32 {
		panic("secretsregistry: key shorter than 32 bytes")
	}
	r := &Registry{open: func() *registry { return w }}
	m, err := redact.NewMatcher(nil, append(w.cfg.matcher[:len(w.cfg.matcher):len(w.cfg.matcher)], redact.WithObserver(&r.hits))...)
	if err != nil {
		panic("secretsregistry: " + err.Error())
	}
	r.hits.queue = w.cfg.queue
	w.matcher = m
	r.publish(w)
	return r
}

// Matcher returns the snapshot to use now, never nil.
func (r *Registry) Matcher() *redact.Matcher { return r.current.Load() }

// Put makes the secrets current; they are redacted when it returns. What was
// current under one of the names becomes previous, and what was previous is
// retired. Several values that one call gives for the same name and version are
// current together.
//
// A secret without a version gets its keyed fingerprint as version: "h" and 8
// hexadecimal digits. A value that the name had before, under whatever version
// and state, comes back as one needle under the new version.
//
// Secrets that cannot be redacted are left out and named in the error, joined;
// the rest is in force all the same. What was current under the name of a
// refused secret stays as it was.
func (r *Registry) Put(secrets ...redact.Secret) error {
	return r.commit(commit{current: secrets})
}

// PutPending adds versions that the manager has staged but not made current:
// they are often valid at the target already. A former pending version of the
// same name is retired. See [Registry.Put] for errors.
func (r *Registry) PutPending(secrets ...redact.Secret) error {
	return r.commit(commit{pending: secrets})
}

// PutPrevious adds versions that the manager still lists although they are no
// longer current. Their grace begins with the next Put of the name that is not
// followed by another PutPrevious. See [Registry.Put] for errors.
func (r *Registry) PutPrevious(secrets ...redact.Secret) error {
	return r.commit(commit{previous: secrets})
}

// Remove retires the names: all their values stay redacted for their grace.
func (r *Registry) Remove(names ...string) {
	c := commit{}
	for _, name := range names {
		c.remove = append(c.remove, shownName(name))
	}
	r.commit(c) // takes no values: no errors
}

// Forget drops all values of the names now, without grace. It is for values
// that were never secret.
func (r *Registry) Forget(names ...string) {
	w := r.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	var gone []*version
	for _, name := range names {
		name = shownName(name)
		gone = append(gone, w.names[name]...)
	}
	r.drop(w, gone)
	r.publish(w)
}

// Confirm says that the set is as up to date as a Put would make it: the
// manager was asked and has nothing newer. It ends staleness.
func (r *Registry) Confirm() {
	w := r.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	r.touch(w)
	r.publish(w)
}

// touch restarts the clock of [WithMaxAge].
func (r *Registry) touch(w *registry) {
	w.updated, w.updatedWall = time.Now(), w.cfg.wall()
	w.stale = false
	if w.cfg.maxAge > 0 {
		r.checkAge(w)
	}
}

// age is the time since the last touch, by whichever clock says more: a machine
// that slept has only the wall's.
func (w *registry) age() time.Duration {
	return max(time.Since(w.updated), w.cfg.wall().Sub(w.updatedWall))
}

// ageCheck is how often the age is looked at: a timer does not run while the
// machine sleeps.
const ageCheck = 15 * time.Second

// checkAge makes the registry stale if it is time, and looks again later.
func (r *Registry) checkAge(w *registry) {
	left := w.cfg.maxAge - w.age()
	if left <= 0 {
		w.stale = true
		r.publish(w)
		return
	}
	next := min(left, ageCheck)
	if w.aging != nil {
		w.aging.Reset(next) // one timer: what fires late starts no second one
		return
	}
	w.aging = time.AfterFunc(next, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		r.checkAge(w)
	})
}

// publish hands the set to readers, or closes the door.
func (r *Registry) publish(w *registry) {
	m := w.matcher
	if w.cfg.failClosed && (w.count == 0 || w.stale) {
		m = redact.Closed()
	}
	if r.current.Load() != m {
		r.current.Store(m)
	}
}

// fingerprintVersion is the version of a secret whose manager has none.
func fingerprintVersion(fp [32]byte) string { return "h" + hex.EncodeToString(fp[:4]) }

func (w *registry) fingerprint(s redact.Secret) (fp [32]byte) {
	copy(fp[:], s.Fingerprint(w.cfg.key))
	return fp
}

// NameID returns what [WithOpaqueNames] shows in the place of a name, such as
// payments/db/password: "id-" and 16 hexadecimal digits of a hash under the key of
// the Registry. Registries that share a key give the same; see [WithKey].
func (r *Registry) NameID(name string) string {
	mac := hmac.New(sha256.New, r.open().cfg.key)
	io.WriteString(mac, "tagout name\x00"+shownName(name))
	return "id-" + hex.EncodeToString(mac.Sum(nil)[:8])
}

// label is the name under which what was read is registered.
func (r *Registry) label(name string) string {
	if r.open().cfg.opaque {
		return r.NameID(name)
	}
	return name
}

// shownName spells a name as tags show it.
func shownName(name string) string { return redact.NewSecret(name, "", nil).Name() }
