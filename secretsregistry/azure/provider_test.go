package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const body = "body-with-a-secret-inside"

// A fake speaks as much of Key Vault, of the managed identity endpoint and of
// the token endpoint as a provider needs.
type fake struct {
	*httptest.Server
	t        *testing.T
	rec      *recorder
	mu       sync.Mutex
	versions map[string][]obj // newest last
	fail     func(w http.ResponseWriter, path string) bool
	reads    []string
	tokens   int
}

type obj = map[string]any

func start(t *testing.T, rec *recorder) *fake {
	f := &fake{t: t, rec: rec, versions: map[string][]obj{}}
	f.Server = httptest.NewTLSServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) sent(credential string) {
	if credential != "" && !f.rec.knows(credential) {
		f.t.Error("a request carries a credential that was not registered before")
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasPrefix(r.URL.Path, "/msi"):
		f.sent(r.Header.Get("X-IDENTITY-HEADER"))
		f.tokens++
		fmt.Fprintf(w, `{"access_token":"managed-access-token-%d","expires_on":"%d","resource":"https://vault.azure.net","token_type":"Bearer"}`, f.tokens, time.Now().Add(time.Hour).Unix())
		return
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		base := f.URL + "/11111111-1111-1111-1111-111111111111"
		_ = json.NewEncoder(w).Encode(obj{"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token"})
		return
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		b, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(b))
		f.sent(form.Get("client_assertion"))
		if f.fail != nil && f.fail(w, r.URL.Path) {
			return
		}
		f.tokens++
		fmt.Fprintf(w, `{"access_token":"federated-access-token-%d","expires_in":3600,"token_type":"Bearer"}`, f.tokens)
		return
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), "Bearer ")
	f.sent(token)
	if token == "" { // the challenge: who to ask for a token, and for what
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111", resource="https://vault.azure.net"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	f.reads = append(f.reads, r.URL.Path)
	if f.fail != nil && f.fail(w, r.URL.Path) {
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // secrets NAME [VERSION|versions]
	all := f.versions[parts[1]]
	if len(parts) == 3 && parts[2] == "versions" {
		_ = json.NewEncoder(w).Encode(obj{"value": all})
		return
	}
	for i := len(all) - 1; i >= 0; i-- {
		if id := all[i]["id"].(string); len(parts) < 3 || parts[2] == "" || strings.HasSuffix(id, "/"+parts[2]) {
			_ = json.NewEncoder(w).Encode(all[i])
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(obj{"error": obj{"code": "SecretNotFound", "message": body}})
}

func (f *fake) add(name, version, value string, created int64, more obj) {
	a := obj{"enabled": true, "created": created, "updated": created}
	for k, v := range more {
		a[k] = v
	}
	f.versions[name] = append(f.versions[name], obj{"id": f.URL + "/secrets/" + name + "/" + version, "value": value, "attributes": a})
}

// A recorder stands for a registry.
type recorder struct {
	mu     sync.Mutex
	values *redact.Matcher
	all    []redact.Secret
	fail   error
}

func (r *recorder) put(s ...redact.Secret) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	m, err := redact.NewMatcher(append(r.all, s...))
	if err == nil {
		r.all, r.values = append(r.all, s...), m
	}
	return err
}

func (r *recorder) knows(value string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values != nil && !strings.Contains(r.values.String(value), value)
}

// fixed is a credential of the SDK.
type fixed struct{}

func (fixed) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "fixed-access-token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func provider(t *testing.T, f *fake, c Credential) *Provider {
	t.Helper()
	p, err := New(f.URL, c, f.rec.put, WithTransport(f.Client()), WithAnyHost())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVersions(t *testing.T) {
	f := start(t, &recorder{})
	f.add("payments-db", "11111111aaaa", `{"password":"oldest-password"}`, 1000, nil)
	f.add("payments-db", "22222222aaaa", `{"password":"previous-password"}`, 2000, nil)
	f.add("payments-db", "33333333aaaa", `{"password":"disabled-password"}`, 3000, obj{"enabled": false})
	f.add("payments-db", "44444444aaaa", `{"password":"current-password","port":5432}`, 4000, nil)
	f.add("plain", "55555555aaaa", "just-a-password", 1000, nil)
	f.add("mortal", "66666666aaaa", "mortal-password", 1000, obj{"exp": time.Now().Add(time.Hour).Unix()})
	f.add("dead", "77777777aaaa", "dead-password", 1000, obj{"exp": time.Now().Add(-time.Hour).Unix()})
	p := provider(t, f, Use(fixed{}))

	t.Run("AZ-1 the newest version and the enabled one before it", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "payments-db")
		if err != nil {
			t.Fatal(err)
		}
		wantPayload(t, v, "44444444", map[string]string{"password": "current-password", "port": "5432"}, "22222222")
	})
	t.Run("AZ-1 text that is no JSON object, without a version before it", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "plain")
		if err != nil {
			t.Fatal(err)
		}
		wantPayload(t, v, "55555555", map[string]string{"value": "just-a-password"}, "")
	})
	t.Run("AZ-2 an expiry date ends the life", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "mortal")
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Until(v.Expiry()); d < 59*time.Minute || d > time.Hour {
			t.Errorf("expires in %v", d)
		}
		_, err = p.Fetch(t.Context(), "dead")
		wantClass(t, err, secretsregistry.ErrNotFound)
	})
	t.Run("AZ-1 the version before is never at the price of the newest", func(t *testing.T) {
		f.fail = func(w http.ResponseWriter, path string) bool {
			if strings.HasSuffix(path, "/versions") {
				w.WriteHeader(500)
				return true
			}
			return false
		}
		defer func() { f.fail = nil }()
		if v, err := p.Fetch(t.Context(), "payments-db"); err != nil {
			t.Error(err)
		} else {
			wantPayload(t, v, "44444444", nil, "")
		}
	})
	t.Run("AZ-6 a path cannot leave its secret", func(t *testing.T) {
		for _, path := range []string{"", "a/b", "../keys/x", "a?b", "a%2fb"} {
			_, err := p.Fetch(t.Context(), path)
			wantClass(t, err, secretsregistry.ErrNotFound)
		}
	})
}

