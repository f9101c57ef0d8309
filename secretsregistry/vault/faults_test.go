package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const leak = "leaked-secret-value"

// through returns a provider that has found its mount and its token, and the
// proxy before the fake server.
func through(t *testing.T, opts ...Option) (*Provider, *faultProxy, *fakeVault) {
	t.Helper()
	f := newFake(t)
	f.put("a", `{"password":"`+leak+`"}`)
	proxy := newFaultProxy(t, f.URL)
	p, err := New(proxy.URL, Token("fake-token-for-tests"), (&recorder{}).put, append([]Option{WithPreviousVersions(0)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
		t.Fatal(err)
	}
	proxy.requests.Store(0)
	return p, proxy, f
}

func wantNoLeak(t *testing.T, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%U", "%d", "%g"} {
		if s := fmt.Sprintf(verb, err); strings.Contains(s, leak) {
			t.Errorf("VLT-40 %s of the error shows the answer: %s", verb, s)
		}
	}
	var all func(error)
	all = func(err error) {
		if err == nil {
			return
		}
		if strings.Contains(err.Error(), leak) {
			t.Errorf("VLT-40 a wrapped error shows the answer: %v", err)
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			all(u.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				all(e)
			}
		}
	}
	all(err)
}

// Every fault has its class, costs one request, and its error shows nothing of
// the answer.
func TestFaults(t *testing.T) {
	p, proxy, _ := through(t, WithTimeout(time.Minute))
	for _, c := range []struct {
		name  string
		fault fault
		class error
		says  string
		calls int64
	}{
		{"hang", hang, nil, "timeout", 1},
		{"latency beyond the deadline", latency(5 * time.Second), nil, "timeout", 1},
		{"reset", reset, nil, "", 1},
		{"end of file", eof, nil, "", 1},
		{"one byte a second", trickle(time.Second), nil, "timeout", 1},
		{"400", answer(400, `{"errors":["`+leak+`"]}`), nil, "refused", 1},
		{"403", answer(403, `{"errors":["`+leak+`"]}`), secretsregistry.ErrDenied, "permission denied", 1},
		{"404", answer(404, `{"errors":["`+leak+`"]}`), secretsregistry.ErrNotFound, "not found", 1},
		{"404 with a warning", answer(404, `{"warnings":["`+leak+`"]}`), secretsregistry.ErrNotFound, "not found", 1},
		{"404 that is no JSON", answer(404, leak), secretsregistry.ErrNotFound, "not found", 1},
		{"412", answer(412, leak), nil, "", 1},
		{"429", answer(429, `{"errors":["`+leak+`"]}`), nil, "rate limited", 1},
		{"500", answer(500, `{"errors":["`+leak+`"]}`), nil, "server error", 1},
		{"502 from a proxy", answer(502, "<html>"+leak), nil, "server error", 1},
		{"503 sealed", sealed, nil, "sealed", 1},
		{"200 that is no JSON", answer(200, "<html>"+leak), secretsregistry.ErrMalformed, "malformed", 1},
		{"200 with an array", answer(200, `["`+leak+`"]`), secretsregistry.ErrMalformed, "malformed", 1},
		{"200 with null", answer(200, `null`), secretsregistry.ErrMalformed, "malformed", 1},
		{"200 empty", answer(200, ``), secretsregistry.ErrMalformed, "malformed", 1},
		{"200 with another object", answer(200, `{"password":"`+leak+`"}`), secretsregistry.ErrMalformed, "no data", 1},
		{"200 with null data", answer(200, `{"data":{"data":null,"metadata":{"version":3,"deletion_time":"x"}}}`), secretsregistry.ErrMalformed, "no data", 1},
		{"200 without a version", answer(200, `{"data":{"data":{"password":"`+leak+`"},"metadata":{}}}`), secretsregistry.ErrMalformed, "no data", 1},
		{"200 twice", answer(200, `{"data":{"data":{"p":"`+leak+`"},"metadata":{"version":1}}}{"data":1}`), secretsregistry.ErrMalformed, "malformed", 1},
		{"204", answer(204, ``), secretsregistry.ErrMalformed, "no data", 1},
		{"202", answer(202, `{"data":{"data":{"p":"`+leak+`"},"metadata":{"version":1}}}`), nil, "unexpected", 1},
		{"an answer without end", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			junk := []byte(strings.Repeat(leak, 1000))
			for r.Context().Err() == nil {
				if _, err := w.Write(junk); err != nil {
					return
				}
			}
		}, nil, "too large", 1},
	} {
		t.Run("VLT-41 "+c.name, func(t *testing.T) {
			proxy.requests.Store(0)
			proxy.set(c.fault)
			if p.timeout = time.Minute; c.says == "timeout" { // on a busy machine the others take long too
				p.timeout = 300 * time.Millisecond
			}
			_, err := p.fetch(t.Context(), "secret/a")
			p.timeout = time.Minute
			proxy.set(nil)
			wantErr(t, err, c.class, c.says)
			wantNoLeak(t, err)
			if n := proxy.requests.Load(); n > c.calls && c.class != secretsregistry.ErrDenied {
				t.Errorf("VLT-42 %d requests on the wire: something retries", n)
			}
			p.mu.Lock() // a 404 made it forget the mount
			p.mounts["secret"] = mountInfo{"secret", kv2}
			p.mu.Unlock()
		})
	}
	if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
		t.Errorf("VLT-43 after all faults: %v", err)
	}
}

