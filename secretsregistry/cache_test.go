package secretsregistry_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// A bench is a cache over a mock. Numbers in test names are those of the
// checklist in docs/behaviours/cache.md.
type bench struct {
	*testing.T
	*secretsregistry.Cache
	reg  *secretsregistry.Registry
	mock *devmock.Manager

	mu     sync.Mutex
	events []secretsregistry.FetchEvent
}

const db = "payments/db"

// plain hides the watch and the leases of the mock.
type plain struct{ m *devmock.Manager }

func (p plain) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	return p.m.Fetch(ctx, path)
}

func newBench(t *testing.T, opts ...secretsregistry.CacheOption) *bench {
	m := devmock.New(devmock.WithPaths(db))
	return newBenchOver(t, m, plain{m}, opts...)
}

func newBenchOver(t *testing.T, m *devmock.Manager, p secretsregistry.Provider, opts ...secretsregistry.CacheOption) *bench {
	b := &bench{T: t, reg: secretsregistry.New(), mock: m}
	audit := secretsregistry.WithAudit(func(ev secretsregistry.FetchEvent) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, ev)
	})
	b.Cache = secretsregistry.NewCache(p, b.reg, append([]secretsregistry.CacheOption{audit, secretsregistry.WithSeed(1)}, opts...)...)
	t.Cleanup(func() { b.Close() })
	return b
}

// reads returns the times of requests that began after from.
func (b *bench) reads(from time.Time) (at []time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ev := range b.events {
		if ev.Op == "read" && !ev.Time.Before(from) {
			at = append(at, ev.Time.Sub(from))
		}
	}
	return at
}

func (b *bench) get() *secretsregistry.Value {
	b.Helper()
	v, err := b.Get(b.Context(), db)
	if err != nil {
		b.Fatalf("Get: %v", err)
	}
	return v
}

func (b *bench) wantErr(want error) {
	b.Helper()
	v, err := b.Get(b.Context(), db)
	if err == nil {
		b.Fatalf("Get: version %s, want error %v", v.Version(), want)
	}
	if !errors.Is(err, want) {
		b.Errorf("Get: %v, want %v", err, want)
	}
}