func TestErrors(t *testing.T) {
	f := start(t, &recorder{})
	p := provider(t, f, Use(fixed{}))
	for _, c := range []struct {
		status int
		raw    string
		class  error
	}{
		{404, `{"error":{"code":"SecretNotFound","message":"` + body + `"}}`, secretsregistry.ErrNotFound},
		{403, `{"error":{"code":"Forbidden","message":"` + body + `"}}`, secretsregistry.ErrDenied},
		{429, body, nil},
		{500, body, nil},
		{503, "<html>" + body, nil},
		{400, `{"error":{"code":"` + body + `"}}`, nil},
		{200, `{"value":"` + body, secretsregistry.ErrMalformed},
		{200, `{}`, secretsregistry.ErrMalformed},
		{200, `{"value":["` + body + `"]}`, secretsregistry.ErrMalformed},
	} {
		t.Run(fmt.Sprint("AZ-3 ", c.status), func(t *testing.T) {
			f.reads = nil
			f.fail = func(w http.ResponseWriter, _ string) bool {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.raw)
				return true
			}
			_, err := p.Fetch(t.Context(), "payments-db")
			wantClass(t, err, c.class)
			if len(f.reads) != 1 {
				t.Errorf("AZ-4 %d requests on the wire: the SDK retries", len(f.reads))
			}
		})
	}
	t.Run("AZ-3 the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Fetch(ctx, "payments-db"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("AZ-3 an address with credentials is refused unseen", func(t *testing.T) {
		if _, err := New("https://user:"+body+"@x", Use(fixed{}), f.rec.put); err == nil || strings.Contains(err.Error(), body) {
			t.Error(err)
		}
	})
}

