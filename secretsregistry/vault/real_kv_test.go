package vault

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

func TestRealKV(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.kv(t, "old", 1)
	p, _ := newProvider(t, v, Token(v.Token), WithPreviousVersions(2))
	ctx := t.Context()

	t.Run("VLT-1 version 2: version, previous versions, both spellings", func(t *testing.T) {
		for _, pw := range []string{"first-password", "second-password", "third-password"} {
			v.put(t, "secret/data/payments/db", obj{"password": pw, "port": 5432, "tls": obj{"key": "k<&>"}})
		}
		for _, path := range []string{"secret/data/payments/db", "secret/payments/db", "/secret/payments/db/"} {
			r, err := p.fetch(ctx, path)
			if err != nil {
				t.Fatal(err)
			}
			if r.version != "v3" || r.fields["password"] != "third-password" || r.fields["port"] != "5432" || r.fields["tls"] != `{"key":"k<&>"}` {
				t.Errorf("%s: version %q, %d fields", path, r.version, len(r.fields))
			}
			if len(r.previous) != 2 || r.previous[0].version != "v2" || r.previous[0].fields["password"] != "second-password" || r.previous[1].version != "v1" {
				t.Errorf("%s: %d previous versions", path, len(r.previous))
			}
		}
	})
	t.Run("VLT-1 check-and-set: a lost race leaves the winner", func(t *testing.T) {
		if _, status := v.try("POST", "secret/data/payments/db", obj{"options": obj{"cas": 2}, "data": obj{"password": "loser-password"}}); status != 400 {
			t.Fatalf("a stale check-and-set gave HTTP %d", status)
		}
		v.must(t, "POST", "secret/data/payments/db", obj{"options": obj{"cas": 3}, "data": obj{"password": "winner-password"}})
		r, err := p.fetch(ctx, "secret/payments/db")
		if err != nil || r.version != "v4" || r.fields["password"] != "winner-password" {
			t.Fatalf("%v", err)
		}
	})
	t.Run("VLT-2 a deleted version is an authoritative no", func(t *testing.T) {
		v.put(t, "secret/data/gone", obj{"password": "gone-password"})
		v.must(t, "DELETE", "secret/data/gone", nil)
		_, err := p.fetch(ctx, "secret/gone")
		wantErr(t, err, secretsregistry.ErrNotFound, "version deleted")
		v.must(t, "POST", "secret/undelete/gone", obj{"versions": []int{1}})
		if r, err := p.fetch(ctx, "secret/gone"); err != nil || r.version != "v1" {
			t.Fatalf("after undelete: %v", err)
		}
		v.must(t, "POST", "secret/destroy/gone", obj{"versions": []int{1}})
		_, err = p.fetch(ctx, "secret/gone")
		wantErr(t, err, secretsregistry.ErrNotFound, "version destroyed")
	})
	t.Run("VLT-2 a deleted previous version is left out", func(t *testing.T) {
		v.put(t, "secret/data/gap", obj{"password": "gap-password-1"})
		v.put(t, "secret/data/gap", obj{"password": "gap-password-2"})
		v.put(t, "secret/data/gap", obj{"password": "gap-password-3"})
		v.must(t, "POST", "secret/destroy/gap", obj{"versions": []int{2}})
		r, err := p.fetch(ctx, "secret/gap")
		if err != nil || len(r.previous) != 1 || r.previous[0].version != "v1" {
			t.Fatalf("%v, %d previous", err, len(r.previous))
		}
	})
	t.Run("VLT-2 a path or a mount that is not there", func(t *testing.T) {
		for _, path := range []string{"secret/nothing", "secret/data/nothing", "old/nothing", "nomount/data/x", "nomount/x"} {
			_, err := p.fetch(ctx, path)
			wantErr(t, err, secretsregistry.ErrNotFound, "")
		}
	})
	t.Run("VLT-3 delete_version_after is an end of life", func(t *testing.T) {
		v.must(t, "POST", "secret/metadata/mortal", obj{"delete_version_after": "1h"})
		v.put(t, "secret/data/mortal", obj{"password": "mortal-password"})
		r, err := p.fetch(ctx, "secret/mortal")
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Until(r.expires); d < 59*time.Minute || d > time.Hour+time.Minute {
			t.Errorf("expires in %v", d)
		}
	})
	t.Run("VLT-4 version 1: no version, no lease", func(t *testing.T) {
		v.must(t, "POST", "old/payments/db", obj{"password": "old-password"})
		r, err := p.fetch(ctx, "old/payments/db")
		if err != nil || r.version != "" || r.lease != 0 || r.fields["password"] != "old-password" || len(r.fields) != 1 {
			t.Fatalf("%v", err)
		}
	})
	t.Run("VLT-5 rollback is a higher version", func(t *testing.T) {
		v.put(t, "secret/data/payments/db", obj{"password": "first-password"})
		if r, err := p.fetch(ctx, "secret/payments/db"); err != nil || r.version != "v5" || r.fields["password"] != "first-password" {
			t.Fatalf("%v", err)
		}
	})
	t.Run("VLT-6 a path cannot leave its secret", func(t *testing.T) {
		for _, path := range []string{"", "secret/../sys/mounts", "secret/./x", "secret//x", "secret/x?version=1", "secret/x#y", "secret/%2e%2e/x", "a\nb"} {
			_, err := p.fetch(ctx, path)
			wantErr(t, err, secretsregistry.ErrNotFound, "path not usable")
		}
	})
}

