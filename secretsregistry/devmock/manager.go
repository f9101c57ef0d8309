package devmock

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Manager is an in-memory secrets manager. It implements
// [secretsregistry.Provider], [secretsregistry.Watcher] and
// [secretsregistry.Leaser]. All methods are safe for concurrent use.
//
// Make one with [New].
type Manager struct{ open func() *manager }

// manager is behind a closure: it holds values.
type manager struct {
	log func(Attempt)

	mu      sync.Mutex
	paths   map[string]*entry
	script  []Fault
	always  Fault
	fetches int
	revoked []string
	watches map[*watch]struct{}
}

type entry struct {
	versions []map[string]string // the newest last
	pending  map[string]string
	deleted  bool
	denied   bool
	lease    time.Duration
	leases   int
}

type watch struct {
	path string
	hint chan struct{}
}

// An Option configures a [Manager].
type Option interface{ apply(*manager) }

type optionFunc func(*manager)

func (f optionFunc) apply(m *manager) { f(m) }

// An Attempt describes one Fetch. It has no values.
type Attempt struct {
	N       int // counts from 1
	Path    string
	Version string                // empty if it failed
	Class   secretsregistry.Class //
}

// WithLog has f told of every fetch, while it is under way: f must not call the
// Manager.
func WithLog(f func(Attempt)) Option { return optionFunc(func(m *manager) { m.log = f }) }

// WithPaths creates paths with made-up fields: "username" and "password". They
// are the same in every process.
func WithPaths(paths ...string) Option {
	return optionFunc(func(m *manager) {
		for _, p := range paths {
			m.entry(p).add(made(p, 1))
		}
	})
}

// New returns a Manager.
func New(opts ...Option) *Manager {
	m := &manager{paths: map[string]*entry{}, watches: map[*watch]struct{}{}}
	for _, o := range opts {
		o.apply(m)
	}
	return &Manager{open: func() *manager { return m }}
}

// made returns the fields of a version of a path.
func made(path string, version int) map[string]string {
	sum := sha256.Sum256([]byte(path + "\x00" + strconv.Itoa(version)))
	return map[string]string{
		"username": "dev-" + strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(path)),
		"password": "dev-" + base64.RawURLEncoding.EncodeToString(sum[:18]),
	}
}

func (m *manager) entry(path string) *entry {
	e := m.paths[path]
	if e == nil {
		e = &entry{}
		m.paths[path] = e
	}
	return e
}

func (e *entry) add(fields map[string]string) {
	e.versions = append(e.versions, maps.Clone(fields))
	e.deleted = false
}

// locked runs f under the lock.
func (m *Manager) locked(f func(*manager)) {
	w := m.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w)
}

// Set makes fields the current version of a path.
func (m *Manager) Set(path string, fields map[string]string) {
	m.locked(func(w *manager) { w.entry(path).add(fields); w.entry(path).pending = nil; w.changed(path) })
}

// Rotate makes up the next version of a path and makes it current; a staged one
// comes first.
func (m *Manager) Rotate(path string) {
	m.locked(func(w *manager) {
		e := w.entry(path)
		next := e.pending
		if next == nil {
			next = made(path, len(e.versions)+1)
		}
		e.add(next)
		e.pending = nil
		w.changed(path)
	})
}

// Stage makes fields the pending version of a path, made-up ones if nil.
func (m *Manager) Stage(path string, fields map[string]string) {
	m.locked(func(w *manager) {
		e := w.entry(path)
		if e.pending = maps.Clone(fields); e.pending == nil {
			e.pending = made(path, len(e.versions)+1)
		}
		w.changed(path)
	})
}

// Delete removes the current version of a path until the next Set or Rotate.
func (m *Manager) Delete(path string) {
	m.locked(func(w *manager) { w.entry(path).deleted = true; w.changed(path) })
}

// Deny refuses reads of a path, or allows them again.
func (m *Manager) Deny(path string, denied bool) {
	m.locked(func(w *manager) { w.entry(path).denied = denied })
}

// SetLease gives each read of a path a lease of its own. 0 gives none.
func (m *Manager) SetLease(path string, d time.Duration) {
	m.locked(func(w *manager) { w.entry(path).lease = d })
}

// Script makes the next fetches fail, one fault each; [FaultNone] is a success.
// It replaces what was left of the last script.
func (m *Manager) Script(faults ...Fault) {
	m.locked(func(w *manager) { w.script = append([]Fault(nil), faults...) })
}

