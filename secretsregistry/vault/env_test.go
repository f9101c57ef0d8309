package vault

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clearEnv makes a test independent of where it runs.
func clearEnv(t *testing.T) string {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "VAULT_") {
			t.Setenv(name, "")
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	return home
}

func TestFromEnv(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"env-password"}`)
	s := httptest.NewUnstartedServer(f)
	s.Config.ErrorLog = silent
	s.StartTLS()
	defer s.Close()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := file("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	id := file("secret-id", "secret-id-in-a-file")

	for name, env := range map[string]map[string]string{
		"token":                        {"VAULT_TOKEN": "token-of-the-environment"},
		"AppRole":                      {"VAULT_ROLE_ID": "role", "VAULT_SECRET_ID": "secret-id-for-tests"},
		"AppRole, file":                {"VAULT_ROLE_ID": "role", "VAULT_SECRET_ID_FILE": id},
		"AppRole chosen":               {"VAULT_AUTH_METHOD": "approle", "VAULT_TOKEN": "unused-token", "VAULT_ROLE_ID": "role", "VAULT_SECRET_ID": "secret-id-for-tests"},
		"directory of CA certificates": {"VAULT_TOKEN": "token-of-the-environment", "VAULT_CACERT": "", "VAULT_CAPATH": filepath.Dir(ca)},
	} {
		t.Run("VLT-50 "+name, func(t *testing.T) {
			if env["VAULT_CAPATH"] != "" {
				only := t.TempDir()
				b, _ := os.ReadFile(ca)
				if err := os.WriteFile(filepath.Join(only, "ca.pem"), b, 0o600); err != nil {
					t.Fatal(err)
				}
				env["VAULT_CAPATH"] = only
			}
			clearEnv(t)
			t.Setenv("VAULT_ADDR", s.URL)
			t.Setenv("VAULT_CACERT", ca)
			for k, v := range env {
				t.Setenv(k, v)
			}
			rec := &recorder{}
			p, err := FromEnv("", rec.put)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			v, err := p.Fetch(t.Context(), "secret/data/a")
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := v.Field("password"); got != "env-password" || v.Version() != "v1" {
				t.Error("wrong secret")
			}
			if rec.has("vault/auth/secret-id") != strings.HasPrefix(name, "AppRole") {
				t.Errorf("registered %q", rec.names)
			}
		})
	}
	t.Run("VLT-50 what vault login left behind", func(t *testing.T) {
		home := clearEnv(t)
		t.Setenv("VAULT_CACERT", ca)
		if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte("token-in-a-file\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		rec := &recorder{}
		p, err := FromEnv(s.URL, rec.put)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Fetch(t.Context(), "secret/a"); err != nil || !rec.knows("token-in-a-file") {
			t.Error(err)
		}
	})
	t.Run("VLT-50 the pod's account", func(t *testing.T) {
		clearEnv(t)
		t.Setenv("VAULT_ROLE", "payments")
		t.Setenv("VAULT_AUTH_MOUNT", "kubernetes-prod")
		a, err := authFromEnv()
		if j, ok := a.(jwtAuth); err != nil || !ok || j.role != "payments" || j.mount != "kubernetes-prod" || j.file != serviceAccount {
			t.Error(err)
		}
	})
	for name, env := range map[string]map[string]string{
		"no address":               {"VAULT_TOKEN": leak},
		"no credentials":           {"VAULT_ADDR": s.URL},
		"verification off":         {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_SKIP_VERIFY": "true"},
		"verification off somehow": {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_SKIP_VERIFY": "yes"},
		"no CA file":               {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_CACERT": filepath.Join(dir, "none")},
		"CA file without a CA":     {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_CACERT": id},
		"half a client cert":       {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_CLIENT_CERT": ca},
		"unknown method":           {"VAULT_ADDR": s.URL, "VAULT_TOKEN": leak, "VAULT_AUTH_METHOD": leak},
		"AppRole without secret":   {"VAULT_ADDR": s.URL, "VAULT_ROLE_ID": "role"},
		"JWT without role":         {"VAULT_ADDR": s.URL, "VAULT_AUTH_METHOD": "jwt"},
	} {
		t.Run("VLT-51 refused: "+name, func(t *testing.T) {
			clearEnv(t)
			for k, v := range env {
				t.Setenv(k, v)
			}
			_, err := FromEnv("", (&recorder{}).put)
			if err == nil {
				t.Error("taken")
			}
			wantNoLeak(t, err)
		})
	}
	t.Run("VLT-52 plain http beyond the machine is reported", func(t *testing.T) {
		for addr, want := range map[string]int{"http://vault:8200": 1, "http://127.0.0.1:8200": 0, "http://[::1]:8200": 0, "https://vault:8200": 0} {
			n := 0
			if _, err := New(addr, Token("x"), (&recorder{}).put, WithNotice(func(string) { n++ })); err != nil || n != want {
				t.Errorf("%s: %v, %d notices", addr, err, n)
			}
		}
	})
}
