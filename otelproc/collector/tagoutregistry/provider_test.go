package tagoutregistry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// over returns a registry with one source that reads a provider.
func over(t *testing.T, p secretsregistry.Provider, paths ...string) *registry {
	t.Helper()
	r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(file("/none", "")))
	if err != nil {
		t.Fatal(err)
	}
	r.log = zap.NewNop()
	r.sources = []*tracked{{source: newProvider("mock", p, paths), prefix: ""}}
	t.Cleanup(func() { r.Shutdown(context.Background()) })
	return r
}

// EXT-11: a manager's versions are shown; previous and staged ones are redacted
// under theirs; what is deleted is retired and does not make the registry stale.
func TestProviderVersions(t *testing.T) {
	m := devmock.New()
	m.Set("db", map[string]string{"password": "first-value-of-db", "user": "some-user-name"})
	r := over(t, m, "db")
	ctx := context.Background()
	refresh := func() {
		t.Helper()
		if err := r.refresh(ctx); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	m.Set("db", map[string]string{"password": "second-value-of-db", "user": "some-user-name"})
	m.Stage("db", map[string]string{"password": "third-value-of-db", "user": "some-user-name"})
	refresh()
	refresh()
	tags := map[string]string{}
	for _, v := range []string{"first", "second", "third"} {
		tags[v] = r.Matcher().String(v + "-value-of-db")
		if !strings.HasPrefix(tags[v], "[REDACTED:db/password@") || strings.Contains(tags[v], "@h") {
			t.Errorf("%s: %s", v, tags[v])
		}
	}
	if tags["first"] == tags["second"] || tags["second"] == tags["third"] {
		t.Error(tags)
	}
	m.Delete("db")
	refresh()
	if got := r.Matcher().String("second-value-of-db"); !strings.HasPrefix(got, "[REDACTED") || r.Unavailable() != "empty" {
		t.Error(got, r.Unavailable())
	}
}

// EXT-2: a path that was never there, and a manager that is down, are failures;
// what is known stays.
func TestProviderFailures(t *testing.T) {
	m := devmock.New(devmock.WithPaths("db"))
	r := over(t, m, "db", "none")
	if err := r.refresh(context.Background()); err == nil || !strings.Contains(err.Error(), "none") {
		t.Error(err)
	}
	r = over(t, m, "db")
	if err := r.refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	p, _ := m.Fetch(context.Background(), "db")
	value, _ := p.Field(p.Names()[0])
	m.Break(devmock.FaultPanic)
	if err := r.refresh(context.Background()); err == nil || strings.Contains(err.Error(), value) {
		t.Error(err)
	}
	if r.Matcher().String(value) == value || r.Unavailable() != "" {
		t.Error("a failing manager made us forget")
	}
}

// mutating makes a credential at each read.
type mutating struct{ secretsregistry.Provider }

func (mutating) MutatingFetch(string) bool { return true }

// EXT-11: a path whose read makes a credential is refused without a read.
func TestMutatingRefused(t *testing.T) {
	m := devmock.New(devmock.WithPaths("db"))
	if err := over(t, mutating{m}, "db").refresh(context.Background()); err == nil || m.Fetches() != 0 {
		t.Error(err, m.Fetches())
	}
}

// fakeVault answers as a Vault with one KV secret that has a version before, and
// hands each request to seen.
func fakeVault(token string, seen func(path string)) *httptest.Server {
	const version = 7
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		seen(q.URL.RequestURI())
		w.Header().Set("Content-Type", "application/json")
		switch {
		case q.Header.Get("X-Vault-Token") != token:
			w.WriteHeader(403)
			fmt.Fprint(w, `{"errors":["permission denied"]}`)
		case q.URL.Path == "/v1/auth/token/lookup-self":
			fmt.Fprint(w, `{"data":{"ttl":3600,"renewable":false,"policies":["x"],"path":"auth/token/create"}}`)
		case strings.HasPrefix(q.URL.Path, "/v1/sys/internal/ui/mounts/"):
			fmt.Fprint(w, `{"data":{"path":"secret/","type":"kv","options":{"version":"2"}}}`)
		case q.URL.Path == "/v1/secret/data/payments/db":
			v := version
			if q.URL.Query().Get("version") != "" {
				v--
			}
			fmt.Fprintf(w, `{"data":{"data":{"password":"value-of-version-%d"},"metadata":{"version":%d}}}`, v, v)
		default:
			w.WriteHeader(404)
			fmt.Fprint(w, `{"errors":[]}`)
		}
	}))
}

// EXT-11: Vault over HTTP, from the configuration on. The token of the login is
// redacted too, and in no error.
func TestVault(t *testing.T) {
	const token = "hvs.login-token-of-this-test"
	srv := fakeVault(token, func(string) {})
	defer srv.Close()
	cfg := with(SourceConfig{Vault: &VaultConfig{Address: srv.URL, Paths: []string{"secret/payments/db"}, Auth: VaultAuthConfig{Method: "token", Token: token}}})
	r := start(t, cfg)
	got := r.Matcher().String("value-of-version-7 value-of-version-6 " + token)
	if !strings.Contains(got, "[REDACTED:secret/payments/db/password@v7]") || !strings.Contains(got, "[REDACTED:secret/payments/db/password@v6]") || strings.Contains(got, token) {
		t.Error(got)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		things := []any{r, r.sources[0], *r.sources[0]}
		if verb != "%s" { // where a verb does not fit, fmt ignores what configopaque does
			things = append(things, cfg, cfg.Sources[0].Vault)
		}
		for _, x := range things {
			if s := fmt.Sprintf(verb, x); strings.Contains(s, token) {
				t.Errorf("%s of %T leaks the token", verb, x)
			}
		}
	}
	bad := with(SourceConfig{Vault: &VaultConfig{Address: srv.URL, Paths: []string{"secret/none"}, Auth: VaultAuthConfig{Method: "token", Token: token}}})
	b, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), bad)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(context.Background(), componenttest.NewNopHost()); err == nil || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
	b.Shutdown(context.Background())
}

// EXT-2: a cloud's identity that is not there stops the Collector before it
// starts.
func TestCloudIdentities(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_HEADER", "MSI_SECRET"} {
		t.Setenv(name, "")
	}
	create := func(c SourceConfig) error {
		cfg := with(c)
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), cfg)
		if err == nil {
			r.Shutdown(context.Background())
		}
		return err
	}
	if err := create(SourceConfig{AWS: &AWSConfig{Paths: []string{"a"}}}); err == nil || !strings.Contains(err.Error(), "aws") {
		t.Error(err)
	}
	azure := AzureConfig{VaultURL: "https://name.vault.azure.net", Paths: []string{"a"}}
	if err := create(SourceConfig{Azure: &azure}); err == nil || !strings.Contains(err.Error(), "azure") {
		t.Error(err)
	}
	azure.ManagedIdentity = true
	if err := create(SourceConfig{Azure: &azure}); err != nil { // asks when it reads
		t.Error(err)
	}
	if err := create(SourceConfig{GCP: &GCPConfig{Project: "p", Paths: []string{"a"}}}); err != nil {
		t.Error(err)
	}
}