// A body that was cut at any byte is never taken for a secret, whether the
// connection breaks or a proxy passes the part off as the whole.
func TestTruncation(t *testing.T) {
	p, proxy, f := through(t)
	resp, err := http.Get(f.URL + "/v1/secret/data/a")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	for n := range body {
		for name, fault := range map[string]fault{"cut": truncate(n), "passed off": short(n)} {
			proxy.set(fault)
			r, err := p.fetch(t.Context(), "secret/a")
			// The last byte is a line feed: the object is whole without it.
			if err == nil && (name == "cut" || n < len(body)-1 || r.fields["password"] != leak) {
				t.Fatalf("VLT-44 %s at byte %d: taken", name, n)
			}
			wantNoLeak(t, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	p, proxy, _ := through(t)
	proxy.set(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(429)
	})
	_, err := p.fetch(t.Context(), "secret/a")
	var e *Error
	if !errors.As(err, &e) || e.RetryAfter != 7*time.Second {
		t.Errorf("VLT-45 %v", err)
	}
}

func TestCancellation(t *testing.T) {
	p, proxy, _ := through(t)
	ctx, cancel := context.WithCancel(t.Context())
	proxy.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) { cancel(); <-r.Context().Done() })
	_, err := p.fetch(ctx, "secret/a")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("VLT-46 %v", err)
	}
	wantErr(t, err, nil, "cancelled")
}

