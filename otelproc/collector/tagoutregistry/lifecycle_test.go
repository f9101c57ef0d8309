package tagoutregistry

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
)

// slow answers when released is closed, and when its context ends if it is
// polite.
type slow struct {
	polite bool

	mu       sync.Mutex
	released chan struct{}
	name     string
	begun    int
	closed   bool
}

func (s *slow) String() string { return "slow" }

func (s *slow) load(ctx context.Context, to *loaded) error {
	s.mu.Lock()
	s.begun++
	released, name := s.released, s.name
	s.mu.Unlock()
	var ended <-chan struct{}
	if s.polite {
		ended = ctx.Done()
	}
	select {
	case <-released:
		to.put(name, "value-of-"+name)
		return nil
	case <-ended:
		return errors.New("gave up")
	}
}

func (s *slow) Close() error {
	s.mu.Lock()
	released := s.released
	s.mu.Unlock()
	<-released
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// gives changes what the next reads give, and when.
func (s *slow) gives(name string, released chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.released = name, released
}

// state returns how many reads began and whether it was closed.
func (s *slow) state() (begun int, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun, s.closed
}

// of returns a registry of these sources that has not started.
func of(t *testing.T, sources ...source) *registry {
	t.Helper()
	r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(file("/none", "")))
	if err != nil {
		t.Fatal(err)
	}
	r.sources = nil
	for _, s := range sources {
		r.sources = append(r.sources, &tracked{source: s})
	}
	return r
}

func open() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// EXT-12: Start ends with its context, whether the source that hangs heeds the
// context or not, and although it is optional.
func TestStartEndsWithContext(t *testing.T) {
	for _, polite := range []bool{true, false} {
		for _, optional := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				s := &slow{released: make(chan struct{}), polite: polite, name: "hanging"}
				r := of(t, s)
				r.sources[0].optional = optional
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
				defer cancel()
				began := time.Now()
				err := r.Start(ctx, componenttest.NewNopHost())
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("polite %v, optional %v: took %v", polite, optional, took)
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "slow") {
					t.Errorf("polite %v, optional %v: %v", polite, optional, err)
				}
				close(s.released)
				if err := r.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if _, closed := s.state(); !closed {
					t.Error("not closed")
				}
			})
		}
	}
}

// EXT-12: a context that ends after the start does not end the reads.
func TestStartContextIsOfTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{released: open(), name: "a"}
		r := of(t, s)
		ctx, cancel := context.WithCancel(context.Background())
		if err := r.Start(ctx, componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		cancel()
		time.Sleep(r.cfg.RefreshInterval * 5 / 2)
		synctest.Wait()
		if begun, _ := s.state(); begun < 3 || r.Unavailable() != "" {
			t.Errorf("%d reads, %q", begun, r.Unavailable())
		}
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// EXT-12: Shutdown ends with its context while a source is being read that does
// not heed its own, and while one closes. What is left ends when the source does:
// the bubble of the test waits for it.
func TestShutdownEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{released: open(), name: "a"}
		r := of(t, s)
		if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		s.gives("a", release)
		time.Sleep(r.cfg.RefreshInterval * 5 / 4) // a read is under way
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
		if r.Matcher().String("value-of-a") == "value-of-a" {
			t.Error("what is known is not redacted after the end")
		}
		close(release)
		synctest.Wait()
		if _, closed := s.state(); !closed {
			t.Error("the source was not closed once it could be")
		}
	})
}

// EXT-12: a source that hangs does not keep the others from being read, is not
// read a second time meanwhile, and its answer counts when it comes.
func TestHangingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging, good := &slow{released: open(), name: "hanging"}, &slow{released: open(), name: "good"}
		r := of(t, hanging, good)
		if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		hanging.gives("hanging", release)
		good.gives("good-2", open())
		time.Sleep(3 * r.cfg.RefreshInterval) // one interval, the wait, some jitter
		synctest.Wait()
		if r.Matcher().String("value-of-good-2") == "value-of-good-2" {
			t.Error("a source behind one that hangs is not read")
		}
		if r.Matcher().String("value-of-hanging") == "value-of-hanging" {
			t.Error("what the hanging source gave is forgotten")
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if begun, _ := hanging.state(); begun != 2 || r.Unavailable() != "stale" {
			t.Errorf("begun %d times, %q", begun, r.Unavailable())
		}
		close(release)
		time.Sleep(3 * r.cfg.RefreshInterval)
		synctest.Wait()
		if r.Unavailable() != "" {
			t.Error(r.Unavailable())
		}
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// EXT-4: the age counts from when a read began, not from when it ended.
func TestAgeOfSlowRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{released: make(chan struct{}), name: "a"}
		r := of(t, s)
		time.AfterFunc(20*time.Second, func() { close(s.released) })
		if err := r.refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		if r.age() != 20*time.Second {
			t.Errorf("%v", r.age())
		}
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// EXT-2: a named pipe is refused, not waited for.
func TestPipe(t *testing.T) {
	p := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(p, 0o600); err != nil {
		t.Skip(err)
	}
	for _, c := range []SourceConfig{file(p, ""), {Directory: &DirectoryConfig{Path: filepath.Dir(p)}}} {
		r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(c))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(context.Background(), componenttest.NewNopHost()); err == nil || !strings.Contains(fmt.Sprint(err), "regular") {
			t.Error(err)
		}
		r.Shutdown(context.Background())
	}
}
