package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const body = "body-with-a-secret-inside"

func provider(t *testing.T, cfg sdk.Config, r *recorder, opts ...Option) *Provider {
	t.Helper()
	p, err := New(cfg, r.put, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStages(t *testing.T) {
	rec := &recorder{}
	f, cfg := start(t, rec)
	f.stages["payments/db"] = map[string][2]string{
		"AWSCURRENT":  {"22222222-aaaa", `{"password":"current-password","port":5432,"nested":{"a":"<b>"},"none":null}`},
		"AWSPREVIOUS": {"11111111-aaaa", `{"password":"previous-password"}`},
		"AWSPENDING":  {"33333333-aaaa", `{"password":"pending-password"}`},
	}
	f.stages["plain"] = map[string][2]string{"AWSCURRENT": {"44444444-aaaa", "just-a-password"}}
	p := provider(t, cfg, rec)

	t.Run("AWS-1 the current version, the pending and the previous one with it", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "payments/db")
		if err != nil {
			t.Fatal(err)
		}
		wantPayload(t, v, "22222222", map[string]string{"password": "current-password", "port": "5432", "nested": `{"a":"<b>"}`},
			"11111111", "33333333")
	})
	t.Run("AWS-1 text that is no JSON object", func(t *testing.T) {
		v, err := p.Fetch(t.Context(), "plain")
		if err != nil {
			t.Fatal(err)
		}
		wantPayload(t, v, "44444444", map[string]string{"value": "just-a-password"}, "", "")
	})
	t.Run("AWS-2 a rotation in its four steps: pending before current, previous after", func(t *testing.T) {
		s := map[string][2]string{"AWSCURRENT": {"v1v1v1v1-", "password-one"}}
		f.stages["rotated"] = s
		for _, step := range []struct {
			name                       string
			change                     func()
			current, previous, pending string
		}{
			{"before", func() {}, "v1v1v1v1", "", ""},
			{"createSecret", func() { s["AWSPENDING"] = [2]string{"v2v2v2v2-", "password-two"} }, "v1v1v1v1", "", "v2v2v2v2"},
			{"setSecret", func() {}, "v1v1v1v1", "", "v2v2v2v2"},
			{"finishSecret", func() { s["AWSPREVIOUS"], s["AWSCURRENT"] = s["AWSCURRENT"], s["AWSPENDING"] }, "v2v2v2v2", "v1v1v1v1", ""},
			{"label removed", func() { delete(s, "AWSPENDING") }, "v2v2v2v2", "v1v1v1v1", ""},
		} {
			f.mu.Lock()
			step.change()
			f.mu.Unlock()
			v, err := p.Fetch(t.Context(), "rotated")
			if err != nil {
				t.Fatal(step.name, err)
			}
			wantPayload(t, v, step.current, nil, step.previous, step.pending)
		}
	})
	t.Run("AWS-2 pending and previous are never at the price of current", func(t *testing.T) {
		f.fail = func(w http.ResponseWriter, stage string) bool {
			if stage != "AWSCURRENT" {
				refuse(w, 500, "InternalServiceError", body)
			}
			return stage != "AWSCURRENT"
		}
		defer func() { f.fail = nil }()
		if v, err := p.Fetch(t.Context(), "payments/db"); err != nil {
			t.Fatal(err)
		} else {
			wantPayload(t, v, "22222222", nil, "", "")
		}
	})
}

