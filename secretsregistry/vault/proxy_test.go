package vault

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A faultProxy stands between a provider and its server and does what networks
// and overloaded servers do. It counts requests and knows how many were in
// flight at once.
type faultProxy struct {
	*httptest.Server
	requests, flight, peak atomic.Int64

	mu    sync.Mutex
	fault fault
	next  http.Handler
}

// A fault answers a request in its own way; nil passes it on.
type fault func(w http.ResponseWriter, r *http.Request, pass http.Handler)

func newFaultProxy(t testing.TB, target string) *faultProxy {
	t.Helper()
	p := &faultProxy{}
	p.aim(t, target)
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// aim sets the server behind the proxy.
func (p *faultProxy) aim(t testing.TB, target string) {
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	rp := httputil.NewSingleHostReverseProxy(u)
	rp.Transport = &http.Transport{DisableKeepAlives: true}
	rp.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { cut(w, nil) } // as without a proxy
	rp.ErrorLog = silent
	p.mu.Lock()
	p.next = rp
	p.mu.Unlock()
}

func (p *faultProxy) set(f fault) {
	p.mu.Lock()
	p.fault = f
	p.mu.Unlock()
}

func (p *faultProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	n := p.flight.Add(1)
	for old := p.peak.Load(); n > old && !p.peak.CompareAndSwap(old, n); old = p.peak.Load() {
	}
	defer p.flight.Add(-1)
	p.mu.Lock()
	f, next := p.fault, p.next
	p.mu.Unlock()
	if f == nil {
		next.ServeHTTP(w, r)
		return
	}
	f(w, r, next)
}

// cut writes raw bytes, if any, and resets the connection.
func cut(w http.ResponseWriter, raw []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if raw != nil {
		_, _ = conn.Write(raw)
	} else if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an end
	}
	_ = conn.Close()
}

func latency(d time.Duration) fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		select {
		case <-time.After(d):
			pass.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler)  { <-r.Context().Done() }
func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) { cut(w, nil) }
func eof(w http.ResponseWriter, _ *http.Request, _ http.Handler)   { cut(w, []byte{}) }
func sealed(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	answer(503, `{"errors":["Vault is sealed"]}`)(w, r, pass)
}

func answer(status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// truncate passes the first n bytes of the body under the length of the whole.
func truncate(n int) fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		rec := httptest.NewRecorder()
		pass.ServeHTTP(rec, r)
		var b bytes.Buffer
		resp := rec.Result()
		body := rec.Body.Bytes()
		resp.ContentLength = int64(len(body))
		resp.Body = http.NoBody
		_ = resp.Write(&b)
		head, _, _ := bytes.Cut(b.Bytes(), []byte("\r\n\r\n"))
		cut(w, append(append(bytes.Clone(head), "\r\n\r\n"...), body[:min(n, len(body))]...))
	}
}

// short passes the first n bytes of the body as if they were all.
func short(n int) fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		rec := httptest.NewRecorder()
		pass.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:min(n, rec.Body.Len())])
	}
}

// trickle passes the body one byte at a time.
func trickle(pause time.Duration) fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		rec := httptest.NewRecorder()
		pass.ServeHTTP(rec, r)
		w.WriteHeader(rec.Code)
		for _, b := range rec.Body.Bytes() {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
				return
			}
		}
	}
}