func timed(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestRefresh(t *testing.T) {
	timed(t, "1 in the background at about 70 % of the TTL", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(100*time.Second))
		t0 := time.Now()
		b.get()
		time.Sleep(64*time.Second + 999*time.Millisecond)
		synctest.Wait()
		if n := len(b.reads(t0)); n != 1 {
			t.Errorf("%d requests before 65 %%", n)
		}
		time.Sleep(10*time.Second + 2*time.Millisecond)
		synctest.Wait()
		if n := len(b.reads(t0)); n != 2 {
			t.Errorf("%d requests at 75 %%, want 2", n)
		}
	})
	timed(t, "2 again and again", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(100*time.Second))
		b.get()
		time.Sleep(1000 * time.Second)
		synctest.Wait()
		if n := b.mock.Fetches(); n < 1+1000/75 || n > 1+1000/65+1 {
			t.Errorf("%d requests in 10 TTLs", n)
		}
	})
	timed(t, "3 a TTL below the fetch timeout", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Second), secretsregistry.WithMaxStale(0), secretsregistry.WithFetchTimeout(time.Minute))
		b.mock.Break(devmock.Slow(devmock.FaultNone, 20*time.Millisecond))
		b.get()
		for range 500 {
			time.Sleep(7 * time.Millisecond)
			n := time.Now()
			if v := b.get(); v.Stale() || time.Since(n) != 0 {
				t.Fatalf("stale %v, waited %v", v.Stale(), time.Since(n))
			}
		}
		// A hanging provider gets three attempts before the end.
		t0 := time.Now()
		b.mock.Break(devmock.FaultHang)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(b.reads(t0)); n < 3 {
			t.Errorf("%d attempts before expiry, want 3", n)
		}
	})
	timed(t, "4 entries that were loaded at once spread", func(t *testing.T) {
		b := newBenchOver(t, nil, provide(map[string]string{"username": "app"}), secretsregistry.WithTTL(100*time.Second), secretsregistry.WithMaxInFlight(1000))
		for i := range 1000 {
			if _, err := b.Get(t.Context(), fmt.Sprint("p/", i)); err != nil {
				t.Fatal(err)
			}
		}
		t0 := time.Now()
		time.Sleep(80 * time.Second)
		synctest.Wait()
		at := b.reads(t0.Add(time.Second))
		if len(at) != 1000 || at[len(at)-1]-at[0] < 8*time.Second {
			t.Errorf("%d refreshes within %v", len(at), at[len(at)-1]-at[0])
		}
	})
	timed(t, "4 one seed, one jitter", func(t *testing.T) {
		plan := func(seed uint64) (at []time.Duration) {
			b := newBench(t, secretsregistry.WithSeed(seed))
			t0 := time.Now()
			b.get()
			for range 20 {
				at = append(at, b.Health().Paths[0].NextRefresh.Sub(t0))
				b.Invalidate(db)
				b.get()
			}
			b.Close()
			return at
		}
		if a, b := plan(7), plan(7); !slices.Equal(a, b) {
			t.Errorf("%v and %v", a, b)
		}
		if a, b := plan(7), plan(8); slices.Equal(a, b) {
			t.Error("the same for another seed")
		}
	})
	timed(t, "5 failures are retried with growing pauses", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(5*time.Minute))
		b.get()
		t0 := time.Now()
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(5*time.Minute - 1)
		synctest.Wait()
		if n := len(b.reads(t0)); n < 1+3-1 {
			t.Errorf("%d attempts before expiry, want 3", n)
		}
		for minute := range 30 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := len(b.reads(time.Now().Add(-time.Minute))); n > 60 || n < 1 {
				t.Errorf("%d requests in minute %d", n, minute)
			}
		}
	})
	timed(t, "5 what the manager asks for is kept to", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(5*time.Minute), secretsregistry.WithMaxStale(time.Hour))
		b.get()
		b.mock.Break(devmock.FaultThrottled)
		t0 := time.Now()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		at := b.reads(t0.Add(time.Second))
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] < 30*time.Second-time.Millisecond {
				t.Errorf("attempts at %v and %v", at[i-1], at[i])
			}
		}
	})
	timed(t, "5 down from the start, asked without end", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(10*time.Second), secretsregistry.WithMaxStale(10*time.Second))
		b.mock.Break(devmock.FaultUnavailable)
		for range 6000 {
			if _, err := b.Get(t.Context(), db); secretsregistry.ClassOf(err) != secretsregistry.ClassTransient {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := b.mock.Fetches(); n > 60 {
			t.Errorf("%d requests in a minute", n)
		}
	})
	timed(t, "5 short TTL, down after it was up", func(t *testing.T) {
		for _, ttl := range []time.Duration{time.Second, 10 * time.Second, time.Minute} {
			for _, stale := range []time.Duration{0, time.Second, 10 * time.Second, time.Minute, time.Hour} {
				b := newBench(t, secretsregistry.WithTTL(ttl), secretsregistry.WithMaxStale(stale))
				b.get()
				b.mock.Break(devmock.FaultUnavailable)
				n := b.mock.Fetches()
				for range 600 {
					b.Get(t.Context(), db)
					time.Sleep(100 * time.Millisecond)
				}
				if n := b.mock.Fetches() - n; n > 60 {
					t.Errorf("TTL %v, MaxStale %v: %d requests in the first minute", ttl, stale, n)
				}
				b.Close()
			}
		}
	})
	timed(t, "6 idle paths stop, and stay redacted", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithIdleTTL(time.Hour))
		pw, _ := b.get().Field("password")
		time.Sleep(70 * time.Minute)
		synctest.Wait()
		n := b.mock.Fetches()
		if n < 50 {
			t.Errorf("%d requests in 60 TTLs", n)
		}
		time.Sleep(100 * time.Hour)
		synctest.Wait()
		if m := b.mock.Fetches(); m != n {
			t.Errorf("%d requests while idle", m-n)
		}
		shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]")
		if h := b.Health(); h.Condition != secretsregistry.Healthy {
			t.Errorf("idle: %+v", h)
		}
		b.get()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if m := b.mock.Fetches() - n; m < 10 {
			t.Errorf("%d requests after it was asked for again", m)
		}
	})
	timed(t, "6 not before 10 TTLs", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Hour), secretsregistry.WithIdleTTL(time.Minute))
		b.get()
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		if n := b.mock.Fetches(); n < 13 {
			t.Errorf("%d requests in 10 TTLs", n)
		}
	})
	timed(t, "7 readers of a live value never wait", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(100*time.Second), secretsregistry.WithFetchTimeout(time.Hour))
		b.get()
		b.mock.Break(devmock.FaultHang)
		for range 999 {
			time.Sleep(100 * time.Millisecond)
			began := time.Now()
			b.get()
			if d := time.Since(began); d != 0 {
				t.Fatalf("Get took %v", d)
			}
		}
	})
}

