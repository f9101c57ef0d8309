package secretsregistry_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// entry returns what the list says of one version.
func (b *bench) entry(version string) secretsregistry.Entry {
	b.Helper()
	for _, e := range b.reg.List() {
		if e.Name == "payments/db/password" && e.Version == version {
			return e
		}
	}
	b.Fatalf("no version %s: %s", version, states(b.reg))
	return secretsregistry.Entry{}
}

// REG-18: what a status page shows of a current value: when it is read again,
// when it may not be served any more, whether it is stale.
func TestListTellsTimes(t *testing.T) {
	timed(t, "fresh, stale, ended, fresh again", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(100*time.Second), secretsregistry.WithMaxStale(50*time.Second))
		t0 := time.Now()
		b.get()
		e := b.entry("v1")
		if in := e.NextRefresh.Sub(t0); in < 65*time.Second || in > 75*time.Second {
			t.Errorf("next refresh in %v", in)
		}
		if !e.Expires.Equal(t0.Add(150*time.Second)) || e.Stale {
			t.Errorf("expires in %v, stale %v", e.Expires.Sub(t0), e.Stale)
		}
		p := b.Health().Paths[0]
		if !p.NextRefresh.Equal(e.NextRefresh) || !p.Expires.Equal(e.Expires) {
			t.Errorf("%+v", p)
		}
		b.mock.Break(devmock.FaultUnavailable)
		time.Sleep(110 * time.Second)
		synctest.Wait()
		if e := b.entry("v1"); !e.Stale || !e.Expires.Equal(t0.Add(150*time.Second)) || !e.NextRefresh.After(time.Now()) {
			t.Errorf("%+v", e)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if e := b.entry("v1"); !e.Expires.IsZero() || e.Health != secretsregistry.Failed {
			t.Errorf("%+v", e)
		}
		b.mock.Break(devmock.FaultNone)
		time.Sleep(time.Minute)
		synctest.Wait()
		if e := b.entry("v1"); e.Stale || !e.Expires.After(time.Now()) || !e.NextRefresh.After(time.Now()) {
			t.Errorf("%+v", e)
		}
	})
	timed(t, "bounded by a lease", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Hour), secretsregistry.WithMaxStale(time.Hour))
		b.mock.SetLease(db, 10*time.Minute)
		t0 := time.Now()
		b.get()
		if e := b.entry("v1"); !e.Expires.Equal(t0.Add(10 * time.Minute)) {
			t.Errorf("%+v", e)
		}
	})
	timed(t, "bounded by an expiry", func(t *testing.T) {
		end := time.Now().Add(7 * time.Minute)
		b := newBenchOver(t, nil, secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
			return payload("v1", secretsregistry.WithExpiry(end)), nil
		}), secretsregistry.WithTTL(time.Hour), secretsregistry.WithMaxStale(time.Hour))
		b.get()
		if e := b.entry("v1"); !e.Expires.Equal(end) {
			t.Errorf("%+v", e)
		}
	})
	timed(t, "nobody asks any more", func(t *testing.T) {
		b := newBench(t, secretsregistry.WithTTL(time.Minute), secretsregistry.WithIdleTTL(time.Hour))
		b.get()
		time.Sleep(100 * time.Hour)
		synctest.Wait()
		if e := b.entry("v1"); !e.NextRefresh.IsZero() || e.Health != secretsregistry.Healthy {
			t.Errorf("%+v", e)
		}
	})
	synctest.Test(t, func(t *testing.T) { // put by hand, and graces
		r := secretsregistry.New(secretsregistry.WithGrace(48 * time.Hour))
		put(t, r, secret("db", "v1", "value-one-1"))
		put(t, r, secret("db", "v2", "value-two-2"))
		rotated := time.Now()
		if err := r.PutPending(secret("db", "v3", "value-three-3")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		want := map[string]time.Time{"v1": rotated.Add(48 * time.Hour), "v2": {}, "v3": {}}
		for _, e := range r.List() {
			if !e.Expires.Equal(want[e.Version]) || !e.NextRefresh.IsZero() || e.Stale {
				t.Errorf("%+v", e)
			}
		}
	})
}

// REG-8: without a grace, a value that had a lease stays for 24 hours after its
// end, and any other for ever.
func TestLeasesEndWithoutGrace(t *testing.T) {
	timed(t, "8", func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(db, "static"))
		m.SetLease(db, time.Hour)
		reg := secretsregistry.New()
		c := secretsregistry.NewCache(plain{m}, reg, secretsregistry.WithSeed(1))
		defer c.Close()
		var values [2]string
		began := time.Now()
		for i, path := range []string{db, "static"} {
			v, err := c.Get(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			values[i], _ = v.Field("password")
			m.Rotate(path)
			m.Rotate(path) // so that it is not listed as previous
			c.Invalidate(path)
			if _, err := c.Get(t.Context(), path); err != nil {
				t.Fatal(err)
			}
		}
		both := values[0] + " " + values[1]
		time.Sleep(time.Until(began.Add(25*time.Hour - 1)))
		synctest.Wait()
		shows(t, reg, both, "[REDACTED:payments/db/password@v1] [REDACTED:static/password@v1]")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, reg, both, values[0]+" [REDACTED:static/password@v1]")
		time.Sleep(10 * 365 * 24 * time.Hour)
		synctest.Wait()
		shows(t, reg, both, values[0]+" [REDACTED:static/password@v1]")
	})
}

