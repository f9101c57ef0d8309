package vault

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// A hub shares one subscription to Vault's events among all watches of a
// Provider. It runs while there is a watch, and reconnects with growing, random
// pauses. An event is a hint and nothing else: no byte of it is kept.
type hub struct {
	p *Provider

	mu     sync.Mutex
	subs   map[*subscription]struct{}
	stop   context.CancelFunc // of the running loop, nil if none runs
	off    bool               // the server has no events for us
	ended  bool
	runner sync.WaitGroup
}

// A subscription is one watched place. Its channel holds one hint at most, so a
// thousand events make one fetch, not a thousand.
type subscription struct {
	place
	hint chan struct{}
	off  chan struct{} // closed when events turn out not to be had
	once sync.Once
}

func (s *subscription) wake() {
	select {
	case s.hint <- struct{}{}:
	default:
	}
}

func (s *subscription) end() { s.once.Do(func() { close(s.off) }) }

// add begins a subscription and starts the loop if it is the first.
func (h *hub) add(l place) (s *subscription, remove func()) {
	s = &subscription{place: l, hint: make(chan struct{}, 1), off: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.off || h.ended {
		s.end()
		return s, func() {}
	}
	if h.subs == nil {
		h.subs = map[*subscription]struct{}{}
	}
	h.subs[s] = struct{}{}
	if h.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.stop = cancel
		h.runner.Go(func() { h.run(ctx) })
	} else {
		s.wake() // whatever changed before the subscription was missed
	}
	return s, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, s)
		if len(h.subs) == 0 && h.stop != nil {
			h.stop()
			h.stop = nil
		}
	}
}

// each calls f for every subscription.
func (h *hub) each(f func(*subscription)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		f(s)
	}
}

// close ends the loop and waits for it.
func (h *hub) close() {
	h.mu.Lock()
	h.ended = true
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	for s := range h.subs {
		s.end()
	}
	h.mu.Unlock()
	h.runner.Wait()
}

// Reconnects pause between these bounds, doubling, at random in the upper half.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 15 * time.Second
)

func (h *hub) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		conn, status, err := h.dial(ctx)
		switch {
		case err == nil:
			pause = firstPause
			h.each((*subscription).wake) // the gap may have hidden an event
			h.read(ctx, conn)
		case status == http.StatusNotFound || status == http.StatusForbidden || status == http.StatusBadRequest ||
			status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented:
			h.p.tell("the server has no events for this token (HTTP " + itoa(int64(status)) + "); metadata is polled instead")
			h.mu.Lock()
			h.off = true
			for s := range h.subs {
				s.end()
			}
			h.mu.Unlock()
			return
		}
		t := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		pause = min(2*pause, lastPause)
	}
}

// dial opens the stream of events of all KV engines. The server filters by what
// the token may see.
func (h *hub) dial(ctx context.Context) (*websocket.Conn, int, error) {
	ctx, cancel := context.WithTimeout(ctx, h.p.timeout)
	defer cancel()
	s, err := h.p.session(ctx)
	if err != nil {
		return nil, 0, err
	}
	c := s.client()
	header := c.Headers()
	header.Set("X-Vault-Token", c.Token())
	conn, resp, err := websocket.Dial(ctx, c.Address()+"/v1/sys/events/subscribe/kv*?json=true", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: h.p.transport(), CheckRedirect: oneRedirect},
		HTTPHeader: header,
	})
	if err != nil {
		if resp == nil {
			return nil, 0, err
		}
		if resp.StatusCode == http.StatusForbidden && h.p.canLogin && time.Since(s.began) > reloginAfter {
			h.p.dropped(s) // perhaps the token ended: try once with a new one
			return nil, 0, err
		}
		return nil, resp.StatusCode, err
	}
	return conn, 0, nil
}

// oneRedirect lets a standby server send us to the active one, as the client of
// the API does for requests, and never from https to http.
func oneRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > 1 || via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	return nil
}

// Silence is no news only as long as the server answers pings: a stopped one
// keeps its connections open.
const (
	pingEvery   = 20 * time.Second
	pingTimeout = 10 * time.Second
)

// settle is when a new connection is followed by a second hint. The server
// accepts a connection before it subscribes it to its events: what happens in
// between is lost, and was seen to be.
const settle = 500 * time.Millisecond

func (h *hub) read(ctx context.Context, conn *websocket.Conn) {
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	ctx, cancel := context.WithCancel(ctx)
	var pings sync.WaitGroup
	defer pings.Wait()
	defer cancel()
	pings.Go(func() {
		settled := time.NewTimer(settle)
		defer settled.Stop()
		t := time.NewTicker(pingEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-settled.C:
				h.each((*subscription).wake)
			case <-t.C:
				c, done := context.WithTimeout(ctx, pingTimeout)
				err := conn.Ping(c)
				done()
				if err != nil {
					cancel()
					return
				}
			}
		}
	})
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		mount, path, ok := parseEvent(b)
		h.each(func(s *subscription) {
			if !ok || s.concerns(mount, path) {
				s.wake()
			}
		})
	}
}

// parseEvent finds what an event is about. An event that cannot be read is
// about everything.
func parseEvent(b []byte) (mount, path string, ok bool) {
	var e struct {
		Data struct {
			Event struct {
				Metadata struct {
					Path     string `json:"path"`
					DataPath string `json:"data_path"`
				} `json:"metadata"`
			} `json:"event"`
			PluginInfo struct {
				MountPath string `json:"mount_path"`
			} `json:"plugin_info"`
		} `json:"data"`
	}
	if json.Unmarshal(b, &e) != nil {
		return "", "", false
	}
	path = e.Data.Event.Metadata.Path
	if path == "" {
		path = e.Data.Event.Metadata.DataPath
	}
	return strings.Trim(e.Data.PluginInfo.MountPath, "/"), strings.Trim(path, "/"), path != ""
}

// concerns reports whether an event may be about the watched place. Servers
// spell the path with and without the mount, and with data/, metadata/,
// delete/, ... before the name; a false alarm costs one fetch.
func (s *subscription) concerns(mount, path string) bool {
	if mount != "" && mount != s.mount {
		return false
	}
	return path == s.rel || strings.HasSuffix(path, "/"+s.rel)
}