func TestSingleFlight(t *testing.T) {
	timed(t, "8 a thousand cold readers make one request", func(t *testing.T) {
		b := newBench(t)
		b.mock.Script(devmock.Slow(devmock.FaultNone, time.Second))
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { b.get() })
		}
		wg.Wait()
		if n := b.mock.Fetches(); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	timed(t, "9 one who gives up does not take the others along", func(t *testing.T) {
		b := newBench(t)
		b.mock.Script(devmock.Slow(devmock.FaultNone, time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { _, err := b.Get(ctx, db); first <- err }()
		synctest.Wait()
		var wg sync.WaitGroup
		wg.Go(func() { b.get() })
		synctest.Wait()
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("first: %v", err)
		}
		wg.Wait()
		if n := b.mock.Fetches(); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	timed(t, "9 when all give up the result is kept", func(t *testing.T) {
		b := newBench(t)
		b.mock.Script(devmock.Slow(devmock.FaultNone, time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := b.Get(ctx, db); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		b.get()
		if n := b.mock.Fetches(); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	timed(t, "10 a panic is an error for all", func(t *testing.T) {
		b := newBench(t)
		b.mock.Script(devmock.Slow(devmock.FaultPanic, time.Second))
		var wg sync.WaitGroup
		var failed atomic.Int32
		for range 10 {
			wg.Go(func() {
				if _, err := b.Get(t.Context(), db); err != nil && secretsregistry.ClassOf(err) == secretsregistry.ClassTransient {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		if failed.Load() != 10 {
			t.Errorf("%d errors", failed.Load())
		}
		time.Sleep(5 * time.Second)
		b.get()
	})
	timed(t, "11 failures are remembered for a while only", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithNegativeTTL(10*time.Second))
		b.mock.Delete(db)
		b.wantErr(secretsregistry.ErrNotFound)
		n := b.mock.Fetches()
		b.wantErr(secretsregistry.ErrNotFound)
		if b.mock.Fetches() != n {
			t.Error("not found was not remembered")
		}
		b.mock.Rotate(db)
		time.Sleep(10 * time.Second)
		b.get()
	})
	timed(t, "11 whatever failed at the start is forgotten within 5 minutes", func(t *testing.T) {
		for _, f := range []devmock.Fault{devmock.FaultUnavailable, devmock.FaultDenied, devmock.FaultNotFound, devmock.FaultMalformed, devmock.FaultHang, devmock.FaultPanic, devmock.FaultThrottled} {
			b := newBench(t, secretsregistry.WithNegativeTTL(time.Hour))
			b.mock.Break(f)
			for range 20 {
				if _, err := b.Get(t.Context(), db); err == nil {
					t.Error("no error")
				}
				time.Sleep(time.Second)
			}
			b.mock.Break(devmock.FaultNone)
			time.Sleep(5 * time.Minute)
			b.get()
			b.Close()
		}
	})
	timed(t, "12 an overtaken request changes nothing", func(t *testing.T) {
		b := newBench(t)
		b.get()
		b.mock.Script(devmock.Slow(devmock.FaultNone, 5*time.Second)) // began before
		b.Invalidate(db)
		synctest.Wait()
		b.mock.Rotate(db)
		b.Invalidate(db)
		if v := b.get().Version(); v != "v2" {
			t.Errorf("version %s", v)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if v := b.get().Version(); v != "v2" {
			t.Errorf("version %s after the slow request", v)
		}
	})
}

// 12: over random interleavings, what Get returns never goes back, and after an
// invalidation it is not older than the invalidation.
func TestOrderOfVersions(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, secretsregistry.WithSeed(seed))
			rnd := seed*2654435761 + 1
			next := func(n uint64) uint64 { rnd = rnd*6364136223846793005 + 1; return rnd >> 33 % n }
			current, seen := 1, 0
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 60 {
				switch next(4) {
				case 0:
					b.mock.Rotate(db)
					b.Invalidate(db)
					mu.Lock()
					current++ // only what was invalidated may not come back
					mu.Unlock()
				case 1:
					b.mock.Script(devmock.Slow(devmock.FaultNone, time.Duration(next(3000))*time.Millisecond))
					b.Invalidate(db)
				case 2:
					time.Sleep(time.Duration(next(2000)) * time.Millisecond)
				case 3:
					wg.Go(func() {
						mu.Lock()
						least := max(current, seen)
						mu.Unlock()
						v, err := b.Get(t.Context(), db)
						if err != nil {
							return
						}
						var n int
						fmt.Sscanf(v.Version(), "v%d", &n)
						mu.Lock()
						defer mu.Unlock()
						if n < least && !v.Stale() {
							t.Errorf("seed %d: got v%d, current was v%d", seed, n, least)
						}
						seen = max(seen, n)
					})
				}
			}
			wg.Wait()
		})
	}
}

func TestStaleness(t *testing.T) {
	timed(t, "13 the exact end", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(100*time.Second), secretsregistry.WithMaxStale(50*time.Second))
		began := time.Now()
		b.mock.Script(devmock.Slow(devmock.FaultNone, time.Second)) // counted from before the request
		b.get()
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(100*time.Second - time.Since(began) - 1)
		if v := b.get(); v.Stale() {
			t.Error("stale before its TTL")
		}
		time.Sleep(time.Nanosecond)
		if v := b.get(); !v.Stale() || v.Age() != 100*time.Second || v.Cause() != secretsregistry.ClassTransient {
			t.Errorf("at the TTL: stale %v, age %v, cause %v", v.Stale(), v.Age(), v.Cause())
		}
		time.Sleep(50*time.Second - 1)
		if v := b.get(); !v.Stale() {
			t.Error("not marked")
		}
		time.Sleep(time.Nanosecond)
		b.wantErr(secretsregistry.ErrExpired)
		var e *secretsregistry.ExpiredError
		if _, err := b.Get(t.Context(), db); !errors.As(err, &e) || e.Age != 150*time.Second || e.Last != secretsregistry.ClassTransient {
			t.Errorf("%#v", e)
		}
	})
	timed(t, "13 a lease ends earlier", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Hour), secretsregistry.WithMaxStale(time.Hour))
		b.mock.SetLease(db, 10*time.Minute)
		b.get()
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(10*time.Minute - 1)
		b.get()
		time.Sleep(time.Nanosecond)
		b.wantErr(secretsregistry.ErrExpired)
	})
	timed(t, "13 an expiry ends earlier", func(t *testing.T) {
		end := time.Now().Add(7 * time.Minute)
		var down atomic.Bool
		p := secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			if down.Load() {
				return nil, devmock.ErrUnavailable
			}
			return secretsregistry.NewPayload(map[string]string{"password": "hunter2-hunter2"}, "v1", secretsregistry.WithExpiry(end)), nil
		})
		b := newBenchOver(t, nil, p, secretsregistry.WithTTL(time.Hour), secretsregistry.WithMaxStale(time.Hour))
		b.get()
		down.Store(true)
		time.Sleep(time.Until(end) - 1)
		b.get()
		time.Sleep(time.Nanosecond)
		b.wantErr(secretsregistry.ErrExpired)
	})
	timed(t, "13 without MaxStale nothing is stale", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(0))
		b.get()
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(time.Minute - 1)
		b.get()
		time.Sleep(time.Nanosecond)
		b.wantErr(secretsregistry.ErrExpired)
	})
	timed(t, "14 a year of outage", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(5*time.Minute), secretsregistry.WithMaxStale(15*time.Minute), secretsregistry.WithIdleTTL(time.Hour))
		pw, _ := b.get().Field("password")
		end := time.Now().Add(20 * time.Minute)
		b.mock.Break(devmock.FaultUnavailable)
		for time.Since(end) < 365*24*time.Hour {
			time.Sleep(5*time.Hour + 11*time.Minute)
			v, err := b.Get(t.Context(), db)
			if err == nil && !time.Now().Before(end) {
				t.Fatalf("served %s, %v after its end", v.Version(), time.Since(end))
			}
			b.Invalidate(db)
		}
		shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]") // 37
		b.mock.Break(devmock.FaultNone)
		time.Sleep(15 * time.Minute / 4)
		b.get()
	})
	timed(t, "15 a machine that slept", func(t *testing.T) {
		var skip atomic.Int64
		b := newBench(t, secretsregistry.WithClocks(time.Now, func() time.Time { return time.Now().Add(time.Duration(skip.Load())).Round(0) }))
		b.get()
		b.mock.Break(devmock.FaultUnavailable)
		skip.Store(int64(8 * time.Hour))
		b.wantErr(secretsregistry.ErrExpired)
	})
	timed(t, "16 a wall clock that goes back", func(t *testing.T) {
		var skip atomic.Int64
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Minute),
			secretsregistry.WithClocks(time.Now, func() time.Time { return time.Now().Add(time.Duration(skip.Load())).Round(0) }))
		b.get()
		b.mock.Break(devmock.FaultUnavailable)
		skip.Store(-int64(time.Hour))
		time.Sleep(2*time.Minute - 1)
		b.get()
		time.Sleep(time.Nanosecond)
		b.wantErr(secretsregistry.ErrExpired)
	})
	for _, c := range []struct {
		name  string
		fault devmock.Fault
		class error // nil: the fresh value goes on
	}{
		{"not found", devmock.FaultNotFound, secretsregistry.ErrNotFound},
		{"denied", devmock.FaultDenied, secretsregistry.ErrDenied},
		{"unavailable", devmock.FaultUnavailable, nil},
		{"malformed", devmock.FaultMalformed, nil},
		{"panic", devmock.FaultPanic, nil},
	} {
		timed(t, "17 "+c.name, func(t *testing.T) {
			b := newBench(t)
			pw, _ := b.get().Field("password")
			b.mock.Break(c.fault)
			b.Invalidate(db)
			if c.class == nil {
				if v := b.get(); !v.Stale() {
					t.Error("not marked as stale")
				}
			} else {
				b.wantErr(c.class)
				time.Sleep(time.Minute)
				b.wantErr(c.class)
			}
			shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]")
			b.mock.Break(devmock.FaultNone)
			time.Sleep(time.Minute)
			if v := b.get(); v.Stale() {
				t.Error("stale after recovery")
			}
		})
	}
	for _, c := range []struct {
		name  string
		fault devmock.Fault
		class error
	}{{"not found", devmock.FaultNotFound, secretsregistry.ErrNotFound}, {"denied", devmock.FaultDenied, secretsregistry.ErrDenied}} {
		timed(t, "17 a grace for "+c.name, func(t *testing.T) {
			p := secretsregistry.KindStatic.Policy()
			p.DenyGrace = 30 * time.Second
			b := newBench(t, secretsregistry.WithDefaultPolicy(p))
			pw, _ := b.get().Field("password")
			time.Sleep(time.Minute)
			b.mock.Break(c.fault)
			b.Invalidate(db)
			began := time.Now()
			for range 3 { // further answers do not move the end
				if v := b.get(); !v.Stale() || v.Cause() != secretsregistry.ClassOf(c.class) {
					t.Errorf("after %v: stale %v, cause %v", time.Since(began), v.Stale(), v.Cause())
				}
				time.Sleep(9 * time.Second)
			}
			if e := b.entry("v1"); !e.Stale || !e.Expires.Equal(began.Add(30*time.Second)) || e.Health != secretsregistry.Degraded {
				t.Errorf("%+v", e)
			}
			time.Sleep(time.Until(began.Add(30*time.Second - 1)))
			b.get()
			time.Sleep(time.Nanosecond)
			if v, err := b.Get(t.Context(), db); err == nil {
				t.Errorf("served %s at the end of its grace", v.Version())
			}
			time.Sleep(time.Minute)
			b.wantErr(c.class)
			shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]")
			b.mock.Break(devmock.FaultNone)
			time.Sleep(time.Minute)
			if v := b.get(); v.Stale() {
				t.Error("stale after recovery")
			}
		})
	}
	timed(t, "17 a grace lengthens no life", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithDefaultPolicy(secretsregistry.Policy{TTL: time.Minute, MaxStale: 10 * time.Second, DenyGrace: time.Hour}))
		b.get()
		b.mock.Break(devmock.FaultDenied)
		time.Sleep(70*time.Second - 1)
		b.get()
		time.Sleep(time.Nanosecond)
		if _, err := b.Get(t.Context(), db); err == nil {
			t.Error("served past its end")
		}
		for range 60 {
			time.Sleep(time.Minute)
			if _, err := b.Get(t.Context(), db); err == nil {
				t.Error("served past its end")
			}
		}
	})
	timed(t, "17 an answer without fields is malformed", func(t *testing.T) {
		b := newBench(t)
		b.get()
		b.mock.Set(db, map[string]string{})
		b.Invalidate(db)
		if v := b.get(); v.Version() != "v1" || v.Cause() != secretsregistry.ClassMalformed {
			t.Errorf("%s, %v", v.Version(), v.Cause())
		}
	})
	timed(t, "18 health", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(time.Minute))
		condition := func(want secretsregistry.Condition) {
			t.Helper()
			if h := b.Health(); h.Condition != want {
				t.Errorf("%+v, want %v", h, want)
			}
		}
		condition(secretsregistry.Healthy)
		b.get()
		condition(secretsregistry.Healthy)
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(time.Minute)
		condition(secretsregistry.Degraded)
		time.Sleep(time.Minute - 1)
		condition(secretsregistry.Degraded)
		time.Sleep(time.Nanosecond)
		condition(secretsregistry.Failed)
		b.mock.Break(devmock.FaultNone)
		time.Sleep(time.Minute)
		condition(secretsregistry.Healthy)
	})
}

