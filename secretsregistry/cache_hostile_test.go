package secretsregistry_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

func payload(v string, opts ...secretsregistry.PayloadOption) *secretsregistry.Payload {
	return secretsregistry.NewPayload(map[string]string{"password": "hunter2-hunter2-" + v}, v, opts...)
}

// 7, 9, 10, 19, 45: a provider that does not keep to its contract.
func TestHostileProvider(t *testing.T) {
	timed(t, "10 one that ends its goroutine is an error for all", func(t *testing.T) {
		b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			runtime.Goexit()
			return nil, nil
		}))
		for range 20 { // through the breaker and out again
			if _, err := b.Get(t.Context(), db); secretsregistry.ClassOf(err) != secretsregistry.ClassTransient {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
	})
	timed(t, "7 one that ignores its context holds up nobody", func(t *testing.T) {
		var hang atomic.Bool
		var calls, inside atomic.Int32
		release := make(chan struct{})
		b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			n := calls.Add(1)
			inside.Add(1)
			defer inside.Add(-1)
			if hang.Load() {
				<-release
			}
			return payload(fmt.Sprint("v", n)), nil
		}), secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Hour))
		b.get()
		hang.Store(true)
		stale := 0
		for range 3000 {
			time.Sleep(time.Second)
			began := time.Now()
			if b.get().Stale() {
				stale++
			}
			if d := time.Since(began); d > 100*time.Millisecond {
				t.Fatalf("Get took %v", d)
			}
			if inside.Load() > 1 {
				t.Fatalf("%d requests hang", inside.Load())
			}
		}
		if stale < 2000 {
			t.Errorf("%d stale values", stale)
		}
		// What it says in the end counts, and it is asked again. But the answer is
		// as old as its request.
		hang.Store(false)
		close(release)
		synctest.Wait()
		time.Sleep(time.Minute)
		if v := b.get(); v.Stale() || v.Version() == "v1" {
			t.Errorf("%s, stale %v", v.Version(), v.Stale())
		}
	})
	timed(t, "7 one that hangs delays stale values by little", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Hour))
		b.get()
		b.mock.Break(devmock.FaultHang)
		for range 3000 {
			time.Sleep(time.Second)
			began := time.Now()
			v := b.get()
			if d := time.Since(began); d > 100*time.Millisecond {
				t.Fatalf("Get took %v", d)
			}
			if want := v.Age() >= time.Minute; v.Stale() != want || v.Since().IsZero() == want {
				t.Fatalf("age %v, stale %v since %v", v.Age(), v.Stale(), v.Since())
			}
		}
	})
	timed(t, "45 a lease that comes after Close is ended", func(t *testing.T) {
		release := make(chan struct{})
		m := devmock.New(devmock.WithPaths(db))
		m.SetLease(db, time.Hour)
		b := newBenchOver(t, m, &deaf{Manager: m, release: release})
		go b.Get(t.Context(), db)
		synctest.Wait()
		if err := b.Close(); err == nil {
			t.Error("no word about the request that hangs")
		}
		close(release)
		synctest.Wait()
		if r := m.Revoked(); len(r) != 1 {
			t.Errorf("revoked %v", r)
		}
	})
	timed(t, "13 a value that is over when it arrives makes no loop", func(t *testing.T) {
		for name, opt := range map[string]secretsregistry.PayloadOption{
			"expiry": secretsregistry.WithExpiry(time.Now().Add(-time.Hour)),
			"lease":  secretsregistry.WithLease(time.Millisecond),
		} {
			var calls atomic.Int32
			b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
				calls.Add(1)
				return payload("v1", opt), nil
			}), secretsregistry.WithLeaseSkew(time.Second))
			b.wantErr(secretsregistry.ErrExpired)
			for range 6000 {
				if v, err := b.Get(t.Context(), db); err == nil {
					t.Fatalf("%s: served %s", name, v.Version())
				}
				time.Sleep(10 * time.Millisecond)
			}
			if n := calls.Load(); n > 60 {
				t.Errorf("%s: %d requests in a minute", name, n)
			}
			shows(t, b.reg, "hunter2-hunter2-v1", "[REDACTED:payments/db/password@v1]")
			b.Close()
		}
	})
}

// deaf is a manager that ignores contexts and answers when it is released.
type deaf struct {
	*devmock.Manager
	release chan struct{}
}

func (d *deaf) Fetch(_ context.Context, path string) (*secretsregistry.Payload, error) {
	<-d.release
	return d.Manager.Fetch(context.Background(), path)
}