func TestIdentity(t *testing.T) {
	t.Run("AZ-5 managed identity", func(t *testing.T) {
		f := start(t, &recorder{})
		f.add("plain", "55555555aaaa", "just-a-password", 1000, nil)
		t.Setenv("IDENTITY_ENDPOINT", f.URL+"/msi/token")
		t.Setenv("IDENTITY_HEADER", "identity-header-secret")
		p := provider(t, f, ManagedIdentity(""))
		if _, err := p.Fetch(t.Context(), "plain"); err != nil {
			t.Fatal(err)
		}
		if !f.rec.knows("managed-access-token-1") || !f.rec.knows("identity-header-secret") {
			t.Error("credentials not registered")
		}
	})
	setup := func(t *testing.T) (*fake, string) {
		f := start(t, &recorder{})
		f.add("plain", "55555555aaaa", "just-a-password", 1000, nil)
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte("service-account-token\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111")
		t.Setenv("AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222")
		t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
		t.Setenv("AZURE_AUTHORITY_HOST", f.URL)
		return f, file
	}
	t.Run("AZ-5 workload identity", func(t *testing.T) {
		f, _ := setup(t)
		p := provider(t, f, WorkloadIdentity())
		if _, err := p.Fetch(t.Context(), "plain"); err != nil {
			t.Fatal(err)
		}
		if !f.rec.knows("service-account-token") || !f.rec.knows("federated-access-token-1") {
			t.Error("credentials not registered")
		}
	})
	t.Run("AZ-5 a refused workload identity is a denial", func(t *testing.T) {
		f, _ := setup(t)
		f.fail = func(w http.ResponseWriter, path string) bool {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s"}`, body)
			return true
		}
		_, err := provider(t, f, WorkloadIdentity()).Fetch(t.Context(), "plain")
		wantClass(t, err, secretsregistry.ErrDenied)
	})
	t.Run("AZ-6 what cannot be registered is not used", func(t *testing.T) {
		f, _ := setup(t)
		f.rec.fail = errors.New("no " + body)
		for name, c := range map[string]Credential{"federated": WorkloadIdentity(), "access token": Use(fixed{})} {
			_, err := provider(t, f, c).Fetch(t.Context(), "plain")
			wantClass(t, err, nil)
			if len(f.reads) != 0 || f.tokens != 0 || !strings.Contains(err.Error(), "registered") {
				t.Errorf("%s: %d requests, %d tokens, %v", name, len(f.reads), f.tokens, err)
			}
		}
	})
}

func TestHidden(t *testing.T) {
	f := start(t, &recorder{})
	f.add("plain", "55555555aaaa", "just-a-password", 1000, nil)
	p := provider(t, f, Use(fixed{}))
	v, err := p.Fetch(t.Context(), "plain")
	if err != nil {
		t.Fatal(err)
	}
	foreign := struct {
		p *Provider
		v *secretsregistry.Payload
	}{p, v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%U", "%g", "%t"} {
		s := fmt.Sprintf(verb+verb+verb, p, v, foreign)
		if strings.Contains(s, "just-a-password") || strings.Contains(s, "fixed-access-token") {
			t.Errorf("AZ-7 %s shows a value", verb)
		}
	}
}

func wantClass(t *testing.T, err, class error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, c := range []error{secretsregistry.ErrNotFound, secretsregistry.ErrDenied, secretsregistry.ErrMalformed} {
		if errors.Is(err, c) != (c == class) {
			t.Errorf("%v: class %v: %v", err, c, errors.Is(err, c))
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, body) {
		t.Errorf("the error shows the answer: %s", err)
	}
}

func wantPayload(t *testing.T, v *secretsregistry.Payload, version string, fields map[string]string, previous string) {
	t.Helper()
	if v.Version() != version {
		t.Errorf("version %q, want %q", v.Version(), version)
	}
	for k, w := range fields {
		if got, _ := v.Field(k); got != w {
			t.Errorf("field %q differs", k)
		}
	}
	if fields != nil && len(v.Names()) != len(fields) {
		t.Errorf("fields %q", v.Names())
	}
	beside(t, v.Previous(), previous)
}

func beside(t *testing.T, all []*secretsregistry.Payload, version string) {
	t.Helper()
	got := ""
	for _, v := range all {
		got += v.Version()
	}
	if got != version {
		t.Errorf("beside it version %q, want %q", got, version)
	}
}