func TestBreaker(t *testing.T) {
	timed(t, "19 several probes while stale", func(t *testing.T) {
		for _, stale := range []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 15 * time.Minute} {
			b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithMaxStale(stale))
			b.get()
			t0 := time.Now()
			b.mock.Break(devmock.FaultUnavailable)
			time.Sleep(time.Minute + stale)
			synctest.Wait()
			if n := len(b.reads(t0.Add(time.Minute))); n < 3 {
				t.Errorf("MaxStale %v: %d probes", stale, n)
			}
			b.wantErr(secretsregistry.ErrExpired)
			b.Close()
		}
	})
	timed(t, "20 answers do not open it", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		b := newBenchOver(t, m, plain{m}, secretsregistry.WithNegativeTTL(0))
		for i := range 50 {
			b.Get(t.Context(), fmt.Sprint("missing/", i))
		}
		m.Deny("x", true)
		b.Get(t.Context(), "x")
		if b.Health().BreakerOpen {
			t.Error("open after not found")
		}
		b.get()
	})
	timed(t, "21 one probe at a time", func(t *testing.T) {
		m := devmock.New()
		b := newBenchOver(t, m, plain{m}, secretsregistry.WithMaxInFlight(1000))
		m.Break(devmock.FaultUnavailable)
		for i := range 100 {
			b.Get(t.Context(), fmt.Sprint("p/", i))
		}
		if !b.Health().BreakerOpen || m.Fetches() != 5 {
			t.Fatalf("open %v after %d requests", b.Health().BreakerOpen, m.Fetches())
		}
		m.Break(devmock.FaultHang)
		time.Sleep(time.Minute)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { b.Get(t.Context(), fmt.Sprint("p/", i)) })
		}
		synctest.Wait()
		if n := m.Fetches() - 5; n != 1 {
			t.Errorf("%d probes", n)
		}
		wg.Wait()
	})
	timed(t, "22 one bad path does not close it for others", func(t *testing.T) {
		var bad atomic.Int32
		p := secretsregistry.ProviderFunc(func(_ context.Context, path string) (*secretsregistry.Payload, error) {
			if path == "bad" {
				bad.Add(1)
				return nil, errors.New("500")
			}
			return secretsregistry.NewPayload(map[string]string{"password": "hunter2-hunter2"}, "v1"), nil
		})
		b := newBenchOver(t, nil, p)
		b.get()
		for range 100 {
			b.Get(t.Context(), "bad")
			time.Sleep(10 * time.Second)
		}
		if b.Health().BreakerOpen || bad.Load() < 20 {
			t.Errorf("open %v after %d failures", b.Health().BreakerOpen, bad.Load())
		}
	})
	timed(t, "24 recovery without a herd", func(t *testing.T) {
		m := devmock.New()
		var now, most atomic.Int32
		p := secretsregistry.ProviderFunc(func(ctx context.Context, path string) (*secretsregistry.Payload, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for {
				old := most.Load()
				if n <= old || most.CompareAndSwap(old, n) {
					break
				}
			}
			return m.Fetch(ctx, path)
		})
		const maxStale = 10 * time.Minute
		b := newBenchOver(t, m, p, secretsregistry.WithTTL(5*time.Minute), secretsregistry.WithMaxStale(maxStale), secretsregistry.WithMaxInFlight(4))
		var paths []string
		for i := range 200 {
			paths = append(paths, fmt.Sprint("p/", i))
			m.Rotate(paths[i])
		}
		if err := b.Start(t.Context(), paths...); err != nil {
			t.Fatal(err)
		}
		m.Break(devmock.Slow(devmock.FaultUnavailable, 10*time.Millisecond))
		time.Sleep(12 * time.Minute)
		most.Store(0)
		m.Break(devmock.Slow(devmock.FaultNone, 10*time.Millisecond))
		time.Sleep(maxStale / 4)
		synctest.Wait()
		for _, p := range b.Health().Paths {
			if p.Condition != secretsregistry.Healthy {
				t.Fatalf("%+v", p)
			}
		}
		if most.Load() > 4 {
			t.Errorf("%d requests at once", most.Load())
		}
	})
}