// 8: in real time, where the first request may be over before the last caller
// asks.
func TestColdReadersMakeOneRequest(t *testing.T) {
	for range 50 {
		var calls atomic.Int32
		c := secretsregistry.NewCache(secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			calls.Add(1)
			return payload("v1"), nil
		}), secretsregistry.New())
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 200 {
			wg.Go(func() {
				<-start
				if _, err := c.Get(t.Context(), db); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
		c.Close()
		if n := calls.Load(); n != 1 {
			t.Fatalf("%d requests", n)
		}
	}
}

// 12: a Get that begins after an invalidation gets nothing from before it that
// is not marked, whatever others do at the time.
func TestNothingFromBeforeAnInvalidation(t *testing.T) {
	var current atomic.Int64
	c := secretsregistry.NewCache(secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
		n := current.Load()
		runtime.Gosched()
		return payload(fmt.Sprint("v", n)), nil
	}), secretsregistry.New())
	defer c.Close()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if i == 0 {
					c.Invalidate(db)
				}
				c.Get(t.Context(), db)
				runtime.Gosched()
			}
		})
	}
	for range 300 {
		least := current.Add(1)
		c.Invalidate(db)
		v, err := c.Get(t.Context(), db)
		if err != nil {
			t.Error(err)
			break
		}
		var n int64
		fmt.Sscanf(v.Version(), "v%d", &n)
		if n < least && !v.Stale() {
			t.Errorf("got v%d as fresh after v%d was announced", n, least)
			break
		}
	}
	close(stop)
	wg.Wait()
}

func TestInvalidations(t *testing.T) {
	timed(t, "12 a thousand make few requests", func(t *testing.T) {
		b := newBench(t)
		b.get()
		n := b.mock.Fetches()
		b.mock.Break(devmock.Slow(devmock.FaultNone, time.Second))
		for range 1000 {
			b.Invalidate(db)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if k := b.mock.Fetches() - n; k > 20 {
			t.Errorf("%d requests", k)
		}
		if v := b.get(); v.Stale() {
			t.Error("stale")
		}
	})
	timed(t, "12 without end leave the value that is there", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithMaxInFlight(100))
		b.get()
		b.mock.Break(devmock.Slow(devmock.FaultNone, 50*time.Millisecond))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			for ctx.Err() == nil {
				b.Invalidate(db)
				time.Sleep(5 * time.Millisecond)
			}
		})
		time.Sleep(time.Millisecond) // the first one is there
		for range 20 {
			if v := b.get(); !v.Stale() {
				t.Error("not marked")
			}
		}
		cancel()
		wg.Wait()
	})
	timed(t, "5 do not drive requests while the provider fails", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db, "another"))
		b := newBenchOver(t, m, plain{m})
		b.get()
		b.Get(t.Context(), "another") // so that one path does not open the breaker
		m.Break(devmock.FaultUnavailable)
		n := m.Fetches()
		for range 600 {
			b.Invalidate(db)
			b.get()
			time.Sleep(100 * time.Millisecond)
		}
		if k := m.Fetches() - n; k > 60 {
			t.Errorf("%d requests in a minute", k)
		}
		m.Break(devmock.FaultNone)
		time.Sleep(time.Minute)
		if b.get().Stale() {
			t.Error("stale after recovery")
		}
	})
	timed(t, "12 an older request has its chance when a newer one fails", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		b := newBenchOver(t, m, m)
		m.Script(devmock.Slow(devmock.FaultNone, 2*time.Second))
		b.get() // the watch begins
		time.Sleep(5 * time.Second)
		m.Rotate(db)
		synctest.Wait()
		if v := b.get(); v.Version() != "v2" {
			t.Errorf("version %s", v.Version())
		}
		m.Script(devmock.Slow(devmock.FaultNone, 2*time.Second), devmock.FaultUnavailable)
		m.Rotate(db) // a slow request
		time.Sleep(time.Second)
		m.Rotate(db) // waits for it; then a fast one fails
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if v := b.get(); v.Version() == "v2" || v.Stale() {
			t.Errorf("version %s, stale %v", v.Version(), v.Stale())
		}
	})
}

