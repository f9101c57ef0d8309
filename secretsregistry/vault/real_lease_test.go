package vault

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

func users(t testing.TB, v *vaultd) int {
	t.Helper()
	list, _ := v.must(t, "GET", "dyn/users", nil)["users"].([]any)
	return len(list)
}

func TestRealLeases(t *testing.T) {
	v := startVault(t)
	v.must(t, "POST", "sys/mounts/dyn", obj{"type": "dynamic"})
	p, _ := newProvider(t, v, Token(v.Token))
	ctx := t.Context()

	t.Run("VLT-20 each read makes a user with a lease; revoke removes it", func(t *testing.T) {
		a, err := p.fetch(ctx, "dyn/creds/60s/300s")
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.fetch(ctx, "dyn/creds/60s/300s")
		if err != nil {
			t.Fatal(err)
		}
		if a.fields["password"] == b.fields["password"] || a.lease != time.Minute || a.leaseID == "" || !a.renew || a.version != "" {
			t.Errorf("lease %v, renewable %v", a.lease, a.renew)
		}
		if n := users(t, v); n != 2 {
			t.Errorf("%d users", n)
		}
		for _, r := range []*reading{a, b, a} { // a second revoke is no error
			if err := p.Revoke(ctx, r.leaseID); err != nil {
				t.Error(err)
			}
		}
		for range 100 {
			if users(t, v) == 0 {
				return
			}
			time.Sleep(20 * time.Millisecond) // Vault revokes in the background
		}
		t.Errorf("%d users left", users(t, v))
	})
	t.Run("VLT-21 renew, capped by the maximum of the lease", func(t *testing.T) {
		r, err := p.fetch(ctx, "dyn/creds/5s/20s")
		if err != nil {
			t.Fatal(err)
		}
		if d, err := p.Renew(ctx, r.leaseID, 10*time.Second); err != nil || d != 10*time.Second {
			t.Errorf("%v, %v", d, err)
		}
		if d, err := p.Renew(ctx, r.leaseID, time.Hour); err != nil || d > 20*time.Second || d < 10*time.Second {
			t.Errorf("%v, %v", d, err)
		}
	})
	t.Run("VLT-22 a lease revoked on the server is dead", func(t *testing.T) {
		r, err := p.fetch(ctx, "dyn/creds/60s/300s")
		if err != nil {
			t.Fatal(err)
		}
		v.must(t, "PUT", "sys/leases/revoke", obj{"lease_id": r.leaseID, "sync": true})
		_, err = p.Renew(ctx, r.leaseID, 0)
		wantErr(t, err, secretsregistry.ErrRevoked, "lease not found")
		if handle := r.leaseID[strings.LastIndexByte(r.leaseID, '/'):]; strings.Contains(err.Error(), handle) {
			t.Error("the error shows the handle of the lease")
		}
	})
	t.Run("VLT-23 a lease is no longer than the token that made it", func(t *testing.T) {
		v.policy(t, "dyn", `path "dyn/*" { capabilities = ["read"] }`)
		m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"dyn"}, "ttl": "30s"})
		p, _ := newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)))
		r, err := p.fetch(ctx, "dyn/creds/1h/2h")
		if err != nil {
			t.Fatal(err)
		}
		if r.lease > 30*time.Second || r.lease < 20*time.Second {
			t.Errorf("lease %v under a token of 30s", r.lease)
		}
	})
	t.Run("VLT-24 static roles: their ttl, and two answers not to believe", func(t *testing.T) {
		set := func(ttl int, rotated, password string) {
			v.must(t, "POST", "dyn/static/app", obj{"answer": obj{
				"username": "app", "password": password, "ttl": ttl, "last_vault_rotation": rotated, "rotation_period": 3600}})
		}
		get := func() *reading {
			r, err := p.fetch(ctx, "dyn/static-creds/app")
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		set(600, "2026-01-01T00:00:00Z", "static-password-1")
		r := get()
		if r.lease != 10*time.Minute || len(r.fields) != 2 {
			t.Errorf("lease %v, %d fields", r.lease, len(r.fields))
		}
		set(0, "2026-01-01T00:00:00Z", "static-password-1")
		if r := get(); r.lease != repoll {
			t.Errorf("a ttl of 0 gives %v", r.lease)
		}
		set(3600, "2026-01-01T00:00:00Z", "static-password-1")
		if r := get(); r.lease != repoll {
			t.Errorf("a ttl that grew without a rotation gives %v", r.lease)
		}
		set(3600, "2026-01-01T01:00:00Z", "static-password-2")
		if r := get(); r.lease != time.Hour {
			t.Errorf("after the rotation: %v", r.lease)
		}
	})
}
