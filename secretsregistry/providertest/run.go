package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Run runs every check against a new backend each.
func Run(t *testing.T, open func(t *testing.T) *Backend) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{T: t, Backend: open(t)}
			if s.Path == "" {
				s.Path = "conformance/db"
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			s.ctx = ctx
			if reason := c.run(s); reason != "" {
				t.Skip("skipped: " + reason)
			}
			if t.Failed() {
				t.Log("the rule exists because: " + c.why)
			}
		})
	}
}

type suite struct {
	*testing.T
	*Backend
	ctx context.Context
}

// A check returns why it cannot be run, or "".
type check struct {
	name, why string
	run       func(*suite) string
}

var checks = []check{
	{"reads what was set", "a provider that changes a value makes it unusable and unredactable", (*suite).readsWhatWasSet},
	{"versions", "a tag names the version of the manager, and versions tell rotations apart", (*suite).versions},
	{"rotation is seen at once", "a cache inside a provider would undo Invalidate", (*suite).rotation},
	{"previous", "the version before may still be printed", (*suite).previous},
	{"pending", "a staged version is valid at the target before it is current", (*suite).pending},
	{"missing path", "not found is authoritative and ends a cached value", (*suite).missing},
	{"deleted", "a deleted version is not an empty secret", (*suite).deleted},
	{"denied", "a refused identity is authoritative", (*suite).denied},
	{"faults are classed", "a broken answer must not end a value that is still good", (*suite).faults},
	{"recovers", "a fault must not stick to the provider", (*suite).recovers},
	{"one attempt", "hidden retries multiply the load on a manager that is down", (*suite).oneAttempt},
	{"ends with its context", "a hanging manager must not hang the caller", (*suite).context},
	{"concurrent", "the cache fetches many paths at once", (*suite).concurrent},
	{"payload hides", "what is printed by accident must not be a value", (*suite).hides},
	{"watch", "a hint is worth nothing if it comes before the change", (*suite).watch},
	{"watch ends with its context", "every subscription can be cancelled", (*suite).watchEnds},
}

// fields returns distinct, awkward values.
func (s *suite) fields(n int) map[string]string {
	v := fmt.Sprintf("pä%%ss\"w\\ord-%d-value", n)
	if s.Single {
		return map[string]string{"value": v}
	}
	return map[string]string{"password": v, "username": fmt.Sprintf("user-%d-name", n)}
}

func (s *suite) fetch(path string) *secretsregistry.Payload {
	s.Helper()
	p, err := s.Provider.Fetch(s.ctx, path)
	if err != nil {
		s.Fatalf("Fetch(%q): %v", path, err)
	}
	return p
}

func (s *suite) want(p *secretsregistry.Payload, fields map[string]string) {
	s.Helper()
	got := map[string]string{}
	for _, n := range p.Names() {
		got[n], _ = p.Field(n)
	}
	if !maps.Equal(got, fields) {
		s.Errorf("fields %q, want %q", got, fields)
	}
}

func (s *suite) wantError(path string, classes ...secretsregistry.Class) {
	s.Helper()
	p, err := s.Provider.Fetch(s.ctx, path)
	if err == nil {
		s.Fatalf("Fetch(%q) succeeded with fields %q, want an error of class %v", path, p.Names(), classes)
	}
	if p != nil {
		s.Errorf("Fetch(%q) returned a Payload together with an error", path)
	}
	s.clean(err)
	for _, c := range classes {
		if secretsregistry.ClassOf(err) == c {
			return
		}
	}
	s.Errorf("Fetch(%q): %v: class %v, want %v", path, err, secretsregistry.ClassOf(err), classes)
}

// clean checks that an error, or what it wraps, shows no value.
func (s *suite) clean(err error) {
	s.Helper()
	redacttest.CheckHidden(s.T, Canary, err)
}

func (s *suite) readsWhatWasSet() string {
	f := s.fields(1)
	s.Set(s, s.Path, f)
	s.want(s.fetch(s.Path), f)
	return ""
}

func (s *suite) versions() string {
	s.Set(s, s.Path, s.fields(1))
	v1 := s.fetch(s.Path).Version()
	if again := s.fetch(s.Path).Version(); again != v1 {
		s.Errorf("version %q, then %q without a change", v1, again)
	}
	if s.NoVersions {
		if v1 != "" {
			s.Errorf("version %q of a manager without versions", v1)
		}
		return ""
	}
	if v1 == "" {
		s.Error("no version")
	}
	s.Set(s, s.Path, s.fields(2))
	if v2 := s.fetch(s.Path).Version(); v2 == v1 {
		s.Errorf("version %q before and after a rotation", v1)
	}
	return ""
}