// 1, 51: what hooks get obeys the same end as what Get returns.
func TestHooksGetNothingThatHasEnded(t *testing.T) {
	timed(t, "1 by its age", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Minute))
		block := make(chan struct{})
		var told []string
		b.OnRotate(db, func(old, new *secretsregistry.Value) {
			<-block
			_, o := old.Field("password")
			_, n := new.Field("password")
			told = append(told, fmt.Sprint(old.Version(), o, new.Version(), n))
		})
		b.get()
		for range 2 {
			b.mock.Rotate(db)
			b.Invalidate(db)
			b.get()
			synctest.Wait()
		}
		time.Sleep(time.Hour) // v1 to v3 are dead, the refresh goes on with v3
		b.mock.Rotate(db)
		b.Invalidate(db)
		b.get()
		close(block)
		synctest.Wait()
		if got := strings.Join(told, " "); got != "v1 true v2 true v3 true v4 true" && got != "v1truev2true v3truev4true" {
			t.Errorf("told %q", got)
		}
	})
	timed(t, "4 by an answer", func(t *testing.T) {
		b := newBench(t)
		block := make(chan struct{})
		var told atomic.Int32
		b.OnRotate(db, func(old, new *secretsregistry.Value) {
			<-block
			told.Add(1)
		})
		b.get()
		for range 2 { // the hook holds the first
			b.mock.Rotate(db)
			b.Invalidate(db)
			b.get()
			synctest.Wait()
		}
		b.mock.Delete(db)
		b.Invalidate(db)
		b.wantErr(secretsregistry.ErrNotFound)
		close(block)
		synctest.Wait()
		if told.Load() != 1 {
			t.Errorf("told %d times, want only what was under way", told.Load())
		}
	})
}

func TestLeaseBounds(t *testing.T) {
	timed(t, "13 a renewal that gives less moves the end", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		m.SetLease(db, time.Hour)
		b := newBenchOver(t, m, &noRenew{Manager: m}, secretsregistry.WithDefaultPolicy(secretsregistry.KindDBDynamic.Policy()))
		began := time.Now()
		b.get()
		synctest.Wait()
		m.Break(devmock.FaultUnavailable)
		for time.Since(began) < 65*time.Minute {
			_, err := b.Get(t.Context(), db)
			if since := time.Since(began); err == nil && since > 46*time.Minute {
				t.Fatalf("served %v after the lease was said to last one second", since)
			}
			time.Sleep(time.Minute)
		}
	})
	timed(t, "28 what went out stays redacted until its lease has ended, and its grace", func(t *testing.T) {
		const lease = 30 * 24 * time.Hour
		m := devmock.New(devmock.WithPaths(db))
		m.SetLease(db, lease)
		reg := secretsregistry.New(secretsregistry.WithGrace(24*time.Hour), secretsregistry.WithRetiredLimit(1))
		c := secretsregistry.NewCache(plain{m}, reg, secretsregistry.WithTTL(lease), secretsregistry.WithSeed(1))
		defer c.Close()
		began := time.Now()
		v, err := c.Get(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		pw, _ := v.Field("password")
		m.Rotate(db)
		for range 3 { // more than the limit of retired values
			c.Invalidate(db)
			c.Get(t.Context(), db)
			m.Rotate(db)
		}
		time.Sleep(time.Until(began.Add(lease + secretsregistry.MinGrace - 1)))
		synctest.Wait()
		shows(t, reg, pw, "[REDACTED:payments/db/password@v1]")
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		shows(t, reg, pw, pw)
	})
	timed(t, "47 a hint is answered by reading, not by a renewal", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		m.SetLease(db, time.Hour)
		b := newBenchOver(t, m, m)
		b.get()
		synctest.Wait()
		m.Rotate(db)
		synctest.Wait()
		if v := b.get().Version(); v != "v2" {
			t.Errorf("version %s", v)
		}
	})
	timed(t, "45 nothing is handed out after Close", func(t *testing.T) {
		b := newBench(t)
		v := b.get()
		b.Close()
		b.wantErr(secretsregistry.ErrClosed)
		if pw, ok := v.Field("password"); !ok {
			t.Error("a value in use was taken away")
		} else {
			shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]")
		}
		if err := b.Start(t.Context(), db); !errors.Is(err, secretsregistry.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestNamesAndLimits(t *testing.T) {
	timed(t, "26 shorter than the registry takes", func(t *testing.T) {
		long := secretsregistry.WithMatcherOptions(redact.WithMinLength(16))
		fields := map[string]string{"password": "ten-bytes!", "token": "more-than-sixteen-bytes"}
		p := secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			return secretsregistry.NewPayload(fields, "v1"), nil
		})
		var events []secretsregistry.FetchEvent
		audit := secretsregistry.WithAudit(func(ev secretsregistry.FetchEvent) { events = append(events, ev) })
		reg := secretsregistry.New(long)
		c := secretsregistry.NewCache(p, reg, audit)
		defer c.Close()
		if _, err := c.Get(t.Context(), db); err != nil {
			t.Error(err)
		}
		shows(t, reg, "more-than-sixteen-bytes", "[REDACTED:payments/db/token@v1]")
		if len(events) != 1 || strings.Join(events[0].Unredactable, " ") != "payments/db/password" {
			t.Errorf("%+v", events)
		}
		strict := secretsregistry.NewCache(p, secretsregistry.New(long), secretsregistry.WithStrict())
		defer strict.Close()
		if _, err := strict.Get(t.Context(), db); !errors.Is(err, secretsregistry.ErrUnredactable) || !strings.Contains(err.Error(), "password") {
			t.Error(err)
		}
	})
	timed(t, "33 a path that contains a value", func(t *testing.T) {
		const path = "tenants/hunter2-hunter2-v1/db" // password and path have a part in common
		var down atomic.Bool
		b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			if down.Load() {
				return nil, errors.New("down")
			}
			return payload("v1"), nil
		}), secretsregistry.WithMaxStale(0))
		if _, err := b.Get(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		down.Store(true)
		time.Sleep(time.Hour)
		_, err := b.Get(t.Context(), path)
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", b.events), fmt.Sprintf("%+v", b.reg.List()), fmt.Sprintf("%+v", b.Health())} {
			if strings.Contains(text, "hunter2-hunter2-v1") {
				t.Error(text)
			}
		}
	})
	timed(t, "18 health in the list", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Minute))
		b.get()
		if err := b.reg.Put(redact.NewSecret("by/hand", "v1", []byte("put-there-by-hand"))); err != nil {
			t.Fatal(err)
		}
		want := func(c secretsregistry.Condition) {
			t.Helper()
			for _, e := range b.reg.List() {
				w := c
				if e.Name == "by/hand" {
					w = secretsregistry.Healthy
				}
				if e.Health != w {
					t.Errorf("%s: %v, want %v", e.Name, e.Health, w)
				}
			}
		}
		want(secretsregistry.Healthy)
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(time.Minute)
		want(secretsregistry.Degraded)
		time.Sleep(time.Minute)
		want(secretsregistry.Failed)
		b.mock.Break(devmock.FaultNone)
		time.Sleep(time.Minute)
		want(secretsregistry.Healthy)
	})
}

