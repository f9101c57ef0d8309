package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/seed-00b494d3/tagout/redact"
)

// A fake speaks as much of Secrets Manager and STS as a provider needs: stages,
// error codes, and the exchange of a service account's token.
type fake struct {
	mu       sync.Mutex
	stages   map[string]map[string][2]string // secret -> stage -> version id, value
	fail     func(w http.ResponseWriter, stage string) bool
	requests []string // "stage key-id" or "sts token"
	keys     int      // STS sessions given
	onSend   func(credential string)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("X-Amz-Target") == "" {
		form, _ := url.ParseQuery(string(body))
		f.requests = append(f.requests, "sts "+form.Get("WebIdentityToken"))
		f.onSend(form.Get("WebIdentityToken"))
		f.keys++
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>`+
			`<AccessKeyId>ASIAFAKEKEY%04d</AccessKeyId><SecretAccessKey>irsa-secret-key-%d</SecretAccessKey><SessionToken>irsa-session-token-%d</SessionToken><Expiration>%s</Expiration>`+
			`</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, f.keys, f.keys, f.keys, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		return
	}
	f.onSend(r.Header.Get("X-Amz-Security-Token"))
	var in struct{ SecretId, VersionStage string }
	_ = json.Unmarshal(body, &in)
	_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ = strings.Cut(key, "/")
	f.requests = append(f.requests, in.VersionStage+" "+key)
	if f.fail != nil && f.fail(w, in.VersionStage) {
		return
	}
	v, ok := f.stages[in.SecretId][in.VersionStage]
	if !ok {
		refuse(w, 400, "ResourceNotFoundException", "cannot find "+in.VersionStage)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Name": in.SecretId, "VersionId": v[0], "SecretString": v[1], "VersionStages": []string{in.VersionStage}})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
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

// start runs a fake that fails the test if a request carries a credential that
// was not registered before.
func start(t *testing.T, r *recorder) (*fake, sdk.Config) {
	t.Helper()
	f := &fake{stages: map[string]map[string][2]string{}}
	f.onSend = func(c string) {
		if c != "" && !r.knows(c) {
			t.Errorf("a request carries a credential that was not registered before")
		}
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return f, sdk.Config{Region: "eu-central-1", BaseEndpoint: &s.URL, HTTPClient: s.Client(),
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: "AKIAFAKEKEY0000", SecretAccessKey: "static-secret-key", SessionToken: "static-session-token"}, nil
		})}
}