func TestRealPolicies(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/payments/db", obj{"password": "first-password"})
	v.put(t, "secret/data/payments/db", obj{"password": "second-password"})
	v.put(t, "secret/data/other/db", obj{"password": "other-password"})
	token := func(t *testing.T, rules string) string {
		v.policy(t, "p", rules)
		m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"p"}, "ttl": "1h"})
		return m["auth"].(obj)["client_token"].(string)
	}
	t.Run("VLT-7 read on the data path is enough", func(t *testing.T) {
		p, _ := newProvider(t, v, Token(token(t, `path "secret/data/payments/*" { capabilities = ["read"] }`)))
		r, err := p.fetch(t.Context(), "secret/payments/db")
		if err != nil || r.version != "v2" || len(r.previous) != 1 {
			t.Fatalf("%v", err)
		}
		_, err = p.fetch(t.Context(), "secret/other/db")
		wantErr(t, err, secretsregistry.ErrDenied, "permission denied")
	})
	t.Run("VLT-7 an unknown token is a denial", func(t *testing.T) {
		p, _ := newProvider(t, v, Token("hvs.not-a-token-at-all"))
		_, err := p.fetch(t.Context(), "secret/payments/db")
		wantErr(t, err, secretsregistry.ErrDenied, "permission denied")
	})
	t.Run("VLT-7 a token without the default policy works", func(t *testing.T) {
		v.policy(t, "bare", `path "secret/data/payments/*" { capabilities = ["read"] }`)
		m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"bare"}, "no_default_policy": true})
		p, _ := newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)))
		if _, err := p.fetch(t.Context(), "secret/data/payments/db"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRealSeal(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "sealed-password"})
	p, _ := newProvider(t, v, Token(v.Token))
	if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
		t.Fatal(err)
	}
	v.must(t, "PUT", "sys/seal", nil)
	_, err := p.fetch(t.Context(), "secret/a")
	wantErr(t, err, nil, "sealed")
	for _, k := range v.Keys {
		v.must(t, "PUT", "sys/unseal", obj{"key": k})
	}
	if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
		t.Fatalf("VLT-8 after unseal: %v", err)
	}
}

// wantErr checks the class of an error and that its text is our own. A nil
// class means transient: none of the authoritative ones.
func wantErr(t *testing.T, err, class error, text string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, c := range []error{secretsregistry.ErrNotFound, secretsregistry.ErrDenied, secretsregistry.ErrRevoked, secretsregistry.ErrMalformed} {
		if errors.Is(err, c) != (c == class) {
			t.Errorf("%v: is %v: %v", err, c, errors.Is(err, c))
		}
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q does not say %q", err, text)
	}
	var e *Error
	if !errors.As(err, &e) && !errors.Is(err, context.Canceled) {
		t.Errorf("error of type %T", err)
	}
}