// 25: whatever Get returns is in force when it returns it.
func TestRegisteredBeforeReturned(t *testing.T) {
	rotations := 300
	if raceEnabled { // every retained version makes the next update dearer
		rotations = 100
	}
	b := newBench(t)
	b.get()
	b.OnRotate(db, func(old, new *secretsregistry.Value) { check(t, b, new) })
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				v, err := b.Get(t.Context(), db)
				if err == nil {
					check(t, b, v)
				}
				select {
				case <-stop:
					return
				default:
					runtime.Gosched()
				}
			}
		})
	}
	for range rotations {
		b.mock.Rotate(db)
		b.Invalidate(db)
		v, err := b.Get(t.Context(), db)
		if err != nil {
			t.Error(err)
			break
		}
		check(t, b, v)
	}
	close(stop)
	wg.Wait()
	if got, want := b.get().Version(), fmt.Sprint("v", rotations+1); got != want {
		t.Errorf("version %s, want %s", got, want)
	}
}

func check(t *testing.T, b *bench, v *secretsregistry.Value) {
	pw, _ := v.Field("password")
	if got, want := b.reg.Matcher().String("pw="+pw+"."), "pw=[REDACTED:payments/db/password@"+v.Version()+"]."; got != want {
		t.Errorf("a value of %s was printed, want %s", v.Version(), want)
	}
}

