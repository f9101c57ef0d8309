package secretsregistry_test

import (
	"bytes"
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
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

func secret(name, version, value string) redact.Secret {
	return redact.NewSecret(name, version, []byte(value))
}

func put(t *testing.T, r *secretsregistry.Registry, s ...redact.Secret) {
	t.Helper()
	if err := r.Put(s...); err != nil {
		t.Fatal(err)
	}
}

func shows(t *testing.T, r *secretsregistry.Registry, in, want string) {
	t.Helper()
	if got := r.Matcher().String(in); got != want {
		t.Errorf("String(%q) = %q, want %q", in, got, want)
	}
}

// states returns the list as name@version=state.
func states(r *secretsregistry.Registry) string {
	var s []string
	for _, e := range r.List() {
		s = append(s, fmt.Sprintf("%s@%s=%s", e.Name, e.Version, e.State))
	}
	return strings.Join(s, " ")
}

func wantStates(t *testing.T, r *secretsregistry.Registry, want string) {
	t.Helper()
	if got := states(r); got != want {
		t.Errorf("List: %s\nwant  %s", got, want)
	}
}

// REG-1: a value is redacted when Put returns.
func TestPutIsInForceWhenItReturns(t *testing.T) {
	r := secretsregistry.New()
	shows(t, r, "pw hunter2-hunter2", "pw hunter2-hunter2")
	put(t, r, secret("db", "v1", "hunter2-hunter2"))
	shows(t, r, "pw hunter2-hunter2", "pw [REDACTED:db@v1]")
}

// REG-2: versions in all states are redacted under their own tags.
func TestEveryStateIsRedacted(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("db", "v1", "value-one-1"))
	put(t, r, secret("db", "v2", "value-two-2"))
	put(t, r, secret("db", "v3", "value-three-3"))
	if err := r.PutPending(secret("db", "v4", "value-four-4")); err != nil {
		t.Fatal(err)
	}
	wantStates(t, r, "db@v3=current db@v4=pending db@v2=previous db@v1=retired")
	shows(t, r, "value-one-1 value-two-2 value-three-3 value-four-4",
		"[REDACTED:db@v1] [REDACTED:db@v2] [REDACTED:db@v3] [REDACTED:db@v4]")
	put(t, r, secret("db", "v4", "value-four-4"))
	wantStates(t, r, "db@v4=current db@v3=previous db@v2=retired db@v1=retired")
}

// REG-2: a pending version that is replaced by another is retired, not dropped.
func TestPendingReplaced(t *testing.T) {
	r := secretsregistry.New()
	r.PutPending(secret("db", "p1", "pending-one"))
	r.PutPending(secret("db", "p2", "pending-two"))
	wantStates(t, r, "db@p2=pending db@p1=retired")
	shows(t, r, "pending-one", "[REDACTED:db@p1]")
}

// REG-2: a late pending or previous notice does not demote the current version.
func TestLateNoticesDoNotDemote(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("db", "v2", "value-two-2"))
	r.PutPending(secret("db", "v2", "value-two-2"))
	r.PutPrevious(secret("db", "v1", "value-two-2"))
	wantStates(t, r, "db@v2=current")
	shows(t, r, "value-two-2", "[REDACTED:db@v2]")
}

// REG-3: without a version the keyed fingerprint is shown, and it depends on
// the key.
func TestFingerprintVersion(t *testing.T) {
	key := bytes.Repeat([]byte("k"), 32)
	version := func(opts ...secretsregistry.Option) string {
		r := secretsregistry.New(opts...)
		put(t, r, secret("db", "", "hunter2-hunter2"))
		v := r.List()[0].Version
		shows(t, r, "hunter2-hunter2", "[REDACTED:db@"+v+"]")
		if len(v) != 9 || v[0] != 'h' || strings.Trim(v[1:], "0123456789abcdef") != "" {
			t.Errorf("version %q", v)
		}
		return v
	}
	a, b, c := version(secretsregistry.WithKey(key)), version(secretsregistry.WithKey(key)), version()
	if a != b {
		t.Errorf("same key, versions %s and %s", a, b)
	}
	if a == c || c == version() {
		t.Error("the version does not depend on the key")
	}
	if want := "h" + fmt.Sprintf("%x", secret("db", "", "hunter2-hunter2").Fingerprint(key))[:8]; a != want {
		t.Errorf("version %s, want %s", a, want)
	}
}

func TestKeyTooShortPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a key of 31 bytes was taken")
		}
	}()
	secretsregistry.New(secretsregistry.WithKey(make([]byte, 31)))
}

// REG-4: a value that returns after a rollback is one needle, under the version
// it has now.
func TestRollbackIsOneNeedle(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("db", "v1", "value-one-1"))
	put(t, r, secret("db", "v2", "value-two-2"))
	put(t, r, secret("db", "v3", "value-one-1"))
	wantStates(t, r, "db@v3=current db@v2=previous")
	shows(t, r, "value-one-1", "[REDACTED:db@v3]")
	if n := r.Matcher().Len(); n != 2 {
		t.Errorf("%d needles, want 2", n)
	}
	put(t, r, secret("db", "", "value-one-1"))
	wantStates(t, r, "db@v3=current db@v2=previous")
}

// REG-5: two names with one value: each keeps it without the other.
func TestSharedValue(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("a", "v1", "shared-value"), secret("b", "v1", "shared-value"))
	shows(t, r, "shared-value", "[REDACTED:a@v1,b@v1]")
	r.Forget("a")
	shows(t, r, "shared-value", "[REDACTED:b@v1]")
	r.Forget("b")
	shows(t, r, "shared-value", "shared-value")
}

// REG-6: several values of one version are current together.
func TestSeveralValuesOfOneVersion(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("dsn", "v1", "p%40ssword-1"), secret("dsn", "v1", "p@ssword-1"))
	wantStates(t, r, "dsn@v1=current dsn@v1=current")
	put(t, r, secret("dsn", "v2", "p%40ssword-2"), secret("dsn", "v2", "p@ssword-2"))
	wantStates(t, r, "dsn@v2=current dsn@v2=current dsn@v1=previous dsn@v1=previous")
	put(t, r, secret("dsn", "v2", "p@ssword-2"))
	wantStates(t, r, "dsn@v2=current dsn@v2=previous dsn@v1=retired dsn@v1=retired")
}

// REG-7: what is refused is named, the rest is taken.
func TestPutTakesTheRest(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("b", "v0", "old-value-of-b"))
	err := r.Put(secret("a", "v1", "long-enough"), secret("b", "v1", "short"), redact.Secret{}, secret("c", "v1", "         "))
	var short *redact.ShortSecretError
	if !errors.As(err, &short) || short.Name != "b" || short.Len != 5 {
		t.Errorf("error %v", err)
	}
	var unnamed *redact.UnnamedSecretError
	if !errors.As(err, &unnamed) || unnamed.Index != 2 {
		t.Errorf("error %v", err)
	}
	var blank *redact.BlankSecretError
	if !errors.As(err, &blank) || blank.Name != "c" {
		t.Errorf("error %v", err)
	}
	wantStates(t, r, "a@v1=current b@v0=current")
}

// REG-8: removed values stay for the life of the process by default; Forget
// drops them now.
func TestRemoveAndForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New()
		put(t, r, secret("db pass", "v1", "hunter2-hunter2"))
		r.Remove("db pass", "never seen")
		wantStates(t, r, "db~20pass@v1=retired")
		time.Sleep(20 * 365 * 24 * time.Hour)
		shows(t, r, "hunter2-hunter2", "[REDACTED:db~20pass@v1]")
		r.Forget("db pass", "never seen")
		shows(t, r, "hunter2-hunter2", "hunter2-hunter2")
		if s := r.Status(); !s.Empty {
			t.Errorf("%+v", s)
		}
	})
}

// REG-9: with a grace, a rotated-out value is redacted until its end, and not
// beyond.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithGrace(48 * time.Hour))
		put(t, r, secret("db", "v1", "value-one-1"))
		time.Sleep(100 * time.Hour)
		put(t, r, secret("db", "v2", "value-two-2"))
		time.Sleep(48*time.Hour - 1)
		synctest.Wait()
		shows(t, r, "value-one-1", "[REDACTED:db@v1]")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, r, "value-one-1", "value-one-1")
		shows(t, r, "value-two-2", "[REDACTED:db@v2]")
		time.Sleep(1000 * time.Hour)
		shows(t, r, "value-two-2", "[REDACTED:db@v2]")
	})
}

