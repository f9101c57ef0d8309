// Package servicetest is what the tests of the example services share.
package servicetest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// NothingComesOut runs a service, has it log what it should not, and looks for
// that in the log.
func NothingComesOut(t *testing.T, run func(ctx context.Context, l net.Listener, out io.Writer) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	done := make(chan error)
	go func() { done <- run(ctx, l, &out) }()
	req, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/pay", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer not-registered-anywhere")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got := out.b.String()
	if leak := regexp.MustCompile(`pg-[A-Z2-7]{8}|not-registered`).FindString(got); leak != "" {
		t.Errorf("%s is in the log:\n%s", leak, got)
	}
	for _, want := range []string{"[REDACTED:payments/db/password@v1]", "[REDACTED:key/authorization]", `"tries":1`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in the log:\n%s", want, got)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