func TestRedaction(t *testing.T) {
	timed(t, "26 what cannot be redacted is withheld", func(t *testing.T) {
		b := newBench(t)
		b.get()
		b.mock.Set(db, map[string]string{"password": "looks like [REDACTED:x] inside"})
		b.Invalidate(db)
		if v := b.get(); v.Version() != "v1" || !v.Stale() || v.Cause() != secretsregistry.ClassUnredactable {
			t.Errorf("version %s, cause %v", v.Version(), v.Cause())
		}
		time.Sleep(24 * time.Hour)
		b.wantErr(secretsregistry.ErrExpired)
	})
	timed(t, "28 previous, 32 pending, 31 rollback", func(t *testing.T) {
		b := newBench(t)
		var rotations atomic.Int32
		b.OnRotate(db, func(old, new *secretsregistry.Value) { rotations.Add(1) })
		b.mock.Set(db, map[string]string{"password": "the-second-one"})
		b.mock.Stage(db, map[string]string{"password": "the-third-one"})
		b.get()
		wantStates(t, b.reg, "payments/db/password@v2=current payments/db/password@v3=pending payments/db/password@v1=previous")
		b.mock.Rotate(db)
		b.Invalidate(db)
		b.get()
		shows(t, b.reg, "the-third-one the-second-one", "[REDACTED:payments/db/password@v3] [REDACTED:payments/db/password@v2]")
		b.mock.Set(db, map[string]string{"password": "the-second-one"})
		b.Invalidate(db)
		b.get()
		b.Invalidate(db)
		b.get()
		shows(t, b.reg, "the-second-one", "[REDACTED:payments/db/password@v4]")
		synctest.Wait()
		if n := rotations.Load(); n != 2 {
			t.Errorf("%d rotations told, want 2", n)
		}
		// The user name of v1 is public, and nothing else is left of it.
		if n := b.reg.Matcher().Len(); n != 3 {
			t.Errorf("%d needles, want 3: %s", n, states(b.reg))
		}
	})
	timed(t, "33, 34 errors show nothing", func(t *testing.T) {
		const canary = "canary-0123456789abcdef"
		var broken atomic.Bool
		p := secretsregistry.ProviderFunc(func(_ context.Context, path string) (*secretsregistry.Payload, error) {
			if broken.Load() {
				return nil, fmt.Errorf("GET https://u:%s@vault/: %w", canary, secretsregistry.ErrDenied)
			}
			return secretsregistry.NewPayload(map[string]string{"password": canary}, ""), nil
		})
		b := newBenchOver(t, nil, p)
		v := b.get()
		if len(v.Version()) != 9 || v.Version()[0] != 'h' { // 36
			t.Errorf("version %q", v.Version())
		}
		shows(t, b.reg, canary, "[REDACTED:payments/db/password@"+v.Version()+"]")
		broken.Store(true)
		b.Invalidate(db)
		_, err := b.Get(t.Context(), db)
		if !errors.Is(err, secretsregistry.ErrDenied) || !strings.Contains(err.Error(), "[REDACTED:payments/db/password@") {
			t.Error(err)
		}
		redacttest.CheckHidden(t, canary, err, v, b.Cache, b.Health(), b.reg) // 35
		b.mu.Lock()
		redacttest.CheckHidden(t, canary, b.events)
		b.mu.Unlock()
	})
	timed(t, "37 a field that is gone stays redacted", func(t *testing.T) {
		b := newBench(t)
		b.mock.Set(db, map[string]string{"a": "the-first-field", "b": "the-second-field"})
		b.get()
		b.mock.Set(db, map[string]string{"b": "the-second-field"})
		b.Invalidate(db)
		b.get()
		shows(t, b.reg, "the-first-field the-second-field", "[REDACTED:payments/db/a@v2] [REDACTED:payments/db/b@v3]")
		if s := states(b.reg); !strings.Contains(s, "payments/db/a@v2=previous") {
			t.Error(s)
		}
	})
	timed(t, "paths below another are left alone", func(t *testing.T) {
		b := newBench(t)
		b.mock.Set("payments", map[string]string{"db": "a-value-of-payments"})
		b.get()
		b.Get(t.Context(), "payments")
		b.mock.Delete("payments")
		b.Invalidate("payments")
		b.Get(t.Context(), "payments")
		if s := states(b.reg); !strings.Contains(s, "payments/db/password@v1=current") || !strings.Contains(s, "payments/db@v1=retired") {
			t.Error(s)
		}
	})
	timed(t, "content that changes under one version is a rotation", func(t *testing.T) {
		n := 0
		p := secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			n++
			return secretsregistry.NewPayload(map[string]string{"password": fmt.Sprint("hunter-number-", n/2)}, "v1"), nil
		})
		b := newBenchOver(t, nil, p)
		var told atomic.Int32
		b.OnRotate(db, func(old, new *secretsregistry.Value) {
			o, _ := old.Field("password")
			n, _ := new.Field("password")
			if o == n || o == "" || n == "" {
				t.Errorf("told of %q and %q", o, n)
			}
			told.Add(1)
		})
		for range 10 {
			b.get()
			b.Invalidate(db)
		}
		b.get()
		synctest.Wait()
		if told.Load() != 5 {
			t.Errorf("told %d times, want 5", told.Load())
		}
		shows(t, b.reg, "hunter-number-0 hunter-number-5", "[REDACTED:payments/db/password@v1] [REDACTED:payments/db/password@v1]")
	})
}