func (s *suite) rotation() string {
	for n := range 3 {
		s.Set(s, s.Path, s.fields(n))
		s.want(s.fetch(s.Path), s.fields(n))
	}
	return ""
}

func (s *suite) previous() string {
	if !s.Previous {
		return "the manager lists no previous versions"
	}
	s.Set(s, s.Path, s.fields(1))
	v1 := s.fetch(s.Path).Version()
	s.Set(s, s.Path, s.fields(2))
	p := s.fetch(s.Path)
	prev := p.Previous()
	if len(prev) == 0 {
		s.Fatal("no previous version")
	}
	s.want(prev[0], s.fields(1))
	if v := prev[0].Version(); v != v1 {
		s.Errorf("previous version %q, want %q", v, v1)
	}
	return ""
}

func (s *suite) pending() string {
	if s.SetPending == nil {
		return "the manager has no pending versions"
	}
	s.Set(s, s.Path, s.fields(1))
	s.SetPending(s, s.Path, s.fields(2))
	p := s.fetch(s.Path)
	s.want(p, s.fields(1))
	pend := p.Pending()
	if len(pend) != 1 {
		s.Fatalf("%d pending versions, want 1", len(pend))
	}
	s.want(pend[0], s.fields(2))
	return ""
}

func (s *suite) missing() string {
	s.wantError(s.Path+"2", secretsregistry.ClassNotFound)
	return ""
}

func (s *suite) deleted() string {
	if s.Delete == nil {
		return "the backend cannot delete"
	}
	s.Set(s, s.Path, s.fields(1))
	s.fetch(s.Path)
	s.Delete(s, s.Path)
	s.wantError(s.Path, secretsregistry.ClassNotFound)
	return ""
}

func (s *suite) denied() string {
	if s.Deny == nil {
		return "the backend cannot deny"
	}
	s.Set(s, s.Path, s.fields(1))
	s.Deny(s, s.Path)
	s.wantError(s.Path, secretsregistry.ClassDenied)
	return ""
}

// faultClasses are the classes that each fault may have. None is
// authoritative: the manager has said nothing about the secret.
var faultClasses = map[Fault][]secretsregistry.Class{
	FaultError:     {secretsregistry.ClassTransient},
	FaultThrottle:  {secretsregistry.ClassTransient},
	FaultReset:     {secretsregistry.ClassTransient},
	FaultTruncated: {secretsregistry.ClassTransient, secretsregistry.ClassMalformed},
	FaultGarbage:   {secretsregistry.ClassTransient, secretsregistry.ClassMalformed},
	FaultEmpty:     {secretsregistry.ClassMalformed, secretsregistry.ClassNotFound},
}

func (s *suite) faults() string {
	if s.Break == nil {
		return "the backend cannot fail"
	}
	f := s.fields(1)
	for k := range f {
		f[k] = Canary
	}
	s.Set(s, s.Path, f)
	s.fetch(s.Path) // logins are over
	ran := 0
	for fault := FaultError; fault <= FaultEmpty; fault++ {
		classes := faultClasses[fault]
		if classes == nil {
			continue
		}
		s.Run(fault.String(), func(t *testing.T) {
			sub := &suite{T: t, Backend: s.Backend, ctx: s.ctx}
			if !s.Break(t, fault) {
				t.Skip("skipped: the backend cannot do that")
			}
			ran++
			sub.wantError(s.Path, classes...)
			s.Break(t, FaultNone)
		})
	}
	if ran == 0 {
		return "the backend has no faults"
	}
	return ""
}

func (s *suite) recovers() string {
	if s.Break == nil || !s.Break(s, FaultError) {
		return "the backend cannot fail"
	}
	s.Set(s, s.Path, s.fields(1))
	for range 3 {
		if _, err := s.Provider.Fetch(s.ctx, s.Path); err == nil {
			s.Error("no error while the manager fails")
		}
	}
	s.Break(s, FaultNone)
	s.want(s.fetch(s.Path), s.fields(1))
	return ""
}

