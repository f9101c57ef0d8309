package vault

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// watching runs a watch and returns its hints and its end.
func watching(t testing.TB, p *Provider, path string) (hints chan struct{}, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	hints = make(chan struct{}, 1000)
	end := make(chan error, 1)
	go func() { end <- p.Watch(ctx, path, func() { hints <- struct{}{} }) }()
	stop = sync.OnceValue(func() error { cancel(); return <-end })
	t.Cleanup(func() { stop() })
	return hints, stop
}

func wantHint(t testing.TB, hints chan struct{}, what string) {
	t.Helper()
	select {
	case <-hints:
	case <-time.After(15 * time.Second):
		t.Fatalf("no hint: %s", what)
	}
}

// hintAgain waits for a hint and repeats what should cause it: the server drops
// events when it is busy (the cache then finds the change by its TTL).
func hintAgain(t testing.TB, hints chan struct{}, what string, again func()) {
	t.Helper()
	for range 100 {
		select {
		case <-hints:
			return
		case <-time.After(300 * time.Millisecond):
			again()
		}
	}
	t.Fatalf("no hint: %s", what)
}

func drain(hints chan struct{}) {
	for {
		select {
		case <-hints:
		default:
			return
		}
	}
}

func TestRealEvents(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.kv(t, "old", 1)
	v.put(t, "secret/data/a", obj{"password": "event-password-1"})
	v.must(t, "POST", "old/a", obj{"password": "event-password-1"})
	var notices []string
	p, err := New(v.Addr, Token(v.Token), (&recorder{}).put, WithNotice(func(s string) { notices = append(notices, s) }), WithPollInterval(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	hints, stop := watching(t, p, "secret/a")
	legacy, stopLegacy := watching(t, p, "old/a")
	for range 2 { // at once, and when the server has surely subscribed us
		wantHint(t, hints, "VLT-30 the connection: something may have changed before it")
		wantHint(t, legacy, "VLT-30 the connection, version 1")
	}

	for _, step := range []struct {
		name, method, path string
		body               obj
	}{
		{"a write", "POST", "secret/data/a", obj{"data": obj{"password": "event-password-2"}}},
		{"a deletion", "DELETE", "secret/data/a", nil},
		{"an undeletion", "POST", "secret/undelete/a", obj{"versions": []int{2}}},
		{"a destruction", "POST", "secret/destroy/a", obj{"versions": []int{2}}},
		{"a deletion with history", "DELETE", "secret/metadata/a", nil},
	} {
		drain(hints)
		began := time.Now()
		v.must(t, step.method, step.path, step.body)
		hintAgain(t, hints, "VLT-31 "+step.name, func() { v.must(t, step.method, step.path, step.body) })
		t.Logf("%s: hint after %v", step.name, time.Since(began).Round(100*time.Microsecond))
	}
	drain(legacy)
	v.must(t, "POST", "old/a", obj{"password": "event-password-2"})
	hintAgain(t, legacy, "VLT-31 a write in version 1", func() { v.must(t, "POST", "old/a", obj{"password": "event-password-2"}) })

	drain(hints)
	v.put(t, "secret/data/other", obj{"password": "other-password"})
	v.put(t, "secret/data/a", obj{"password": "event-password-3"})
	hintAgain(t, hints, "VLT-31 a write after somebody else's", func() { v.put(t, "secret/data/a", obj{"password": "event-password-4"}) })
	if len(hints) > 0 {
		t.Error("VLT-31 a hint for another secret")
	}
	if len(notices) != 0 {
		t.Errorf("notices %q", notices)
	}
	if err := stop(); err != context.Canceled {
		t.Error(err)
	}
	stopLegacy()
	p.Close()
	v.kill()
	v.http.CloseIdleConnections()
}

func TestRealEventsAfterRestart(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "restart-password-1"})
	p, _ := newProvider(t, v, Token(v.Token), WithTimeout(500*time.Millisecond))
	hints, _ := watching(t, p, "secret/a")
	wantHint(t, hints, "connected")
	wantHint(t, hints, "settled")
	v.signal(syscall.SIGSTOP)
	p.transport().CloseIdleConnections()
	v.signal(syscall.SIGCONT)
	v.put(t, "secret/data/a", obj{"password": "restart-password-2"})
	hintAgain(t, hints, "VLT-32 an event after the server had stood still", func() { v.put(t, "secret/data/a", obj{"password": "restart-password-3"}) })
}

// The server refuses events to this token: the watch polls metadata and says
// so once.
func TestRealPolling(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.put(t, "secret/data/a", obj{"password": "poll-password-1"})
	v.policy(t, "poll", `path "secret/data/*" { capabilities = ["read"] }
path "secret/metadata/*" { capabilities = ["read"] }`)
	m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"poll"}, "ttl": "1h"})
	var mu sync.Mutex
	var notices []string
	p, _ := newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)), WithPollInterval(30*time.Millisecond),
		WithNotice(func(s string) { mu.Lock(); defer mu.Unlock(); notices = append(notices, s) }))
	a, _ := watching(t, p, "secret/a")
	b, _ := watching(t, p, "secret/data/b")
	wantHint(t, a, "VLT-33 the first look")
	wantHint(t, b, "VLT-33 the first look at what is not there")
	for _, step := range []struct {
		name, method, path string
		body               obj
		hints              chan struct{}
	}{
		{"a write", "POST", "secret/data/a", obj{"data": obj{"password": "poll-password-2"}}, a},
		{"a deletion", "DELETE", "secret/data/a", nil, a},
		{"a creation", "POST", "secret/data/b", obj{"data": obj{"password": "poll-password-3"}}, b},
		{"a deletion with history", "DELETE", "secret/metadata/b", nil, b},
	} {
		drain(step.hints)
		v.must(t, step.method, step.path, step.body)
		wantHint(t, step.hints, "VLT-33 "+step.name)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(notices) != 1 {
		t.Errorf("VLT-33 reported %q", notices)
	}
}

func TestRealNoWatch(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	v.must(t, "POST", "sys/mounts/dyn", obj{"type": "dynamic"})
	p, _ := newProvider(t, v, Token(v.Token))
	if err := p.Watch(t.Context(), "dyn/creds/5s/5s", func() {}); err == nil {
		t.Error("VLT-34 a dynamic secret cannot be watched")
	}
	v.policy(t, "data", `path "secret/data/*" { capabilities = ["read"] }`)
	m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"data"}, "ttl": "1h"})
	p, _ = newProvider(t, v, Token(m["auth"].(obj)["client_token"].(string)))
	if err := p.Watch(t.Context(), "secret/a", func() {}); err == nil {
		t.Error("VLT-34 without events and without metadata there is no watch")
	}
}