func TestStartAndClose(t *testing.T) {
	timed(t, "43 what is missing is named, in time", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithStartTimeout(3*time.Second))
		if err := b.Start(t.Context()); err != nil {
			t.Error(err)
		}
		err := b.Start(t.Context(), db, "not/there")
		if !errors.Is(err, secretsregistry.ErrNotFound) || !strings.Contains(err.Error(), "not/there") || strings.Contains(err.Error(), db) {
			t.Error(err)
		}
		if h := b.Health(); h.Condition != secretsregistry.Failed {
			t.Errorf("%+v", h)
		}
		b.mock.Break(devmock.FaultHang)
		began := time.Now()
		if err := b.Start(t.Context(), "hangs"); err == nil || !strings.Contains(err.Error(), "hangs") || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
	timed(t, "45 nothing is left after Close", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		b := newBenchOver(t, m, m)
		b.OnRotate(db, func(old, new *secretsregistry.Value) {})
		pw, _ := b.get().Field("password")
		m.Break(devmock.FaultHang)
		b.Invalidate(db)
		synctest.Wait()
		for range 2 {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		n := m.Fetches()
		time.Sleep(24 * time.Hour)
		if m.Fetches() != n {
			t.Error("requests after Close")
		}
		b.wantErrAny(secretsregistry.ErrClosed)
		shows(t, b.reg, pw, "[REDACTED:payments/db/password@v1]")
	})
	timed(t, "45 a provider that ignores its context", func(t *testing.T) {
		release := make(chan struct{})
		b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			<-release
			return nil, errors.New("late")
		}))
		go b.Get(t.Context(), db)
		synctest.Wait()
		if err := b.Close(); err == nil {
			t.Error("no word about the request that hangs")
		}
		close(release)
		synctest.Wait()
	})
}

func (b *bench) wantErrAny(want error) {
	b.Helper()
	b.Invalidate(db)
	b.wantErr(want)
}

func TestHooksOfCache(t *testing.T) {
	timed(t, "51 hooks disturb nobody and may call the cache", func(t *testing.T) {
		b := newBench(t)
		block := make(chan struct{})
		var good atomic.Int32
		b.OnRotate(db, func(old, new *secretsregistry.Value) { <-block })
		b.OnRotate(db, func(old, new *secretsregistry.Value) { panic("hook") })
		cancel := b.OnRotate(db, func(old, new *secretsregistry.Value) {
			if v, err := b.Get(t.Context(), db); err != nil || v.Version() != new.Version() {
				t.Error(err)
			}
			b.OnRotate(db, func(old, new *secretsregistry.Value) {})()
			good.Add(1)
		})
		b.get()
		for range 40 {
			b.mock.Rotate(db)
			b.Invalidate(db)
			began := time.Now()
			b.get()
			if time.Since(began) != 0 {
				t.Error("Get waited")
			}
			synctest.Wait()
		}
		if good.Load() != 40 {
			t.Errorf("%d calls", good.Load())
		}
		cancel()
		cancel()
		b.mock.Rotate(db)
		b.Invalidate(db)
		b.get()
		synctest.Wait()
		if good.Load() != 40 {
			t.Error("called after cancel")
		}
		close(block)
	})
}

