package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fixed is credentials of the official library.
type fixed struct{}

func (fixed) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: "fixed-access-token", Type: "Bearer", Expiry: time.Now().Add(time.Hour)}, nil
}

func provider(t *testing.T, f *fake, id Identity, opts []Option) *Provider {
	t.Helper()
	p, err := New(t.Context(), id, f.rec.put, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

const db, plain = "projects/payments/secrets/db", "projects/payments/secrets/plain"

func TestVersions(t *testing.T) {
	f, opts := start(t, &recorder{})
	f.versions[db] = []string{`{"password":"password-one"}`, `{"password":"password-two"}`, "", `{"password":"password-four","port":5432}`}
	f.versions[plain] = []string{"just-a-password"}
	p := provider(t, f, Use(fixed{}), opts)

	t.Run("GCP-1 the latest version, and the one before that still exists", func(t *testing.T) {
		for _, path := range []string{"db", db} {
			v, err := p.Fetch(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			wantPayload(t, v, "v4", map[string]string{"password": "password-four", "port": "5432"}, "v2")
		}
	})
	t.Run("GCP-1 content that is no JSON object", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "plain")
		if err != nil {
			t.Fatal(err)
		}
		wantPayload(t, v, "v1", map[string]string{"value": "just-a-password"}, "")
	})
	t.Run("GCP-1 the version before is never at the price of the latest", func(t *testing.T) {
		f.fail = func(name string) error {
			if strings.HasSuffix(name, "latest") {
				return nil
			}
			return status.Error(codes.Internal, body)
		}
		defer func() { f.fail = nil }()
		if v, err := p.Fetch(t.Context(), "db"); err != nil {
			t.Error(err)
		} else {
			wantPayload(t, v, "v4", nil, "")
		}
	})
	t.Run("GCP-2 a wrong checksum is malformed", func(t *testing.T) {
		f.corrupt = true
		defer func() { f.corrupt = false }()
		_, err := p.Fetch(t.Context(), "plain")
		wantClass(t, err, secretsregistry.ErrMalformed)
	})
	t.Run("GCP-6 a path cannot leave its secret", func(t *testing.T) {
		for _, path := range []string{"", "a/b", "../x", "projects/p/secrets/../x", "projects/p/topics/x", db + "/versions/1"} {
			_, err := p.Fetch(t.Context(), path)
			wantClass(t, err, secretsregistry.ErrNotFound)
		}
	})
}

func TestErrors(t *testing.T) {
	f, opts := start(t, &recorder{})
	p := provider(t, f, Use(fixed{}), opts)
	for code, c := range map[codes.Code]struct {
		class error
		reads int
	}{
		codes.NotFound: {secretsregistry.ErrNotFound, 1}, codes.FailedPrecondition: {secretsregistry.ErrNotFound, 1}, codes.PermissionDenied: {secretsregistry.ErrDenied, 1},
		codes.Unauthenticated: {secretsregistry.ErrDenied, 2}, // a new token was tried
		codes.Unavailable:     {nil, 1}, codes.ResourceExhausted: {nil, 1}, codes.Internal: {nil, 1}, codes.DeadlineExceeded: {nil, 1},
	} {
		t.Run("GCP-3 "+code.String(), func(t *testing.T) {
			f.reads = nil
			f.fail = func(string) error { return status.Error(code, body) }
			_, err := p.Fetch(t.Context(), "db")
			wantClass(t, err, c.class)
			if len(f.reads) != c.reads {
				t.Errorf("GCP-4 %d requests on the wire, want %d: the client retries", len(f.reads), c.reads)
			}
		})
	}
	t.Run("GCP-3 the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Fetch(ctx, "db"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestIdentity(t *testing.T) {
	t.Run("GCP-5 the metadata server, as workload identity on GKE", func(t *testing.T) {
		f, opts := start(t, &recorder{})
		f.versions[plain] = []string{"just-a-password"}
		metadata := httptest.NewServer(http.HandlerFunc(f.token)) // it speaks no TLS
		defer metadata.Close()
		t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(metadata.URL, "http://"))
		p := provider(t, f, MetadataServer(), opts)
		for range 2 {
			if _, err := p.Fetch(t.Context(), "plain"); err != nil {
				t.Fatal(err)
			}
		}
		if f.tokens != 1 || !f.rec.knows("metadata-access-token-1") {
			t.Errorf("%d tokens", f.tokens)
		}
		// Google stops taking the token: one new one, at once.
		refused := false
		f.fail = func(string) error {
			if !refused {
				refused = true
				return status.Error(codes.Unauthenticated, body)
			}
			return nil
		}
		if _, err := p.Fetch(t.Context(), "plain"); err != nil || f.tokens != 2 || !f.rec.knows("metadata-access-token-2") {
			t.Errorf("%v, %d tokens", err, f.tokens)
		}
	})
	setup := func(t *testing.T) (*fake, *Provider) {
		f, opts := start(t, &recorder{})
		f.versions[plain] = []string{"just-a-password"}
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte("service-account-token\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return f, provider(t, f, WorkloadIdentity("//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s", file,
			WithTokenURL(f.http.URL+"/v1/token", f.http.Client())), opts)
	}
	t.Run("GCP-5 workload identity federation", func(t *testing.T) {
		f, p := setup(t)
		if _, err := p.Fetch(t.Context(), "plain"); err != nil {
			t.Fatal(err)
		}
		if !f.rec.knows("service-account-token") || !f.rec.knows("federated-access-token-1") {
			t.Error("credentials not registered")
		}
	})
	t.Run("GCP-5 a refused identity is a denial", func(t *testing.T) {
		f, p := setup(t)
		f.noToken = http.StatusBadRequest
		_, err := p.Fetch(t.Context(), "plain")
		wantClass(t, err, secretsregistry.ErrDenied)
		if len(f.reads) != 0 {
			t.Error("a request went out without a token")
		}
	})
	t.Run("GCP-5 who waits for a token waits no longer than its own context", func(t *testing.T) {
		asked, release := make(chan struct{}, 1), make(chan struct{})
		tok := newTokens(tokenFunc(func(context.Context) (*auth.Token, error) {
			asked <- struct{}{}
			<-release
			return &auth.Token{Value: "a-token-that-comes-late"}, nil
		}))
		first := make(chan error, 1)
		go func() {
			_, err := tok.Token(context.Background())
			first <- err
		}()
		<-asked
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := tok.Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(release)
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
	t.Run("GCP-6 what cannot be registered is not used", func(t *testing.T) {
		f, p := setup(t)
		f.rec.fail = errors.New("no " + body)
		_, err := p.Fetch(t.Context(), "plain")
		wantClass(t, err, nil)
		if len(f.reads) != 0 || f.tokens != 0 || !strings.Contains(err.Error(), "registered") {
			t.Errorf("%d requests, %d tokens, %v", len(f.reads), f.tokens, err)
		}
	})
}

func TestHidden(t *testing.T) {
	f, opts := start(t, &recorder{})
	f.versions[plain] = []string{"just-a-password"}
	p := provider(t, f, Use(fixed{}), opts)
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
			t.Errorf("GCP-7 %s shows a value", verb)
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

type tokenFunc func(context.Context) (*auth.Token, error)

func (f tokenFunc) Token(ctx context.Context) (*auth.Token, error) { return f(ctx) }
