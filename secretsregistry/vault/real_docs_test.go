package vault

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// documented returns the blocks that the guide marks as tested, by their names.
func documented(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/vault.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, part := range strings.Split(string(b), "<!-- tested: ")[1:] {
		name, rest, _ := strings.Cut(part, " -->\n")
		_, rest, ok := strings.Cut(rest, "```")
		_, rest, ok2 := strings.Cut(rest, "\n")
		block, _, ok3 := strings.Cut(rest, "```\n")
		if !ok || !ok2 || !ok3 {
			t.Fatalf("block %q has no end", name)
		}
		blocks[name] = block
	}
	return blocks
}

func TestRealDocumentedPolicies(t *testing.T) {
	docs := documented(t)
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.must(t, "POST", "sys/mounts/database", obj{"type": "dynamic"})
	v.put(t, "secret/data/payments/db", obj{"password": "documented-password-1"})
	v.put(t, "secret/data/payments/db", obj{"password": "documented-password-2"})
	v.put(t, "secret/data/billing/db", obj{"password": "other-password"})
	policies := 0
	for name, rules := range docs {
		if name, ok := strings.CutPrefix(name, "policy "); ok {
			if name == "payments-events" { // this server does not know the second rule's words yet
				rules, _, _ = strings.Cut(rules, "# Vault 1.16")
			}
			v.policy(t, name, rules)
			policies++
		}
	}
	if policies != 4 {
		t.Fatalf("%d policies in the guide", policies)
	}
	with := func(t *testing.T, policies ...string) *Provider {
		m := v.must(t, "POST", "auth/token/create", obj{"policies": policies, "ttl": "1h"})
		p, _ := newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)), WithPollInterval(20*time.Millisecond))
		return p
	}
	t.Run("VLT-60 reading takes one rule, and gives nothing else", func(t *testing.T) {
		p := with(t, "payments-read")
		r, err := p.Fetch(t.Context(), "secret/payments/db")
		if err != nil || r.Version() != "v2" || len(r.Previous()) != 1 {
			t.Fatal(err)
		}
		for _, path := range []string{"secret/billing/db", "database/users", "sys/mounts"} {
			if _, err := p.Fetch(t.Context(), path); err == nil {
				t.Errorf("%s can be read", path)
			}
		}
	})
	t.Run("VLT-60 events", func(t *testing.T) {
		hints, _ := watching(t, with(t, "payments-read", "payments-events"), "secret/payments/db")
		wantHint(t, hints, "connected")
		v.put(t, "secret/data/payments/db", obj{"password": "documented-password-3"})
		hintAgain(t, hints, "an event", func() { v.put(t, "secret/data/payments/db", obj{"password": "documented-password-3"}) })
	})
	t.Run("VLT-60 polling", func(t *testing.T) {
		hints, _ := watching(t, with(t, "payments-read", "payments-poll"), "secret/payments/db")
		wantHint(t, hints, "first look")
		v.put(t, "secret/data/payments/db", obj{"password": "documented-password-4"})
		wantHint(t, hints, "a change")
	})
	t.Run("VLT-60 leases", func(t *testing.T) {
		// The engine of the tests has other paths than a database.
		v.policy(t, "payments-database", strings.ReplaceAll(docs["policy payments-database"], "database/creds/payments", "database/creds/60s/300s"))
		p := with(t, "payments-database")
		r, err := p.fetch(t.Context(), "database/creds/60s/300s")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Renew(t.Context(), r.leaseID, time.Minute); err != nil {
			t.Error(err)
		}
		if err := p.Revoke(t.Context(), r.leaseID); err != nil {
			t.Error(err)
		}
	})
	t.Run("VLT-60 the role of AppRole, secret id wrapped", func(t *testing.T) {
		var role obj
		if err := json.Unmarshal([]byte(docs["approle role"]), &role); err != nil {
			t.Fatal(err)
		}
		v.must(t, "POST", "sys/auth/approle", obj{"type": "approle"})
		v.must(t, "POST", "auth/approle/role/payments", role)
		id := v.must(t, "GET", "auth/approle/role/payments/role-id", nil)["role_id"].(string)
		m, _ := v.try("WRAP 5m", "auth/approle/role/payments/secret-id", obj{})
		p, _ := newProvider(t, v, AppRoleWrapped(id, m["wrap_info"].(obj)["token"].(string)))
		if _, err := p.Fetch(t.Context(), "secret/payments/db"); err != nil {
			t.Error(err)
		}
	})
	t.Run("VLT-60 the role of JWT", func(t *testing.T) {
		var role obj
		if err := json.Unmarshal([]byte(docs["jwt role"]), &role); err != nil {
			t.Fatal(err)
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		v.must(t, "POST", "sys/auth/jwt", obj{"type": "jwt"})
		v.must(t, "POST", "auth/jwt/config", obj{"jwt_validation_pubkeys": []string{string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}})
		v.must(t, "POST", "auth/jwt/role/payments", role)
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(accountToken(t, key, "app", time.Hour)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _ := newProvider(t, v, JWT("payments", FromFile(file)))
		if _, err := p.Fetch(t.Context(), "secret/payments/db"); err != nil {
			t.Error(err)
		}
	})
}

func TestRealDocumentedConfiguration(t *testing.T) {
	v := startVault(t)
	file := filepath.Join(t.TempDir(), "vault.hcl")
	check := func(text string) error {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(v.cmd.Path, "-parse", file).Run()
	}
	config := documented(t)["server configuration"]
	if err := check(config); err != nil {
		t.Errorf("VLT-61 Vault does not take the guide's configuration: %v", err)
	}
	if check(strings.Replace(config, "tls_min_version", "tls_minimum", 1)) == nil {
		t.Error("the check finds nothing")
	}
}

// The real server behind TLS with a CA of its own, as the guide sets it up.
func TestRealTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "vault.pem"), filepath.Join(dir, "vault-key.pem")
	selfSigned(t, cert, key)
	v := startVault(t, "-cert", cert, "-key", key)
	ca, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	v.trust(&tls.Config{RootCAs: roots})
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "tls-password"})

	clearEnv(t)
	t.Setenv("VAULT_ADDR", v.Addr)
	t.Setenv("VAULT_TOKEN", v.Token)
	_, err = fetchFromEnv(t)
	wantErr(t, err, nil, "certificate not trusted")
	t.Setenv("VAULT_CACERT", cert)
	p, err := fetchFromEnv(t)
	if err != nil {
		t.Fatalf("VLT-62 %v", err)
	}
	hints, _ := watching(t, p, "secret/a")
	wantHint(t, hints, "connected")
	v.put(t, "secret/data/a", obj{"password": "tls-password-2"})
	hintAgain(t, hints, "VLT-62 an event over TLS", func() { v.put(t, "secret/data/a", obj{"password": "tls-password-2"}) })
}

func fetchFromEnv(t *testing.T) (*Provider, error) {
	t.Helper()
	p, err := FromEnv("", (&recorder{}).put)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	_, err = p.Fetch(t.Context(), "secret/a")
	return p, err
}

func selfSigned(t *testing.T, cert, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vault"}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