func (s *suite) oneAttempt() string {
	if s.Break == nil || s.Requests == nil {
		return "the backend cannot fail or does not count"
	}
	s.Set(s, s.Path, s.fields(1))
	s.fetch(s.Path)
	for _, f := range []Fault{FaultError, FaultThrottle} {
		if !s.Break(s, f) {
			continue
		}
		before := s.Requests()
		s.Provider.Fetch(s.ctx, s.Path)
		if n := s.Requests() - before; n != 1 {
			s.Errorf("%v: %d requests for one Fetch, want 1", f, n)
		}
		s.Break(s, FaultNone)
	}
	return ""
}

func (s *suite) context() string {
	s.Set(s, s.Path, s.fields(1))
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, err := s.Provider.Fetch(ctx, s.Path); !errors.Is(err, context.Canceled) {
		s.Errorf("Fetch with a cancelled context: %v, want context.Canceled", err)
	}
	if s.Break == nil || !s.Break(s, FaultHang) {
		return ""
	}
	defer s.Break(s, FaultNone)
	ctx, cancel = context.WithCancel(s.ctx)
	errs := make(chan error, 1)
	go func() {
		_, err := s.Provider.Fetch(ctx, s.Path)
		errs <- err
	}()
	select {
	case err := <-errs:
		s.Errorf("Fetch from a manager that hangs: %v", err)
		cancel()
		return ""
	case <-time.After(20 * time.Millisecond): // enough or not: the answer is the same
	}
	cancel()
	select {
	case err := <-errs:
		if !errors.Is(err, context.Canceled) {
			s.Errorf("Fetch, cancelled while the manager hangs: %v, want context.Canceled", err)
		}
	case <-s.ctx.Done():
		s.Error("Fetch does not return when its context is cancelled")
	}
	return ""
}

func (s *suite) concurrent() string {
	s.Set(s, s.Path, s.fields(1))
	s.Set(s, s.Path+"2", s.fields(2))
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			path, n := s.Path, 1
			if i%2 == 1 {
				path, n = s.Path+"2", 2
			}
			for range 4 {
				p, err := s.Provider.Fetch(s.ctx, path)
				if err != nil {
					s.Errorf("Fetch(%q): %v", path, err)
					return
				}
				s.want(p, s.fields(n))
			}
		})
	}
	wg.Wait()
	return ""
}

func (s *suite) hides() string {
	f := s.fields(1)
	for k := range f {
		f[k] = Canary
	}
	s.Set(s, s.Path, f)
	p := s.fetch(s.Path)
	redacttest.CheckHidden(s.T, Canary, p, s.Provider)
	return ""
}

func (s *suite) watch() string {
	w, ok := s.Provider.(secretsregistry.Watcher)
	if !ok {
		return "the provider has no watch"
	}
	s.Set(s, s.Path, s.fields(1))
	hints := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan error, 1)
	go func() {
		done <- w.Watch(ctx, s.Path, func() {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
	}()
	defer func() { cancel(); <-done }()
	first := hints // the hint of the connection
	for n := 2; n < 5; n++ {
		select {
		case <-first:
		case <-time.After(time.Second): // a poller has none
		case err := <-done:
			done <- err
			if errors.Is(err, secretsregistry.ErrWatchUnsupported) {
				return "watch is not supported here"
			}
			s.Fatalf("Watch ended: %v", err)
		}
		first = nil
		s.Set(s, s.Path, s.fields(n))
		for seen := false; !seen; {
			select {
			case <-hints:
				v, _ := s.fetch(s.Path).Field(s.field())
				seen = v == s.fields(n)[s.field()]
			case <-s.ctx.Done():
				s.Fatalf("no hint after change %d", n-1)
			}
		}
	}
	return ""
}

func (s *suite) field() string {
	if s.Single {
		return "value"
	}
	return "password"
}

func (s *suite) watchEnds() string {
	w, ok := s.Provider.(secretsregistry.Watcher)
	if !ok {
		return "the provider has no watch"
	}
	s.Set(s, s.Path, s.fields(1))
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan error, 1)
	go func() { done <- w.Watch(ctx, s.Path, func() {}) }()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) && !errors.Is(err, secretsregistry.ErrWatchUnsupported) {
			s.Errorf("Watch: %v, want context.Canceled", err)
		}
	case <-s.ctx.Done():
		s.Error("Watch does not return when its context is cancelled")
	}
	return ""
}