// Break makes every fetch fail that no script covers, until Break(FaultNone).
func (m *Manager) Break(f Fault) { m.locked(func(w *manager) { w.always = f }) }

// Fetches returns how many fetches there were.
func (m *Manager) Fetches() (n int) {
	m.locked(func(w *manager) { n = w.fetches })
	return n
}

// Revoked returns the ids of the leases that were revoked, in order.
func (m *Manager) Revoked() (ids []string) {
	m.locked(func(w *manager) { ids = append(ids, w.revoked...) })
	return ids
}

// Fetch implements [secretsregistry.Provider].
func (m *Manager) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	var fault Fault
	var n int
	w := m.open()
	w.mu.Lock()
	w.fetches++
	n = w.fetches
	fault = w.always
	if len(w.script) > 0 {
		fault, w.script = w.script[0], w.script[1:]
	}
	w.mu.Unlock()

	p, err := m.fetch(ctx, path, fault)
	if w.log != nil {
		w.log(Attempt{N: n, Path: path, Version: p.Version(), Class: secretsregistry.ClassOf(err)})
	}
	return p, err
}

func (m *Manager) fetch(ctx context.Context, path string, fault Fault) (*secretsregistry.Payload, error) {
	if err := fault.strike(ctx); err != nil {
		return nil, fmt.Errorf("devmock: read %q: %w", path, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("devmock: read %q: %w", path, err)
	}
	w := m.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.paths[path]
	switch {
	case e == nil || len(e.versions) == 0 || e.deleted:
		return nil, fmt.Errorf("devmock: read %q: %w", path, secretsregistry.ErrNotFound)
	case e.denied:
		return nil, fmt.Errorf("devmock: read %q: %w", path, secretsregistry.ErrDenied)
	}
	n := len(e.versions)
	var opts []secretsregistry.PayloadOption
	if n > 1 {
		opts = append(opts, secretsregistry.WithPrevious(secretsregistry.NewPayload(e.versions[n-2], "v"+strconv.Itoa(n-1))))
	}
	if e.pending != nil {
		opts = append(opts, secretsregistry.WithPending(secretsregistry.NewPayload(e.pending, "v"+strconv.Itoa(n+1))))
	}
	if e.lease > 0 {
		e.leases++
		opts = append(opts, secretsregistry.WithLease(e.lease), secretsregistry.WithLeaseID(fmt.Sprintf("%s/lease-%d", path, e.leases), true))
	}
	return secretsregistry.NewPayload(e.versions[n-1], "v"+strconv.Itoa(n), opts...), nil
}

// Renew implements [secretsregistry.Leaser]: a lease that was not revoked gets
// the length that [Manager.SetLease] says.
func (m *Manager) Renew(ctx context.Context, id string, _ time.Duration) (d time.Duration, err error) {
	path, _, ok := cutLast(id)
	m.locked(func(w *manager) {
		fault := w.always
		e := w.paths[path]
		switch {
		case fault != FaultNone:
			err = errors.New("devmock: renew: unavailable")
		case !ok || e == nil || e.lease == 0 || contains(w.revoked, id):
			err = fmt.Errorf("devmock: renew: %w", secretsregistry.ErrRevoked)
		default:
			d = e.lease
		}
	})
	return d, errors.Join(err, ctx.Err())
}

// Revoke implements [secretsregistry.Leaser].
func (m *Manager) Revoke(ctx context.Context, id string) error {
	m.locked(func(w *manager) {
		if !contains(w.revoked, id) {
			w.revoked = append(w.revoked, id)
		}
	})
	return ctx.Err()
}

func cutLast(id string) (before, after string, ok bool) {
	i := strings.LastIndexByte(id, '/')
	if i < 0 {
		return "", id, false
	}
	return id[:i], id[i+1:], true
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// changed wakes the watches of a path. The lock is held.
func (m *manager) changed(path string) {
	for x := range m.watches {
		if x.path == path {
			select {
			case x.hint <- struct{}{}:
			default:
			}
		}
	}
}

// Watch implements [secretsregistry.Watcher].
func (m *Manager) Watch(ctx context.Context, path string, changed func()) error {
	x := &watch{path: path, hint: make(chan struct{}, 1)}
	x.hint <- struct{}{} // connected
	m.locked(func(w *manager) { w.watches[x] = struct{}{} })
	defer m.locked(func(w *manager) { delete(w.watches, x) })
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.hint:
			changed()
		}
	}
}