// REG-9: grace runs from the end of being current, not from each later change.
func TestGraceRunsFromRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithGrace(time.Hour)) // raised to 24 h
		put(t, r, secret("db", "v1", "value-one-1"))
		put(t, r, secret("db", "v2", "value-two-2"))
		time.Sleep(12 * time.Hour)
		put(t, r, secret("db", "v3", "value-three-3")) // v1 goes from previous to retired
		time.Sleep(12*time.Hour - 1)
		synctest.Wait()
		shows(t, r, "value-one-1", "[REDACTED:db@v1]")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, r, "value-one-1", "value-one-1")
		shows(t, r, "value-two-2", "[REDACTED:db@v2]")
	})
}

// REG-10: what the manager lists as previous has no end of grace before it
// stops being listed.
func TestListedPreviousIsPinned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithGrace(24 * time.Hour))
		put(t, r, secret("db", "v2", "value-two-2"))
		if err := r.PutPrevious(secret("db", "v1", "value-one-1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(90 * 24 * time.Hour)
		synctest.Wait()
		shows(t, r, "value-one-1", "[REDACTED:db@v1]")
		put(t, r, secret("db", "v2", "value-two-2")) // read again: no previous one
		time.Sleep(24*time.Hour - 1)
		synctest.Wait()
		shows(t, r, "value-one-1", "[REDACTED:db@v1]")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, r, "value-one-1", "value-one-1")
	})
}

// REG-11: beyond the limit the oldest go first, none within 24 hours, and each
// is counted.
func TestRetiredLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithRetiredLimit(2))
		for i := range 6 {
			put(t, r, secret("db", fmt.Sprint("v", i), fmt.Sprint("value-number-", i)))
			time.Sleep(time.Hour)
		}
		if s := r.Status(); s.Evicted != 0 || s.Retired+s.Live != 6 {
			t.Errorf("within the floor: %+v", s)
		}
		time.Sleep(20*time.Hour - 1) // v0 was retired at 1 h; now is 26 h - 1 ns
		synctest.Wait()
		if s := r.Status(); s.Evicted != 1 {
			t.Errorf("at 26 h: %+v", s)
		}
		shows(t, r, "value-number-0 value-number-1", "value-number-0 [REDACTED:db@v1]")
		time.Sleep(100 * time.Hour)
		synctest.Wait()
		if s := r.Status(); s.Evicted != 3 {
			t.Errorf("at the end: %+v", s)
		}
		wantStates(t, r, "db@v5=current db@v4=previous db@v3=retired")
	})
}

// REG-12: an empty or stale registry fails closed when asked to.
func TestFailClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithFailClosed(), secretsregistry.WithMaxAge(time.Hour))
		shows(t, r, "anything", "[REDACTED:unavailable]")
		put(t, r, secret("db", "v1", "value-one-1"))
		shows(t, r, "anything value-one-1", "anything [REDACTED:db@v1]")
		time.Sleep(time.Hour - 1)
		synctest.Wait()
		r.Confirm()
		time.Sleep(time.Hour - 1)
		synctest.Wait()
		shows(t, r, "anything", "anything")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, r, "anything", "[REDACTED:unavailable]")
		if s := r.Status(); !s.Stale || !s.Closed || s.Age != time.Hour {
			t.Errorf("%+v", s)
		}
		r.Confirm()
		shows(t, r, "anything", "anything")
		r.Forget("db")
		shows(t, r, "anything", "[REDACTED:unavailable]")
	})
}

// REG-12: without that option it goes on with what it knows, and says so.
func TestStaleButOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithMaxAge(time.Hour))
		if s := r.Status(); !s.Empty || s.Closed || s.Age >= 0 {
			t.Errorf("%+v", s)
		}
		put(t, r, secret("db", "v1", "value-one-1"))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		shows(t, r, "anything value-one-1", "anything [REDACTED:db@v1]")
		if s := r.Status(); !s.Stale || s.Closed {
			t.Errorf("%+v", s)
		}
	})
}

// REG-13: hits are counted by name, version, form and sink.
func TestHits(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("db", "v1", "hunter2-hunter2"))
	for _, sink := range []string{"slog", "http", "slog"} {
		redact.NewSink(r, sink).Event().String("x hunter2-hunter2 y")
	}
	got := fmt.Sprint(r.Hits())
	if want := "[{{db v1 raw http} 1} {{db v1 raw slog} 2}]"; got != want {
		t.Errorf("Hits %s, want %s", got, want)
	}
	if n := r.List()[0].Hits; n != 3 {
		t.Errorf("List says %d hits", n)
	}
}

