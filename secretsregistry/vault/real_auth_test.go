package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const readAll = `path "secret/*" { capabilities = ["read", "list"] }
path "dyn/*" { capabilities = ["read"] }`

// withAppRole enables AppRole with one role and returns its ids.
func withAppRole(t testing.TB, v *vaultd, role obj) (roleID string, secretID func() string) {
	t.Helper()
	v.policy(t, "app", readAll)
	v.try("POST", "sys/auth/approle", obj{"type": "approle"})
	role["token_policies"] = "app"
	v.must(t, "POST", "auth/approle/role/app", role)
	roleID = v.must(t, "GET", "auth/approle/role/app/role-id", nil)["role_id"].(string)
	return roleID, func() string {
		return v.must(t, "POST", "auth/approle/role/app/secret-id", obj{})["secret_id"].(string)
	}
}

func TestRealAppRole(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "approle-password"})
	roleID, secretID := withAppRole(t, v, obj{"token_ttl": "1h"})

	t.Run("VLT-10 logs in, credentials registered", func(t *testing.T) {
		id := secretID()
		p, rec := newProvider(t, v, AppRole(roleID, id))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		if !rec.knows(id) || !rec.knows(p.current.Load().client().Token()) {
			t.Error("secret id or token not registered")
		}
		if id := p.Identity(); id != "auth/approle role id "+roleID {
			t.Errorf("identity %q", id)
		}
		if !rec.has("vault/auth/secret-id") || !rec.has("vault/auth/token") {
			t.Errorf("registered %v", rec.names)
		}
	})
	t.Run("VLT-10 secret id from a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "secret-id")
		if err := os.WriteFile(file, []byte(secretID()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _ := newProvider(t, v, AppRoleFile(roleID, file))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("VLT-10 a wrong secret id is a denial", func(t *testing.T) {
		p, _ := newProvider(t, v, AppRole(roleID, "5c9aa8a1-0000-0000-0000-000000000000"))
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "login")
	})
	t.Run("VLT-11 a token that was revoked is replaced once", func(t *testing.T) {
		p, _ := newProvider(t, v, AppRole(roleID, secretID()))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		first := p.current.Load().client().Token()
		v.must(t, "POST", "auth/token/revoke", obj{"token": first})
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		if p.current.Load().client().Token() == first {
			t.Error("the revoked token is still in use")
		}
	})
	t.Run("VLT-11 a policy's no costs no new token", func(t *testing.T) {
		p, _ := newProvider(t, v, AppRole(roleID, secretID()))
		_, err := p.fetch(t.Context(), "forbidden/a")
		wantErr(t, err, secretsregistry.ErrDenied, "permission denied")
		first := p.current.Load()
		for range 3 {
			_, err = p.fetch(t.Context(), "forbidden/a")
			wantErr(t, err, secretsregistry.ErrDenied, "permission denied")
		}
		if p.current.Load() != first {
			t.Error("logged in again")
		}
	})
	t.Run("VLT-12 Close revokes the token that login made", func(t *testing.T) {
		p, _ := newProvider(t, v, AppRole(roleID, secretID()))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		token := p.current.Load().client().Token()
		p.Close()
		p.Close()
		if _, status := v.try("POST", "auth/token/lookup", obj{"token": token}); status != 403 {
			t.Errorf("lookup of the token after Close: HTTP %d", status)
		}
		if _, err := p.fetch(t.Context(), "secret/a"); err == nil {
			t.Error("a closed provider reads")
		}
	})
}

func TestRealWrapping(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "wrapped-password"})
	roleID, _ := withAppRole(t, v, obj{"token_ttl": "1h"})
	wrap := func(path string, body obj) string {
		m, status := v.try("WRAP 5m", path, body)
		if status != 200 {
			t.Fatalf("wrap %s: HTTP %d", path, status)
		}
		return m["wrap_info"].(obj)["token"].(string)
	}
	t.Run("VLT-13 secret id in a wrapping token", func(t *testing.T) {
		w := wrap("auth/approle/role/app/secret-id", obj{})
		p, rec := newProvider(t, v, AppRoleWrapped(roleID, w))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		if !rec.knows(w) || rec.names[0] != "vault/auth/wrapping-token" {
			t.Errorf("registered %v", rec.names)
		}
		p.dropped(p.current.Load()) // a second login uses the unwrapped id
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("VLT-13 a wrapping token that somebody used is an alarm", func(t *testing.T) {
		w := wrap("auth/approle/role/app/secret-id", obj{})
		if _, status := v.try("POST", "sys/wrapping/unwrap", obj{"token": w}); status != 200 {
			t.Fatal(status)
		}
		p, _ := newProvider(t, v, AppRoleWrapped(roleID, w))
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "somebody else")
	})
	t.Run("VLT-13 a wrapping token from elsewhere is not unwrapped", func(t *testing.T) {
		w := wrap("sys/wrapping/wrap", obj{"secret_id": "planted-secret-id"})
		p, _ := newProvider(t, v, AppRoleWrapped(roleID, w))
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "made elsewhere")
		if _, status := v.try("POST", "sys/wrapping/unwrap", obj{"token": w}); status != 200 {
			t.Error("it was used up all the same")
		}
	})
	t.Run("VLT-13 a secret in a wrapping token", func(t *testing.T) {
		p, rec := newProvider(t, v, Token(v.Token))
		read := func() string {
			m, status := v.try("WRAPGET 5m", "secret/data/a", nil)
			if status != 200 {
				t.Fatal(status)
			}
			return m["wrap_info"].(obj)["token"].(string)
		}
		w := read()
		got, err := p.Unwrap(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if pw, _ := got.Field("password"); pw != "wrapped-password" || got.Version() != "v1" || !rec.knows(w) {
			t.Error("wrong secret, or the token is not registered")
		}
		_, err = p.Unwrap(t.Context(), w)
		wantErr(t, err, secretsregistry.ErrDenied, "used up")
	})
	t.Run("VLT-13 token in a wrapping token", func(t *testing.T) {
		w := wrap("auth/token/create", obj{"policies": []string{"app"}, "ttl": "1h"})
		p, rec := newProvider(t, v, WrappedToken(w))
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
			t.Fatal(err)
		}
		if !rec.knows(w) || !rec.knows(p.current.Load().client().Token()) {
			t.Error("not registered")
		}
		v.must(t, "POST", "auth/token/revoke", obj{"token": p.current.Load().client().Token()})
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "")
	})
}

