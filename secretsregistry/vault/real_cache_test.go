package vault

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// events of the audit, by operation.
type auditLog struct {
	mu  sync.Mutex
	ops []string
}

func (a *auditLog) add(e secretsregistry.FetchEvent) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ops = append(a.ops, e.Op+" "+e.Class.String())
}

func (a *auditLog) count(op string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.ops {
		if o == op {
			n++
		}
	}
	return n
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Errorf("never: %s", what)
}

func TestRealCacheLeases(t *testing.T) {
	v := startVault(t)
	v.must(t, "POST", "sys/mounts/dyn", obj{"type": "dynamic"})
	open := func(t *testing.T, addr string, opts ...secretsregistry.CacheOption) (*secretsregistry.Cache, *secretsregistry.Registry, *auditLog) {
		reg, log := secretsregistry.New(), &auditLog{}
		p, err := New(addr, Token(v.Token), reg.Put)
		if err != nil {
			t.Fatal(err)
		}
		c := secretsregistry.NewCache(p, reg, append([]secretsregistry.CacheOption{secretsregistry.WithAudit(log.add), secretsregistry.WithMaxStale(0)}, opts...)...)
		t.Cleanup(func() { c.Close(); p.Close() })
		return c, reg, log
	}
	get := func(t *testing.T, c *secretsregistry.Cache, path string) string {
		t.Helper()
		v, err := c.Get(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		pw, _ := v.Field("password")
		return pw
	}
	t.Run("VLT-80 renewed to its maximum, then a successor; both redacted, the old one revoked", func(t *testing.T) {
		const path = "dyn/creds/3s/7s"
		c, reg, log := open(t, v.Addr)
		began := time.Now()
		first := get(t, c, path)
		next := first
		gaps := 0
		for next == first && time.Since(began) < 20*time.Second {
			now, err := c.Get(t.Context(), path)
			if err != nil {
				gaps++
				if secretsregistry.ClassOf(err).Authoritative() {
					t.Fatal(err)
				}
			} else {
				next, _ = now.Field("password")
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Logf("the successor came after %v of at most 7s, %d refusals before it", time.Since(began).Round(10*time.Millisecond), gaps)
		if next == first {
			t.Fatal("no successor")
		}
		if log.count("renew ok") == 0 {
			t.Error("never renewed")
		}
		if s := reg.Matcher().String(first + " " + next); strings.Contains(s, first) || strings.Contains(s, next) {
			t.Error("LEAK: one of the two is not redacted")
		}
		if s := reg.Matcher().String(v.Token); strings.Contains(s, v.Token) {
			t.Error("LEAK: the provider's token is not redacted")
		}
		// The old user stays until the old lease ends, the new one goes on.
		eventually(t, "one user is left", func() bool { return users(t, v) == 1 })
		c.Close()
		eventually(t, "Close revokes the last lease", func() bool { return users(t, v) == 0 })
	})
	t.Run("VLT-81 a lease that is revoked at the server is not served on", func(t *testing.T) {
		const path = "dyn/creds/3s/60s"
		c, _, _ := open(t, v.Addr)
		first := get(t, c, path)
		v.must(t, "PUT", "sys/leases/revoke-prefix/dyn/creds/3s/60s", obj{"sync": true})
		eventually(t, "another user, once the renewal was refused", func() bool {
			now, err := c.Get(t.Context(), path)
			if err != nil {
				return false
			}
			pw, _ := now.Field("password")
			return pw != first && !now.Stale()
		})
		c.Close()
	})
	t.Run("VLT-82 a connection cut after the request makes no second user at once", func(t *testing.T) {
		const path = "dyn/creds/60s/90s"
		eventually(t, "no users of other checks", func() bool { return users(t, v) == 0 })
		proxy := newFaultProxy(t, v.Addr)
		var sent atomic.Int64
		proxy.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if !strings.HasPrefix(r.URL.Path, "/v1/dyn/creds/") {
				pass.ServeHTTP(w, r)
				return
			}
			sent.Add(1)
			truncate(20)(w, r, pass) // Vault did its part
		})
		c, _, _ := open(t, proxy.URL)
		for range 50 {
			if _, err := c.Get(t.Context(), path); err == nil {
				t.Fatal("a value out of half an answer")
			}
			time.Sleep(2 * time.Millisecond)
		}
		if n := users(t, v); n != 1 || sent.Load() != 1 {
			t.Errorf("%d users after %d requests: the read was repeated blindly", n, sent.Load())
		}
	})
}

func TestRealCacheEvents(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "cached-password-0"})
	reg, log := secretsregistry.New(), &auditLog{}
	p, err := New(v.Addr, Token(v.Token), reg.Put)
	if err != nil {
		t.Fatal(err)
	}
	c := secretsregistry.NewCache(p, reg, secretsregistry.WithTTL(time.Hour), secretsregistry.WithAudit(log.add))
	defer func() { c.Close(); p.Close() }()
	if err := c.Start(t.Context(), "secret/a"); err != nil {
		t.Fatal(err)
	}
	rotated := make(chan [2]string, 100)
	eventually(t, "the hints of the connection", func() bool { return log.count("read ok") >= 3 })
	c.OnRotate("secret/a", func(old, new *secretsregistry.Value) { rotated <- [2]string{old.Version(), new.Version()} })
	for i, pw := range []string{"cached-password-1", "cached-password-2", "cached-password-3"} {
		began := time.Now()
		v.put(t, "secret/data/a", obj{"password": pw})
		var version string
		for version == "" && time.Since(began) < 15*time.Second {
			select {
			case r := <-rotated:
				version = r[1]
				t.Logf("VLT-83 rotation in force %v after the write", time.Since(began).Round(100*time.Microsecond))
			case <-time.After(400 * time.Millisecond): // the server lost an event: another one
				v.must(t, "POST", "secret/metadata/a", obj{"max_versions": 10 + int(time.Since(began)/time.Millisecond)})
			}
		}
		if want := "v" + itoa(int64(i+2)); version != want {
			t.Errorf("VLT-83 version %q, want %s", version, want)
		}
		if s := reg.Matcher().String(pw); !strings.Contains(s, "[REDACTED:secret/a/password@v") {
			t.Errorf("VLT-83 shown as %q", s)
		}
	}
	before := log.count("read ok")
	for n := range 200 { // a storm of events
		v.put(t, "secret/data/a", obj{"password": "storm-password-" + itoa(int64(n))})
	}
	tries := 0
	eventually(t, "the last of a storm", func() bool {
		if tries++; tries%40 == 0 { // lost again
			v.must(t, "POST", "secret/metadata/a", obj{"max_versions": 30 + tries})
		}
		got, err := c.Get(t.Context(), "secret/a")
		if err != nil {
			return false
		}
		pw, _ := got.Field("password")
		return pw == "storm-password-199"
	})
	n := log.count("read ok") - before
	t.Logf("VLT-84 %d reads for 200 writes", n)
	if n > 200 {
		t.Errorf("VLT-84 %d reads for 200 writes: events are not coalesced", n)
	}
}