// REG-11: retired values are 10,000 at most by default.
func TestDefaultRetiredLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New()
		var all []redact.Secret
		var names []string
		for i := range 10_005 {
			names = append(names, fmt.Sprint("db", i))
			all = append(all, secret(names[i], "v1", fmt.Sprint("value-number-", i)))
		}
		put(t, r, all...)
		r.Remove(names[:5]...)
		time.Sleep(time.Hour)
		r.Remove(names[5:]...)
		time.Sleep(secretsregistry.MinGrace)
		synctest.Wait()
		if s := r.Status(); s.Evicted != 5 || s.Retired != 10_000 {
			t.Errorf("%+v", s)
		}
		shows(t, r, "value-number-4. value-number-5.", "value-number-4. [REDACTED:db5@v1].")
	})
}

// REG-13: the counts of versions that are gone are kept under their name.
func TestHitsOfVersionsThatAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := secretsregistry.New(secretsregistry.WithGrace(secretsregistry.MinGrace))
		sink := redact.NewSink(r, "slog")
		const n = 100
		for i := range n {
			value := fmt.Sprintf("value-number-%03d", i)
			put(t, r, secret("db", fmt.Sprint("v", i), value))
			for range i % 3 {
				sink.Event().String(value)
			}
			time.Sleep(time.Hour)
		}
		synctest.Wait()
		sum := uint64(0)
		for _, h := range r.Hits() {
			sum += h.Count
		}
		if k := len(r.Hits()); sum != n-1 || k > 30 {
			t.Errorf("%d hits in %d counters", sum, k)
		}
		if h := r.Hits()[0]; h.Version != "" || h.Name != "db" || h.Count < 70 {
			t.Errorf("%+v", h)
		}
	})
}

// REG-12: a machine that slept has a stale registry soon after, and a clock that
// is set back makes nothing younger.
func TestMaxAgeAndSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slept atomic.Int64
		wall := func() time.Time { return time.Now().Add(time.Duration(slept.Load())).Round(0) }
		r := secretsregistry.New(secretsregistry.WithMaxAge(time.Hour), secretsregistry.WithFailClosed(), secretsregistry.WithWall(wall))
		put(t, r, secret("db", "v1", "value-one-1"))
		slept.Store(int64(8 * time.Hour))
		time.Sleep(15 * time.Second)
		synctest.Wait()
		shows(t, r, "anything", "[REDACTED:unavailable]")
		if s := r.Status(); !s.Stale || s.Age < 8*time.Hour {
			t.Errorf("%+v", s)
		}
		r.Confirm()
		shows(t, r, "anything", "anything")
		slept.Store(0)
		time.Sleep(time.Hour - 1)
		synctest.Wait()
		shows(t, r, "anything", "anything")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		shows(t, r, "anything", "[REDACTED:unavailable]")
	})
}

// REG-19: by option nothing that goes out names a secret.
func TestOpaqueNames(t *testing.T) {
	key := bytes.Repeat([]byte("k"), 32)
	r := secretsregistry.New(secretsregistry.WithOpaqueNames(), secretsregistry.WithKey(key))
	c := secretsregistry.NewCache(static("hunter2-hunter2"), r)
	defer c.Close()
	if _, err := c.Get(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Register("other/path", secretsregistry.NewPayload(map[string]string{"token": "a-token-of-theirs"}, "v3")); err != nil {
		t.Fatal(err)
	}
	password, token := r.NameID("payments/db/password"), r.NameID("other/path/token")
	if password == token || !regexp.MustCompile(`^id-[0-9a-f]{16}$`).MatchString(password) {
		t.Errorf("ids %s and %s", password, token)
	}
	shows(t, r, "hunter2-hunter2 a-token-of-theirs", "[REDACTED:"+password+"@v1] [REDACTED:"+token+"@v3]")
	redact.NewSink(r, "slog").Event().String("hunter2-hunter2")
	for _, text := range []string{fmt.Sprint(r.List()), fmt.Sprint(r.Hits())} {
		if strings.Contains(text, "payments") || strings.Contains(text, "other") || !strings.Contains(text, password) {
			t.Error(text)
		}
	}
	if same := secretsregistry.New(secretsregistry.WithKey(key)); same.NameID("payments/db/password") != password {
		t.Error("another id under the same key")
	}
	if other := secretsregistry.New(); other.NameID("payments/db/password") == password {
		t.Error("the same id under another key")
	}
	r.Forget(password)
	shows(t, r, "hunter2-hunter2", "hunter2-hunter2")
}
