package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// passwords returns the made-up passwords of the first versions, which are the same
// in every process.
func passwords(t *testing.T, n int) (all []string) {
	t.Helper()
	m := devmock.New(devmock.WithPaths(dbPath))
	for range n {
		p, err := m.Fetch(t.Context(), dbPath)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := p.Field("password")
		all = append(all, v)
		m.Rotate(dbPath)
	}
	return all
}

// The service shows its password in every way that HTTP has, and none of it comes
// out: not to the client, not in the log.
func TestService(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	done := make(chan error)
	go func() { done <- run(ctx, l, &out, time.Hour) }()
	base := "http://" + l.Addr().String()
	client := &http.Client{Timeout: 30 * time.Second}
	secret := passwords(t, 1)
	if len(secret) != 1 || len(secret[0]) < 8 {
		t.Fatal("no password to look for")
	}
	check := func(what, text string) {
		t.Helper()
		for _, s := range []string{secret[0], url.QueryEscape(secret[0]), "not-registered"} {
			if strings.Contains(text, s) {
				t.Errorf("%s leaks:\n%s", what, text)
			}
		}
	}
	get := func(path string, status int) string {
		t.Helper()
		r, err := http.NewRequest("GET", base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer not-registered")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != status {
			t.Errorf("%s: %d %v", path, resp.StatusCode, err)
		}
		check(path, string(b))
		for _, h := range []http.Header{resp.Header, resp.Trailer} {
			if v := h.Get("X-Upstream"); v != "" && !strings.Contains(v, "[REDACTED]") {
				t.Errorf("%s: X-Upstream %q", path, v)
			}
		}
		return string(b)
	}
	const dsn = "postgres://app:[REDACTED]@db:5432/payments"
	if b := get("/debug?access_token=not-registered", 200); b != `{"dsn":"`+dsn+`"}`+"\n" {
		t.Errorf("/debug: %q", b)
	}
	if b := get("/stream", 200); b != "data: "+dsn+"\n\n" {
		t.Errorf("/stream: %q", b)
	}
	if b := get("/panic", 500); b != "Internal Server Error\n" {
		t.Errorf("/panic: %q", b)
	}
	get("/call", 502)
	if resp, err := client.Post(base+"/echo", "text/plain", strings.NewReader(secret[0][:len(secret[0])-1])); err != nil {
		t.Error(err)
	} else if b, _ := io.ReadAll(resp.Body); string(b) != secret[0][:len(secret[0])-1] {
		t.Errorf("a wrong guess came back as %q", b)
	}
	var status struct {
		Secrets []struct {
			Name, State string
			NextRefresh time.Time `json:"next_refresh"`
			Expires     time.Time
			Hits        []struct{ Sink string }
		}
	}
	if err := json.Unmarshal([]byte(get("/status?format=json", 200)), &status); err != nil || len(status.Secrets) == 0 {
		t.Errorf("/status: %v %v", err, status)
	}
	sinks := map[string]bool{}
	for _, s := range status.Secrets {
		if s.State == "current" && (s.NextRefresh.IsZero() || !s.Expires.After(time.Now())) {
			t.Errorf("%s: next refresh %v, expires %v", s.Name, s.NextRefresh, s.Expires)
		}
		for _, h := range s.Hits {
			sinks[h.Sink] = true
		}
	}
	for _, want := range []string{"slog", "zap", "http-guard", "http-panic"} {
		if !sinks[want] {
			t.Errorf("no hit of %s: %v", want, sinks)
		}
	}
	if page := get("/status", 200); !strings.Contains(page, "payments/db/password") {
		t.Error(page)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	log := out.b.String()
	check("the log", log)
	for _, want := range []string{"[REDACTED:payments/db/password@", "[REDACTED:key/authorization]", "access_token=[REDACTED:key/access_token]", `"route":"/panic"`, "panic in handler"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in the log:\n%s", want, log)
		}
	}
}