// 6, 18: paths that never had a value are forgotten when nobody asks for them,
// and one that is needed is not.
func TestPathsAskedForByMistake(t *testing.T) {
	timed(t, "18 health recovers, memory too", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithMaxInFlight(1000))
		b.get()
		for i := range 1000 {
			b.Get(t.Context(), fmt.Sprint("typo/", i))
		}
		if h := b.Health(); h.Condition != secretsregistry.Degraded || len(h.Paths) != 1001 {
			t.Errorf("%v, %d paths", h.Condition, len(h.Paths))
		}
		time.Sleep(5 * time.Second)
		b.Get(t.Context(), "typo/0") // answered from memory
		time.Sleep(10*time.Minute - 5*time.Second)
		synctest.Wait()
		if h := b.Health(); len(h.Paths) != 2 {
			t.Errorf("%d paths", len(h.Paths))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if h := b.Health(); h.Condition != secretsregistry.Healthy || len(h.Paths) != 1 {
			t.Errorf("%v, %d paths", h.Condition, len(h.Paths))
		}
	})
	timed(t, "18 what is required, or has a hook, stays", func(t *testing.T) {
		b := newBench(t)
		b.Start(t.Context(), "required")
		told := make(chan string, 10)
		b.OnRotate("hooked", func(_, new *secretsregistry.Value) { told <- new.Version() })
		b.Get(t.Context(), "hooked")
		time.Sleep(time.Hour)
		synctest.Wait()
		if h := b.Health(); h.Condition != secretsregistry.Failed || len(h.Paths) != 2 {
			t.Errorf("%+v", h)
		}
		for range 2 {
			b.mock.Rotate("hooked")
			b.Invalidate("hooked")
			if _, err := b.Get(t.Context(), "hooked"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if len(told) != 1 {
			t.Errorf("told %d times", len(told))
		}
	})
	timed(t, "6 asked for again at the moment at which it is forgotten", func(t *testing.T) {
		b := newBench(t)
		for round := range 200 {
			path := fmt.Sprint("late/", round)
			b.Get(t.Context(), path)
			time.Sleep(10*time.Minute - 1)
			b.mock.Rotate(path)
			time.Sleep(time.Nanosecond) // the timer and the readers wake together
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					v, err := b.Get(t.Context(), path)
					if err != nil || v.Version() != "v1" {
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
			cancel := b.OnRotate(path, func(_, _ *secretsregistry.Value) {})
			wg.Wait()
			n := b.mock.Fetches()
			if _, err := b.Get(t.Context(), path); err != nil || b.mock.Fetches() != n {
				t.Errorf("round %d: the value was not kept: %v", round, err)
			}
			cancel()
		}
	})
}