func TestWatch(t *testing.T) {
	timed(t, "47, 49 hints make fetches, a thousand make few", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		b := newBenchOver(t, m, m)
		b.get()
		synctest.Wait()
		n := m.Fetches()
		m.Break(devmock.Slow(devmock.FaultNone, time.Second))
		for range 1000 {
			m.Rotate(db)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if k := m.Fetches() - n; k > 3 {
			t.Errorf("%d requests", k)
		}
		if v := b.get().Version(); v != "v1001" {
			t.Errorf("version %s", v)
		}
	})
	timed(t, "48 a broken subscription is renewed and read again", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		w := &brokenWatch{plain: plain{m}}
		b := newBenchOver(t, m, w)
		b.get()
		time.Sleep(time.Minute)
		m.Rotate(db) // no event
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if v := b.get().Version(); v != "v2" || w.calls.Load() < 4 {
			t.Errorf("version %s after %d subscriptions", v, w.calls.Load())
		}
	})
	timed(t, "50 without events it polls", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db))
		w := &brokenWatch{plain: plain{m}, err: secretsregistry.ErrWatchUnsupported}
		b := newBenchOver(t, m, w)
		b.get()
		m.Rotate(db)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if v := b.get().Version(); v != "v2" || w.calls.Load() != 1 {
			t.Errorf("version %s after %d subscriptions", v, w.calls.Load())
		}
	})
}

type brokenWatch struct {
	plain
	err   error
	calls atomic.Int32
}

func (w *brokenWatch) Watch(ctx context.Context, _ string, _ func()) error {
	w.calls.Add(1)
	if w.err != nil {
		return w.err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
		return errors.New("connection lost")
	}
}

func TestDynamic(t *testing.T) {
	leased := func(t *testing.T, p func(*devmock.Manager) secretsregistry.Provider) *bench {
		m := devmock.New(devmock.WithPaths(db))
		m.SetLease(db, time.Hour)
		return newBenchOver(t, m, p(m), secretsregistry.WithDefaultPolicy(secretsregistry.KindDBDynamic.Policy()))
	}
	full := func(m *devmock.Manager) secretsregistry.Provider { return m }
	timed(t, "53 renewed while that is possible", func(t *testing.T) {
		b := leased(t, full)
		b.get()
		synctest.Wait()
		n := b.mock.Fetches()
		time.Sleep(24 * time.Hour)
		if v := b.get(); v.Stale() || b.mock.Fetches() != n {
			t.Errorf("stale %v, %d reads", v.Stale(), b.mock.Fetches()-n)
		}
	})
	timed(t, "53 a successor in time, the old lease ended after it", func(t *testing.T) {
		b := leased(t, func(m *devmock.Manager) secretsregistry.Provider { return &noRenew{Manager: m} })
		old, _ := b.get().Field("password")
		synctest.Wait()
		b.mock.Rotate(db)
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		now, _ := b.get().Field("password")
		if now == old || len(b.mock.Revoked()) > 1 {
			t.Errorf("revoked %v", b.mock.Revoked())
		}
		shows(t, b.reg, old+" "+now, "[REDACTED:payments/db/password@v1] [REDACTED:payments/db/password@v2]")
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if len(b.mock.Revoked()) == 0 {
			t.Error("the first lease was not revoked")
		}
		b.Close() // 45
		if r := b.mock.Revoked(); len(r) < 2 {
			t.Errorf("revoked at Close: %v", r)
		}
	})
	timed(t, "57 a lease revoked at the server is read again, not served", func(t *testing.T) {
		b := leased(t, full)
		b.get()
		synctest.Wait()
		n := b.mock.Fetches()
		for i := 1; i <= n; i++ {
			b.mock.Revoke(t.Context(), fmt.Sprintf("%s/lease-%d", db, i))
		}
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if b.mock.Fetches() == n || b.get().Stale() {
			t.Error("no new lease")
		}
	})
	timed(t, "53 a renewal that is not allowed leads to a successor", func(t *testing.T) {
		b := leased(t, func(m *devmock.Manager) secretsregistry.Provider {
			return &noRenew{Manager: m, err: secretsregistry.ErrDenied}
		})
		b.get()
		synctest.Wait()
		b.mock.Rotate(db)
		b.mock.Script(devmock.FaultUnavailable) // the first try fails: the old one is still good
		for range 50 {
			time.Sleep(time.Minute)
			b.get()
		}
		if v := b.get().Version(); v != "v2" {
			t.Errorf("version %s", v)
		}
	})
	timed(t, "55 what makes users is not repeated blindly", func(t *testing.T) {
		b := leased(t, func(m *devmock.Manager) secretsregistry.Provider { return &noRenew{Manager: m, mutates: true} })
		b.get()
		synctest.Wait()
		n := b.mock.Fetches()
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(time.Hour)
		synctest.Wait()
		if k := b.mock.Fetches() - n; k > 12 {
			t.Errorf("%d requests until the end of the lease", k)
		}
		k := b.mock.Fetches()
		time.Sleep(time.Hour)
		synctest.Wait()
		if b.mock.Fetches() != k {
			t.Errorf("%d requests after it that nobody asked for", b.mock.Fetches()-k)
		}
	})
}

// noRenew is a manager whose leases are at their maximum.
type noRenew struct {
	*devmock.Manager
	mutates bool
	err     error
}

func (n *noRenew) Renew(context.Context, string, time.Duration) (time.Duration, error) {
	return time.Second, n.err
}
func (n *noRenew) MutatingFetch(string) bool { return n.mutates }
func (n *noRenew) Watch(context.Context, string, func()) error {
	return secretsregistry.ErrWatchUnsupported
}