// REG-14: a hook that blocks, and one that panics, disturb nothing; what they
// miss is counted.
func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithEventQueue(4))
		put(t, r, secret("db", "v1", "hunter2-hunter2"))
		release := make(chan struct{})
		var blocked, panicked, good atomic.Int32
		cancels := []func(){
			r.OnRedact(func(secretsregistry.Event) { blocked.Add(1); <-release }),
			r.OnRedact(func(secretsregistry.Event) { panicked.Add(1); panic("hook") }),
			r.OnRedact(func(e secretsregistry.Event) {
				if e.Name == "db" && e.Version == "v1" && e.Sink == "s" && e.Form == redact.FormRaw {
					good.Add(1)
				}
			}),
		}
		sink := redact.NewSink(r, "s")
		for range 10 {
			if got := sink.Event().String("hunter2-hunter2"); got != "[REDACTED:db@v1]" {
				t.Fatal(got)
			}
			synctest.Wait()
		}
		if b, p, g := blocked.Load(), panicked.Load(), good.Load(); b != 1 || p != 10 || g != 10 {
			t.Errorf("blocked %d, panicked %d, good %d", b, p, g)
		}
		if s := r.Status(); s.Dropped != 5 || s.Panics != 10 { // 1 taken, 4 wait
			t.Errorf("%+v", s)
		}
		for _, c := range cancels {
			c()
			c()
		}
		close(release)
		sink.Event().String("hunter2-hunter2")
		synctest.Wait()
		if g := good.Load(); g != 10 {
			t.Errorf("%d events after cancel", g-10)
		}
	})
}

// REG-15: a reader allocates nothing to get its snapshot.
func TestMatcherAllocs(t *testing.T) {
	r := secretsregistry.New()
	put(t, r, secret("db", "v1", "hunter2-hunter2"))
	if n := testing.AllocsPerRun(100, func() { r.Matcher() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	sink := redact.NewSink(r, "s")
	if raceEnabled {
		return // sync.Pool forgets at random
	}
	if n := testing.AllocsPerRun(100, func() { sink.Event().String("nothing to see here") }); n != 0 {
		t.Errorf("%v allocations per clean event", n)
	}
}

// REG-16: 1,000 readers while another rotates: every event is under one
// snapshot, and each version that was ever current is redacted.
func TestReadersDuringRotation(t *testing.T) {
	r := secretsregistry.New()
	value := func(v, half int) string { return fmt.Sprintf("rotating-value-%d-%04d", half, v) }
	rotate := func(v int) error {
		ver := fmt.Sprint("v", v)
		return r.Put(secret("a", ver, value(v, 0)), secret("b", ver, value(v, 1)))
	}
	var current atomic.Int64
	if err := rotate(0); err != nil {
		t.Fatal(err)
	}
	const rotations = 25
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 1000 {
		wg.Go(func() {
			sink := redact.NewSink(r, "s")
			for {
				v := int(current.Load())
				ev := sink.Event()
				got := ev.String(value(v, 0) + " " + value(v, 1))
				if want := fmt.Sprintf("[REDACTED:a@v%d] [REDACTED:b@v%d]", v, v); got != want {
					t.Errorf("got %q, want %q", got, want)
					return
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
	for v := 1; v <= rotations; v++ {
		if err := rotate(v); err != nil {
			t.Error(err)
		}
		current.Store(int64(v))
	}
	close(stop)
	wg.Wait()
}

// REG-17: nothing of the registry shows a value, and List shows no name that
// contains one.
func TestHidden(t *testing.T) {
	const canary = "canary-9f8e7d6c5b4a3928"
	r := secretsregistry.New(secretsregistry.WithKey([]byte("canary-key-canary-key-canary-key-")))
	cancel := r.OnRedact(func(secretsregistry.Event) {})
	defer cancel()
	put(t, r, secret("db", "v1", canary), secret("db/"+canary, "v1", "another-value"))
	r.PutPending(secret("db", "v2", canary+"-2"))
	err := r.Put(secret("x/"+canary, "v1", canary[:4]))
	r.Matcher().String("x " + canary)
	redacttest.CheckHidden(t, canary, r, r.Matcher(), r.List(), r.Hits(), r.Status(), secret("n", "v", canary))
	redacttest.CheckHidden(t, "canary-key-canary-key-canary-key-", r)
	_ = err
}
