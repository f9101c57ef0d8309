package main

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A kv is as much of Vault as the command line needs: one secret of KV version 2.
type kv struct {
	mu       sync.Mutex
	versions []string
	extra    map[string]any // further fields
	reads    int            // of the newest version
	status   int            // of every answer, 0: as it should be
}

func (k *kv) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	say := func(v any) { _ = json.NewEncoder(w).Encode(map[string]any{"data": v}) }
	switch path := strings.TrimPrefix(r.URL.Path, "/v1/"); {
	case k.status != 0:
		w.WriteHeader(k.status)
	case r.Header.Get("X-Vault-Token") != "vault-token-of-the-command":
		w.WriteHeader(403)
	case strings.HasPrefix(path, "sys/internal/ui/mounts/"):
		say(map[string]any{"path": "secret/", "type": "kv", "options": map[string]any{"version": "2"}})
	case path == "auth/token/lookup-self":
		say(map[string]any{"ttl": 0})
	case path == "secret/data/payments/db" && !r.URL.Query().Has("version"):
		k.reads++
		n := len(k.versions)
		fields := maps.Clone(k.extra)
		if fields == nil {
			fields = map[string]any{}
		}
		if n > 0 && k.versions[n-1] != "" {
			fields["password"] = k.versions[n-1]
		}
		say(map[string]any{"data": fields, "metadata": map[string]any{"version": n}})
	default:
		w.WriteHeader(404)
	}
}

