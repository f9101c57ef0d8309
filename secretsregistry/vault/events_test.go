package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"go.uber.org/goleak"
)

// stream serves the fake with an event stream: script plays one connection.
func stream(t *testing.T, f *fakeVault, script func(n int64, say func(string), settled func(), r *http.Request)) (addr string) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "sys/events") {
			f.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("X-Vault-Token") != "fake-token-for-tests" {
			t.Error("subscription without the token")
		}
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.CloseNow()
		ctx := c.CloseRead(r.Context())
		script(n.Add(1), func(m string) { _ = c.Write(ctx, websocket.MessageText, []byte(m)) },
			func() { _ = c.Ping(ctx) }, // answered when everything before it was read
			r.WithContext(ctx))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func streamed(t *testing.T, addr string, opts ...Option) (*Provider, chan struct{}, func() error) {
	t.Helper()
	p, err := New(addr, Token("fake-token-for-tests"), (&recorder{}).put, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	hints, stop := watching(t, p, "secret/a")
	return p, hints, stop
}

func event(path string) string {
	return `{"data":{"event":{"metadata":{"path":"` + path + `"}},"plugin_info":{"mount_path":"secret/"}}}`
}

func TestEvents(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"event-password"}`)
	next := make(chan string)
	addr := stream(t, f, func(n int64, say func(string), _ func(), r *http.Request) {
		for {
			select {
			case m := <-next:
				if m == "cut" {
					return
				}
				say(m)
			case <-r.Context().Done():
				return
			}
		}
	})
	_, hints, _ := streamed(t, addr)
	wantHint(t, hints, "VLT-30 connected")
	wantHint(t, hints, "VLT-30 settled")

	for name, m := range map[string]string{
		"a write":                    event("data/a"),
		"with the mount in the path": event("secret/data/a"),
		"unknown fields":             `{"new":{"data":1},"data":{"event":{"metadata":{"path":"data/a","x":[1]}},"y":null}}`,
		"only a data path":           `{"data":{"event":{"metadata":{"data_path":"secret/data/a"}}}}`,
		"no path at all":             `{"data":{"event":{}}}`,
		"not JSON":                   `<html>` + leak,
		"not even text":              "\x00\xff{",
		"an empty message":           "",
	} {
		next <- m
		wantHint(t, hints, "VLT-35 "+name)
	}
	t.Run("VLT-35 what cannot concern the secret is passed over", func(t *testing.T) {
		drain(hints)
		for _, m := range []string{event("data/b"), event("data/b/a/c"), event("data/ba"),
			`{"data":{"event":{"metadata":{"path":"data/a"}},"plugin_info":{"mount_path":"elsewhere/"}}}`} {
			next <- m
		}
		next <- event("data/a") // the one that counts comes after them
		wantHint(t, hints, "the last")
		if len(hints) != 0 {
			t.Errorf("%d hints too many", len(hints))
		}
	})
	t.Run("VLT-36 a cut connection comes back, with a hint for what was missed", func(t *testing.T) {
		drain(hints)
		next <- "cut"
		wantHint(t, hints, "reconnected")
		wantHint(t, hints, "settled")
		next <- event("data/a")
		wantHint(t, hints, "an event afterwards")
	})
}

// A thousand events while the cache is busy are one hint.
func TestEventsCoalesce(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"event-password"}`)
	sent := make(chan struct{})
	addr := stream(t, f, func(_ int64, say func(string), settled func(), r *http.Request) {
		for range 1000 {
			say(event("data/a"))
		}
		settled()
		close(sent)
		<-r.Context().Done()
	})
	p, err := New(addr, Token("fake-token-for-tests"), (&recorder{}).put)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var n atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go p.Watch(ctx, "secret/a", func() { n.Add(1); <-sent })
	<-sent
	eventually(t, "the events were read", func() bool { return n.Load() >= 2 })
	if got := n.Load(); got > 3 { // the connection, those during it, and settled
		t.Errorf("VLT-37 %d hints for 1000 events during one", got)
	}
}

// Servers without events for us: OpenBao, Vault Community, a policy.
func TestPollingFallback(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 501} {
		t.Run(fmt.Sprint("VLT-33 ", status), func(t *testing.T) {
			f := newFake(t)
			f.put("a", `{"password":"poll-password"}`)
			var dials atomic.Int64
			proxy := newFaultProxy(t, f.URL)
			proxy.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
				if strings.Contains(r.URL.Path, "sys/events") {
					dials.Add(1)
					answer(status, `{"errors":["`+leak+`"]}`)(w, r, pass)
					return
				}
				pass.ServeHTTP(w, r)
			})
			notices := make(chan string, 10)
			_, hints, stop := streamed(t, proxy.URL, WithPollInterval(5*time.Millisecond), WithNotice(func(s string) { notices <- s }))
			wantHint(t, hints, "first look")
			f.put("a", `{"password":"poll-password-2"}`)
			wantHint(t, hints, "a change")
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if n := <-notices; len(notices) != 0 || strings.Contains(n, leak) || dials.Load() != 1 {
				t.Errorf("notice %q and %d more, %d dials", n, len(notices), dials.Load())
			}
		})
	}
}

// A watch survives an outage at its beginning and in the middle of polling.
func TestWatchOutage(t *testing.T) {
	f := newFake(t)
	f.put("a", `{"password":"outage-password"}`)
	proxy := newFaultProxy(t, f.URL)
	proxy.set(answer(503, ""))
	_, hints, _ := streamed(t, proxy.URL, WithPollInterval(5*time.Millisecond))
	eventually(t, "requests", func() bool { return proxy.requests.Load() > 1 })
	proxy.set(nil)
	wantHint(t, hints, "VLT-38 the outage is over")
	proxy.set(reset)
	n := proxy.requests.Load()
	eventually(t, "polls during the outage", func() bool { return proxy.requests.Load() > n+2 })
	f.put("a", `{"password":"outage-password-2"}`)
	drain(hints)
	proxy.set(nil)
	wantHint(t, hints, "VLT-38 a change during the outage")
}

func TestWatchEnds(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	f := newFake(t)
	defer f.Close()
	f.put("a", `{"password":"event-password"}`)
	p, err := New(f.URL, Token("fake-token-for-tests"), (&recorder{}).put, WithPollInterval(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, 1)
	hints := make(chan struct{}, 1)
	go func() { ends <- p.Watch(context.Background(), "secret/a", func() { hints <- struct{}{} }) }()
	<-hints
	p.Close()
	select {
	case err := <-ends:
		if err == nil || errors.Is(err, secretsregistry.ErrWatchUnsupported) {
			t.Errorf("VLT-39 %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("VLT-39 Close does not end a watch")
	}
	if _, err := p.Fetch(t.Context(), "secret/a"); err == nil {
		t.Error("VLT-39 a closed provider reads")
	}
}