// Credentials are registered before a request carries them.
func TestRegisteredBeforeUse(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"`+leak+`"}`)
	rec := &recorder{}
	f.onToken = func(c string) {
		if c != "" && !rec.knows(c) {
			t.Error("VLT-9 a request carries a credential that was not registered before")
		}
	}
	p, err := New(f.URL, AppRole("role-id", "secret-id-for-tests"), rec.put)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.fetch(t.Context(), "secret/a"); err != nil {
		t.Fatal(err)
	}
	if !rec.knows("secret-id-for-tests") || !rec.knows("fake-client-token") {
		t.Error("VLT-9 not registered")
	}

	t.Run("VLT-9 what cannot be registered is not used", func(t *testing.T) {
		proxy := newFaultProxy(t, f.URL)
		for name, c := range map[string]struct {
			a    Auth
			fail error
		}{
			"refused":           {Token("fake-token-for-tests"), errors.New(leak)},
			"refused secret id": {AppRole("role-id", "secret-id-for-tests"), errors.New(leak)},
			"refused wrapping":  {WrappedToken("wrapping-token-for-tests"), errors.New(leak)},
			"too short":         {Token("root"), nil},
		} {
			rec := &recorder{fail: c.fail}
			p, err := New(proxy.URL, c.a, rec.put)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.fetch(t.Context(), "secret/a")
			wantErr(t, err, nil, "not used")
			wantNoLeak(t, err)
			if n := proxy.requests.Load(); n != 0 {
				t.Errorf("%s: %d requests", name, n)
			}
			p.Close()
		}
	})
	t.Run("VLT-9 nothing comes from the environment", func(t *testing.T) {
		t.Setenv("VAULT_TOKEN", "environment-token")
		t.Setenv("VAULT_NAMESPACE", "environment-namespace")
		t.Setenv("VAULT_ADDR", "http://127.0.0.1:1")
		t.Setenv("VAULT_MAX_RETRIES", "9")
		seen := false
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = seen || r.Header.Get("X-Vault-Token") == "environment-token" || r.Header.Get("X-Vault-Namespace") != ""
			f.ServeHTTP(w, r)
		}))
		defer s.Close()
		p, err := New(s.URL, AppRole("role-id", "secret-id-for-tests"), rec.put)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.fetch(t.Context(), "secret/a"); err != nil || seen {
			t.Errorf("%v, %v", err, seen)
		}
	})
}

func TestAddress(t *testing.T) {
	for _, addr := range []string{"", "vault:8200", "ftp://vault", "http://", "https://user:" + leak + "@vault", "http://%zz" + leak} {
		_, err := New(addr, Token("x"), (&recorder{}).put)
		if err == nil {
			t.Errorf("%q taken", addr)
		}
		wantNoLeak(t, err)
	}
}

func TestTLS(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"`+leak+`"}`)
	s := httptest.NewUnstartedServer(f)
	s.Config.ErrorLog = silent
	s.StartTLS()
	defer s.Close()
	get := func(addr string, opts ...Option) error {
		p, err := New(addr, Token("fake-token-for-tests"), (&recorder{}).put, opts...)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		_, err = p.fetch(t.Context(), "secret/a")
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	if err := get(s.URL, WithTLS(&tls.Config{RootCAs: roots})); err != nil {
		t.Errorf("VLT-47 %v", err)
	}
	wantErr(t, get(s.URL), nil, "certificate not trusted")
	wantErr(t, get(s.URL, WithTLS(&tls.Config{RootCAs: roots, ServerName: "elsewhere.test"})), nil, "certificate not trusted")
	wantErr(t, get(strings.Replace(s.URL, "https", "http", 1)), nil, "")
	wantErr(t, get(strings.Replace(f.URL, "http", "https", 1)), nil, "TLS failed")
	wantErr(t, get("http://127.0.0.1:1"), nil, "dial failed")
	wantErr(t, get("http://vault.invalid:8200", WithTimeout(3*time.Second)), nil, "")
}

// No formatter shows a credential, also not inside a foreign struct.
func TestHidden(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"`+leak+`"}`)
	auths := []Auth{Token("token-" + leak), AppRole("role", "secret-id-"+leak), AppRoleWrapped("role", "wrapping-"+leak), WrappedToken("wrapping-" + leak)}
	p, err := New(f.URL, auths[0], func(...redact.Secret) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r, err := p.fetch(t.Context(), "secret/a")
	if err != nil || r.fields["password"] != leak {
		t.Fatal(err)
	}
	current := p.current.Load()
	foreign := struct {
		p *Provider
		a []Auth
		s *session
	}{p, auths, current}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%U", "%g", "%t", "%c", "%p"} {
		s := fmt.Sprintf(verb+verb+verb+verb, p, auths, foreign, *current)
		if strings.Contains(s, leak) {
			t.Errorf("VLT-48 %s shows a credential", verb)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"data":{"data":{"password":"x"},"metadata":{"version":3}}}`)
	f.Add(`{"data":{"data":null,"metadata":{"version":1e99,"deletion_time":"x"}},"lease_duration":-1}`)
	f.Add(`{"data":{"ttl":9223372036854775807,"last_vault_rotation":"x"}}`)
	p, err := New("http://127.0.0.1:1", Token("x"), func(...redact.Secret) error { return nil })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) { // no answer makes it panic, or a version out of none
		s, err := decode(strings.NewReader(body))
		if err != nil {
			return
		}
		if r, n := kv2Reading(s); r != nil && (n < 1 || r.version != "v"+itoa(n)) {
			t.Errorf("version %d", n)
		}
		fields(s.Data)
		if d, ok := p.staticTTL("p", s.Data, time.Now()); ok && d <= 0 {
			t.Errorf("ttl %v", d)
		}
		deleted(&Error{}, s)
		parseEvent([]byte(body))
		_, _ = (login{use: func(string, string) error { return nil }}).granted(&api.Secret{Data: s.Data, Auth: s.Auth})
	})
}