// piped runs the command line with pipes for its streams.
func piped(t *testing.T, args ...string) (in io.WriteCloser, out io.Reader, messages io.Reader, exit chan int) {
	t.Helper()
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	errR, errW := pipe(t)
	p := &process{in: inR, out: outW, err: errW, environ: []string{"PATH=/bin"}}
	exit = make(chan int, 1)
	go func() {
		code := p.main(args)
		outW.Close()
		errW.Close()
		exit <- code
	}()
	return inW, outR, errR, exit
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestVaultSource(t *testing.T) {
	for _, name := range []string{"VAULT_ADDR", "VAULT_NAMESPACE", "VAULT_ROLE", "VAULT_ROLE_ID", "VAULT_AUTH_METHOD", "VAULT_CACERT", "VAULT_CAPATH", "VAULT_SKIP_VERIFY", "VAULT_CLIENT_CERT", "VAULT_TLS_SERVER_NAME"} {
		t.Setenv(name, "")
	}
	t.Setenv("VAULT_TOKEN", "vault-token-of-the-command")

	t.Run("CLI-23 filter, and a rotation while it runs", func(t *testing.T) {
		k := &kv{versions: []string{"first-password-of-payments"}}
		s := httptest.NewServer(k)
		defer s.Close()
		in, out, messages, exit := piped(t, "filter", "--vault", s.URL, "--path", "secret/data/payments/db", "--vault-refresh", "150ms")
		go io.Copy(io.Discard, messages)
		io.WriteString(in, "one first-password-of-payments, and vault-token-of-the-command\n")
		buf := make([]byte, 1000)
		n, err := out.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got := string(buf[:n])
		k.mu.Lock()
		k.versions = append(k.versions, "second-password-of-payments")
		reads := k.reads
		k.mu.Unlock()
		for seen, end := 0, time.Now().Add(30*time.Second); seen < reads+2; time.Sleep(10 * time.Millisecond) {
			k.mu.Lock()
			seen = k.reads
			k.mu.Unlock()
			if time.Now().After(end) {
				t.Fatal("the secret is not read again")
			}
		}
		io.WriteString(in, "two second-password-of-payments, first-password-of-payments\n")
		in.Close()
		rest, _ := io.ReadAll(out)
		got += string(rest)
		if code := <-exit; code != 0 {
			t.Errorf("exit status %d", code)
		}
		for _, leak := range []string{"first-password", "second-password", "vault-token-of"} {
			if strings.Contains(got, leak) {
				t.Errorf("LEAK of %s", leak)
			}
		}
		for _, tag := range []string{"[REDACTED:secret/data/payments/db/password@v1]", "[REDACTED:secret/data/payments/db/password@v2]", "[REDACTED:vault/auth/token@"} {
			if !strings.Contains(got, tag) {
				t.Errorf("no tag %s in %q", tag, got)
			}
		}
	})
	t.Run("CLI-23 set-up errors end with status 2 before anything is read", func(t *testing.T) {
		k := &kv{versions: []string{"first-password-of-payments"}}
		s := httptest.NewServer(k)
		defer s.Close()
		for name, c := range map[string]struct {
			args   []string
			status int
			says   string
		}{
			"no path":        {[]string{"--vault", s.URL}, 0, "--path"},
			"no such secret": {[]string{"--vault", s.URL, "--path", "secret/data/nothing"}, 0, "not_found"},
			"denied":         {[]string{"--vault", s.URL, "--path", "secret/data/payments/db"}, 403, "denied"},
			"no address":     {[]string{"--path", "secret/data/payments/db"}, 0, "VAULT_ADDR"},
			"bad refresh":    {[]string{"--vault", s.URL, "--path", "x/y", "--vault-refresh", "0s"}, 0, "--vault-refresh"},
		} {
			k.mu.Lock()
			k.status = c.status
			k.mu.Unlock()
			in, out, messages, exit := piped(t, append([]string{"filter"}, c.args...)...)
			in.Close()
			said, _ := io.ReadAll(messages)
			text, _ := io.ReadAll(out)
			if code := <-exit; code != 2 || len(text) != 0 || !strings.Contains(string(said), c.says) {
				t.Errorf("%s: status %d, message %q", name, code, said)
			}
		}
	})
	t.Run("CLI-23 what is not covered is said, and that it cannot be read again", func(t *testing.T) {
		k := &kv{versions: []string{"first-password-of-payments"}, extra: map[string]any{"pin": "1a2b", "username": "app"}}
		s := httptest.NewServer(k)
		defer s.Close()
		in, out, messages, exit := piped(t, "filter", "--vault", s.URL, "--path", "secret/data/payments/db", "--vault-refresh", "100ms")
		go io.Copy(io.Discard, out)
		said := make(chan string, 100)
		go func() {
			lines := bufio.NewScanner(messages)
			for lines.Scan() {
				said <- lines.Text()
			}
			close(said)
		}()
		next := func(want string) {
			t.Helper()
			for end := time.After(30 * time.Second); ; {
				select {
				case line, ok := <-said:
					switch {
					case strings.Contains(line, want):
						return
					case strings.Contains(line, "1a2b") || strings.Contains(line, "username") || !ok:
						t.Fatalf("waiting for %q: %q", want, line)
					}
				case <-end:
					t.Fatalf("%q was not said", want)
				}
			}
		}
		set := func(status int) { k.mu.Lock(); k.status = status; k.mu.Unlock() }
		next("warning: not protected: secret/data/payments/db/pin")
		set(503)
		next("secret/data/payments/db cannot be read again (transient)")
		set(0)
		next("secret/data/payments/db can be read again")
		set(403)
		next("secret/data/payments/db cannot be read again (denied)")
		in.Close()
		if code := <-exit; code != 0 {
			t.Errorf("exit status %d", code)
		}
	})
	t.Run("CLI-23 a path without a secret is nothing to protect", func(t *testing.T) {
		k := &kv{versions: []string{""}, extra: map[string]any{"port": "5432", "username": "app"}}
		s := httptest.NewServer(k)
		defer s.Close()
		in, out, messages, exit := piped(t, "filter", "--vault", s.URL, "--path", "secret/data/payments/db")
		in.Close()
		said, _ := io.ReadAll(messages)
		text, _ := io.ReadAll(out)
		if code := <-exit; code != 2 || len(text) != 0 || !strings.Contains(string(said), "nothing to protect") {
			t.Errorf("status %d, message %q", code, said)
		}
	})
	t.Run("CLI-23 run takes the address from the environment", func(t *testing.T) {
		k := &kv{versions: []string{"first-password-of-payments"}}
		s := httptest.NewServer(k)
		defer s.Close()
		t.Setenv("VAULT_ADDR", s.URL)
		in, out, messages, exit := piped(t, "run", "--path", "secret/data/payments/db", "--", "/bin/echo", "it is first-password-of-payments")
		in.Close()
		go io.Copy(io.Discard, messages)
		text, _ := io.ReadAll(out)
		if code := <-exit; code != 0 || string(text) != "it is [REDACTED:secret/data/payments/db/password@v1]\n" {
			t.Errorf("status %d, %q", code, text)
		}
	})
}