// accountToken makes a JWT as Kubernetes mounts it into pods.
func accountToken(t testing.TB, key *ecdsa.PrivateKey, account string, life time.Duration) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	now := time.Now()
	text := part(obj{"alg": "ES256", "typ": "JWT"}) + "." + part(obj{
		"iss": "https://kubernetes.default.svc", "aud": []string{"vault"}, "sub": "system:serviceaccount:payments:" + account,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix(),
		"kubernetes.io": obj{"namespace": "payments", "serviceaccount": obj{"name": account}},
	})
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func TestRealWorkloadIdentity(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "identity-password"})
	v.policy(t, "app", readAll)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	for _, mount := range []string{"jwt", "kubernetes", "kubernetes-prod"} {
		v.must(t, "POST", "sys/auth/"+mount, obj{"type": "jwt"})
		v.must(t, "POST", "auth/"+mount+"/config", obj{"jwt_validation_pubkeys": []string{public}, "bound_issuer": "https://kubernetes.default.svc"})
		v.must(t, "POST", "auth/"+mount+"/role/payments", obj{
			"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"},
			"bound_subject": "system:serviceaccount:payments:app", "token_policies": "app", "token_ttl": "1h",
		})
	}
	file := filepath.Join(t.TempDir(), "token")
	write := func(t *testing.T, account string, life time.Duration) string {
		jwt := accountToken(t, key, account, life)
		if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
			t.Fatal(err)
		}
		return jwt
	}
	for name, a := range map[string]Auth{
		"JWT":               JWT("payments", FromFile(file)),
		"Kubernetes":        Kubernetes("payments", FromFile(file)),
		"Kubernetes, mount": Kubernetes("payments", FromFile(file), AtMount("kubernetes-prod")),
	} {
		t.Run("VLT-14 "+name, func(t *testing.T) {
			jwt := write(t, "app", time.Hour)
			p, rec := newProvider(t, v, a)
			if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
				t.Fatal(err)
			}
			if !rec.knows(jwt) || rec.names[0] != "vault/auth/jwt" {
				t.Errorf("the service account's token was not registered first: %v", rec.names)
			}
			// Kubernetes rotates the file; the next login reads the new one.
			jwt = write(t, "app", 2*time.Hour)
			p.dropped(p.current.Load())
			if _, err := p.fetch(t.Context(), "secret/a"); err != nil || !rec.knows(jwt) {
				t.Errorf("after the rotation of the file: %v", err)
			}
		})
	}
	t.Run("VLT-14 another account is denied", func(t *testing.T) {
		write(t, "intruder", time.Hour)
		p, _ := newProvider(t, v, Kubernetes("payments", FromFile(file)))
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "login")
	})
	t.Run("VLT-14 an expired token is denied", func(t *testing.T) {
		write(t, "app", -time.Hour)
		p, _ := newProvider(t, v, JWT("payments", FromFile(file)))
		_, err := p.fetch(t.Context(), "secret/a")
		wantErr(t, err, secretsregistry.ErrDenied, "login")
	})
}

func TestRealTokenRenewal(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "renewal-password"})
	ctx := context.Background()
	due := func(p *Provider) *session { // as if two thirds of the life were over
		s := *p.current.Load()
		s.renewAt = time.Now()
		p.current.Store(&s)
		return &s
	}
	t.Run("VLT-15 renewed up to its maximum, then a new login before it ends", func(t *testing.T) {
		roleID, secretID := withAppRole(t, v, obj{"token_ttl": "40s", "token_max_ttl": "60s"})
		p, _ := newProvider(t, v, AppRole(roleID, secretID()))
		if _, err := p.fetch(ctx, "secret/a"); err != nil {
			t.Fatal(err)
		}
		first := due(p)
		if _, err := p.fetch(ctx, "secret/a"); err != nil {
			t.Fatal(err)
		}
		renewed := p.current.Load()
		if renewed.client().Token() != first.client().Token() || !renewed.ends.After(first.ends.Add(-time.Second)) {
			t.Fatal("not renewed")
		}
		// Near the maximum of a life Vault grants only the rest. To get there
		// without waiting, the life so far is made long.
		old := due(p)
		short := *old
		short.began = old.began.Add(-time.Hour)
		p.current.Store(&short)
		if _, err := p.fetch(ctx, "secret/a"); err != nil {
			t.Fatal(err)
		}
		if p.current.Load().client().Token() == old.client().Token() {
			t.Error("kept a token near the end of its life")
		}
	})
	t.Run("VLT-15 a given token is renewed, and denied at its end", func(t *testing.T) {
		m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"app"}, "ttl": "2s", "explicit_max_ttl": "3s"})
		p, _ := newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)))
		var err error
		deadline := time.Now().Add(20 * time.Second)
		worked := false
		for time.Now().Before(deadline) {
			if _, err = p.fetch(ctx, "secret/a"); err != nil {
				break
			}
			worked = true
			time.Sleep(50 * time.Millisecond)
		}
		if !worked {
			t.Error("it never worked")
		}
		wantErr(t, err, secretsregistry.ErrDenied, "")
	})
}
