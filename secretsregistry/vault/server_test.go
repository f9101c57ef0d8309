package vault

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// A vaultd is a real Vault as a child process; see vaulttest.
type vaultd struct {
	Addr  string   `json:"addr"`
	Token string   `json:"token"`
	Keys  []string `json:"keys"`
	http  *http.Client
	cmd   *exec.Cmd
}

// startVault runs the server for one test. Where it was not built the test is
// skipped, unless .ci/vault runs it.
func startVault(t testing.TB, args ...string) *vaultd {
	t.Helper()
	bin, err := filepath.Abs("vaulttest/vaultd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin); err != nil {
		if os.Getenv("TAGOUT_VAULT") == "required" {
			t.Fatalf("the real Vault is not built: %v", err)
		}
		t.Skip("the real Vault is not built: run '.ci/vault build'")
	}
	v := &vaultd{http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	v.cmd = exec.Command(bin, args...)
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	v.cmd.Stderr = nil // dropped
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("vaultd said nothing: %v", err)
	}
	if err := json.Unmarshal(line, v); err != nil {
		t.Fatal("vaultd did not start")
	}
	return v
}

func (v *vaultd) signal(s syscall.Signal) { _ = v.cmd.Process.Signal(s) }

func (v *vaultd) kill() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

// try makes a request as root.
func (v *vaultd) try(method, path string, body any) (map[string]any, int) {
	b, _ := json.Marshal(body)
	ttl, wrap := strings.CutPrefix(method, "WRAP ")
	if wrap {
		method = "POST"
	} else if ttl, wrap = strings.CutPrefix(method, "WRAPGET "); wrap {
		method = "GET"
	}
	req, err := http.NewRequest(method, v.Addr+"/v1/"+path, bytes.NewReader(b))
	if err != nil {
		return nil, 0
	}
	req.Header.Set("X-Vault-Token", v.Token)
	if wrap {
		req.Header.Set("X-Vault-Wrap-TTL", ttl)
	}
	resp, err := v.http.Do(req)
	if err != nil {
		return nil, 0
	}
	defer resp.Body.Close()
	var m map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&m)
	return m, resp.StatusCode
}

func (v *vaultd) must(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	m, status := v.try(method, path, body)
	if status < 200 || status > 299 {
		t.Fatalf("%s %s: HTTP %d: %v", method, path, status, m)
	}
	if d, ok := m["data"].(map[string]any); ok {
		return d
	}
	return m
}

type obj = map[string]any

// kv mounts a KV engine at path and waits until it is ready.
func (v *vaultd) kv(t testing.TB, path string, version int) {
	t.Helper()
	v.try("DELETE", "sys/mounts/"+path, nil) // the server comes with one at secret/
	v.must(t, "POST", "sys/mounts/"+path, obj{"type": "kv", "options": obj{"version": fmt.Sprint(version)}})
	for range 100 {
		probe := path + "/ready"
		if version == 2 {
			probe = path + "/data/ready"
		}
		if _, status := v.try("POST", probe, obj{"data": obj{"ready": "yes"}}); status/100 == 2 {
			return
		}
		time.Sleep(20 * time.Millisecond) // the engine upgrades itself in the background
	}
	t.Fatal("the KV engine does not come up")
}

func (v *vaultd) put(t testing.TB, path string, fields obj) {
	t.Helper()
	v.must(t, "POST", path, obj{"data": fields})
}

func (v *vaultd) policy(t testing.TB, name, rules string) {
	t.Helper()
	v.must(t, "PUT", "sys/policies/acl/"+name, obj{"policy": rules})
}

// A recorder stands for a registry: it keeps the names and values that were
// registered, in order.
type recorder struct {
	mu    sync.Mutex
	names []string
	src   *redact.Matcher
	all   []redact.Secret
	fail  error
}

func (r *recorder) put(secrets ...redact.Secret) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	for _, s := range secrets {
		r.names = append(r.names, s.Name())
	}
	all := append(r.all, secrets...)
	m, err := redact.NewMatcher(all)
	if err != nil {
		return err
	}
	r.all, r.src = all, m
	return nil
}

// knows reports whether a value was registered.
func (r *recorder) knows(value string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.src != nil && value != "" && !strings.Contains(r.src.String("<"+value+">"), value)
}

func (r *recorder) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.names {
		if n == name {
			return true
		}
	}
	return false
}

func newProvider(t testing.TB, v *vaultd, a Auth, opts ...Option) (*Provider, *recorder) {
	t.Helper()
	r := &recorder{}
	p, err := New(v.Addr, a, r.put, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, r
}

// trust lets the test's own requests accept the server's certificate.
func (v *vaultd) trust(c *tls.Config) {
	v.http.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: c}
}