func TestErrors(t *testing.T) {
	rec := &recorder{}
	f, cfg := start(t, rec)
	p := provider(t, cfg, rec)
	for _, c := range []struct {
		status          int
		code, message   string
		class           error
		raw             string
		requestsPerCall int
	}{
		{400, "ResourceNotFoundException", body, secretsregistry.ErrNotFound, "", 1},
		{400, "InvalidRequestException", "the secret was marked for deletion " + body, secretsregistry.ErrNotFound, "", 1},
		{400, "InvalidRequestException", body, nil, "", 1},
		{400, "AccessDeniedException", body, secretsregistry.ErrDenied, "", 1},
		{400, "ThrottlingException", body, nil, "", 1},
		{400, "ExpiredTokenException", body, secretsregistry.ErrDenied, "", 2}, // new credentials were tried
		{500, "InternalServiceError", body, nil, "", 1},
		{503, "", "", nil, "<html>" + body, 1},
		{200, "", "", secretsregistry.ErrMalformed, `{"SecretString":"` + body, 1},
		{200, "", "", secretsregistry.ErrMalformed, `{"Name":"x"}`, 1},
		{200, "", "", secretsregistry.ErrMalformed, body, 1},
		{400, body, body, nil, "", 1},
	} {
		t.Run(fmt.Sprint("AWS-3 ", c.status, c.code), func(t *testing.T) {
			f.requests = nil
			f.fail = func(w http.ResponseWriter, _ string) bool {
				if c.raw != "" {
					w.WriteHeader(c.status)
					fmt.Fprint(w, c.raw)
				} else {
					refuse(w, c.status, c.code, c.message)
				}
				return true
			}
			_, err := p.Fetch(t.Context(), "payments/db")
			wantClass(t, err, c.class)
			if n := len(f.requests); n != c.requestsPerCall {
				t.Errorf("AWS-4 %d requests on the wire, want %d: the SDK retries", n, c.requestsPerCall)
			}
		})
	}
	t.Run("AWS-3 the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Fetch(ctx, "payments/db")
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("AWS-3 nobody listens", func(t *testing.T) {
		cfg := cfg
		cfg.BaseEndpoint = sdk.String("http://user:" + body + "@127.0.0.1:1")
		cfg.HTTPClient = nil
		_, err := provider(t, cfg, rec).Fetch(t.Context(), "payments/db")
		wantClass(t, err, nil)
	})
}

func TestIRSA(t *testing.T) {
	rec := &recorder{}
	f, cfg := start(t, rec)
	cfg.Credentials = nil
	f.stages["payments/db"] = map[string][2]string{"AWSCURRENT": {"22222222-aaaa", "current-password"}}
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("service-account-token-1")
	p := provider(t, cfg, rec, WithWebIdentity("arn:aws:iam::123456789012:role/payments", file))

	if _, err := p.Fetch(t.Context(), "payments/db"); err != nil {
		t.Fatal(err)
	}
	want := []string{"sts service-account-token-1", "AWSCURRENT ASIAFAKEKEY0001", "AWSPENDING ASIAFAKEKEY0001", "AWSPREVIOUS ASIAFAKEKEY0001"}
	if !slices.Equal(f.requests, want) {
		t.Errorf("AWS-5 requests %q", f.requests)
	}
	for _, c := range []string{"service-account-token-1", "irsa-secret-key-1", "irsa-session-token-1", "ASIAFAKEKEY0001"} {
		if !rec.knows(c) {
			t.Errorf("AWS-5 not registered: %d bytes of a credential", len(c))
		}
	}

	t.Run("AWS-5 expired keys are exchanged again, with the rotated token", func(t *testing.T) {
		write("service-account-token-2")
		first := true
		f.fail = func(w http.ResponseWriter, _ string) bool {
			if first {
				first = false
				refuse(w, 400, "ExpiredTokenException", "expired")
				return true
			}
			return false
		}
		if _, err := p.Fetch(t.Context(), "payments/db"); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(f.requests, "sts service-account-token-2") || !rec.knows("irsa-secret-key-2") {
			t.Errorf("requests %q", f.requests)
		}
	})
	t.Run("AWS-6 what cannot be registered is not used", func(t *testing.T) {
		rec := &recorder{fail: errors.New("no " + body)}
		f, cfg := start(t, rec)
		for name, opts := range map[string][]Option{"keys": nil, "token": {WithWebIdentity("arn:aws:iam::123456789012:role/payments", file)}} {
			_, err := provider(t, cfg, rec, opts...).Fetch(t.Context(), "payments/db")
			wantClass(t, err, nil)
			if len(f.requests) != 0 {
				t.Errorf("%s: requests %q", name, f.requests)
			}
			if !strings.Contains(err.Error(), "registered") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("AWS-5 an exchange that hangs is given up, and made again", func(t *testing.T) {
		var hang atomic.Bool
		hang.Store(true)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Amz-Target") == "" && hang.Load() {
				io.Copy(io.Discard, r.Body) // or the end of the connection is not seen
				<-r.Context().Done()
				return
			}
			f.ServeHTTP(w, r)
		}))
		defer s.Close()
		cfg := cfg.Copy()
		cfg.BaseEndpoint = &s.URL
		p := provider(t, cfg, rec, WithWebIdentity("arn:aws:iam::123456789012:role/payments", file), optionFunc(func(c *config) { c.login = 50 * time.Millisecond }))
		for range 2 {
			began := time.Now()
			_, err := p.Fetch(t.Context(), "payments/db")
			wantClass(t, err, nil)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("given up after %v", took)
			}
		}
		hang.Store(false)
		if _, err := p.Fetch(t.Context(), "payments/db"); err != nil {
			t.Error(err)
		}
	})
	t.Run("AWS-5 from the environment of EKS", func(t *testing.T) {
		t.Setenv("AWS_REGION", "eu-central-1")
		if _, err := FromEnv(rec.put); err == nil {
			t.Error("no role, no error")
		}
		t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/payments")
		t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", file)
		if _, err := FromEnv(rec.put); err != nil {
			t.Error(err)
		}
	})
}

func TestHidden(t *testing.T) {
	rec := &recorder{}
	f, cfg := start(t, rec)
	f.stages["payments/db"] = map[string][2]string{"AWSCURRENT": {"22222222-aaaa", "current-password"}}
	var log bytes.Buffer
	cfg.ClientLogMode = sdk.LogRequestWithBody | sdk.LogResponseWithBody | sdk.LogSigning
	p := provider(t, cfg, rec)
	v, err := p.Fetch(t.Context(), "payments/db")
	if err != nil {
		t.Fatal(err)
	}
	foreign := struct {
		p *Provider
		v *secretsregistry.Payload
	}{p, v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%U", "%g", "%t"} {
		fmt.Fprintf(&log, verb+verb+verb, p, v, foreign)
	}
	for _, s := range []string{"current-password", "static-secret-key", "static-session-token"} {
		if strings.Contains(log.String(), s) {
			t.Error("AWS-7 a formatter shows a value")
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
	for ; err != nil; err = errors.Unwrap(err) {
		if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, body) {
			t.Errorf("the error shows the answer: %s", err)
		}
	}
}

func wantPayload(t *testing.T, v *secretsregistry.Payload, version string, fields map[string]string, previous, pending string) {
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
	beside(t, v.Pending(), pending)
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
