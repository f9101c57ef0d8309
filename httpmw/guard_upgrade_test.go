package httpmw

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func stack(t testing.TB, l *logs, opts ...GuardOption) func(http.Handler) http.Handler {
	m := matcher(t)
	return chain(AccessLog(l.logger(), m), Recoverer(l.logger(), m), Guard(m, opts...))
}

// HTTP-21: a websocket goes through untouched, the secret in it too, and is logged
// once, as 101.
func TestWebsocket(t *testing.T) {
	l := new(logs)
	var skips Skips
	h, done := ends(stack(t, l, GuardSkips(&skips))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.CloseNow()
		for range 3 {
			typ, msg, err := c.Read(r.Context())
			if err != nil {
				t.Error(err)
				return
			}
			c.Write(r.Context(), typ, append([]byte("echo "), msg...))
		}
		c.Close(websocket.StatusNormalClosure, "")
	})))
	s := startServer(t, h, "HTTP/1.1")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for range 3 {
		c.Write(ctx, websocket.MessageText, []byte(canary))
		if _, msg, err := c.Read(ctx); err != nil || string(msg) != "echo "+canary {
			t.Errorf("%q %v", msg, err)
		}
	}
	c.Read(ctx) // the close
	<-done
	if line := l.one(t); line["status"] != 101.0 || line["hijacked"] != true {
		t.Errorf("line %v", line)
	}
	if skips.Count(SkipUpgrade) == 0 {
		t.Error("not counted")
	}
}

// HTTP-21: a reverse proxy switches protocols through ours.
func TestReverseProxyUpgrade(t *testing.T) {
	back := startServer(t, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(101)
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		line, _ := rw.ReadString('\n')
		io.WriteString(c, "echo "+line)
	}), "HTTP/1.1")
	u, _ := url.Parse(back.URL)
	l := new(logs)
	front := startServer(t, stack(t, l)(httputil.NewSingleHostReverseProxy(u)), "HTTP/1.1")
	c, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	io.WriteString(c, canary+"\n")
	if got, _ := br.ReadString('\n'); got != "echo "+canary+"\n" {
		t.Errorf("got %q", got)
	}
}

// HTTP-21: CONNECT tunnels, by hijacking and in HTTP/2.
func TestConnect(t *testing.T) {
	l := new(logs)
	h := stack(t, l)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if r.ProtoMajor == 1 {
			c, _, err := rc.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"+canary)
			return
		}
		w.WriteHeader(200)
		io.WriteString(w, canary)
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
	}))
	t.Run("HTTP/1.1", func(t *testing.T) {
		s := startServer(t, h, "HTTP/1.1")
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n")
		if b, _ := io.ReadAll(c); !strings.HasSuffix(string(b), "\r\n\r\n"+canary) {
			t.Errorf("%q", b)
		}
	})
	for _, p := range []string{"HTTP/2", "h2c"} {
		t.Run(p, func(t *testing.T) {
			s := startServer(t, h, p)
			r := newRequest(t, "CONNECT", s.URL, strings.NewReader("up"))
			if a := send(t, s, r); a.body != canary {
				t.Errorf("%q", a.body)
			}
		})
	}
}

// HTTP-13: 103 Early Hints pass, redacted, and any number of them; the final status
// is logged.
func TestInformational(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		l := new(logs)
		s := start(stack(t, l)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for i := range 3 {
				w.Header().Set("Link", fmt.Sprintf("</style%d.css?k=%s>; rel=preload", i, canary))
				w.WriteHeader(http.StatusEarlyHints)
			}
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(202)
			io.WriteString(w, "done "+canary)
		})))
		var mu sync.Mutex
		var hints []string
		r := newRequest(t, "GET", s.URL, nil)
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				mu.Lock()
				defer mu.Unlock()
				hints = append(hints, fmt.Sprint(code, " ", h.Get("Link")))
				return nil
			},
		}))
		a := send(t, s, r)
		mu.Lock()
		defer mu.Unlock()
		if len(hints) != 3 || hints[2] != "103 </style2.css?k=[REDACTED]>; rel=preload" {
			t.Errorf("hints %q", hints)
		}
		if a.StatusCode != 202 || a.body != "done [REDACTED]" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
		s.Close()
		if line := l.one(t); line["status"] != 202.0 {
			t.Errorf("line %v", line)
		}
	})
}

// HTTP-22: a reverse proxy behind ours: streams flushed at once, trailers, 1xx from
// another goroutine, and upstreams that die.
func TestReverseProxy(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		next := make(chan struct{})
		back := start(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/stream":
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Trailer", "X-End")
				io.WriteString(w, "one;"+canary[:8])
				w.(http.Flusher).Flush()
				<-next
				io.WriteString(w, canary[8:]+";two")
				w.Header().Set("X-End", canary)
			case "/hints":
				w.Header().Set("Link", canary)
				w.WriteHeader(103)
				w.WriteHeader(204)
			case "/dies":
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Content-Length", "100")
				io.WriteString(w, "only this")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
		}))
		u, _ := url.Parse(back.URL)
		proxy := httputil.NewSingleHostReverseProxy(u)
		proxy.Transport = back.Client().Transport
		proxy.FlushInterval = -1
		l := new(logs)
		proxy.ErrorLog = ErrorLog(l.logger(), matcher(t))
		front := start(stack(t, l)(proxy))
		resp, err := front.Client().Get(front.URL + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4)
		if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "one;" {
			t.Errorf("%q %v: not flushed", b, err)
		}
		next <- struct{}{}
		rest, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(rest) != "[REDACTED];two" || resp.Trailer.Get("X-End") != "[REDACTED]" {
			t.Errorf("%q %v %v", rest, err, resp.Trailer)
		}
		if a := get(t, front, "/hints"); a.StatusCode != 204 {
			t.Error(a.StatusCode)
		}
		if resp, err := front.Client().Get(front.URL + "/dies"); err == nil {
			if _, err := io.ReadAll(resp.Body); err == nil {
				t.Error("a body that broke off looks complete")
			}
			resp.Body.Close()
		}
	})
}

// HTTP-15: a compressor outside Guard compresses what Guard has redacted.
func TestCompressorOutside(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		r := chi.NewRouter()
		r.Use(middleware.Compress(5), Guard(matcher(t)))
		text := strings.Repeat("text ", 1000)
		r.Get("/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, text+canary[:5])
			w.(http.Flusher).Flush()
			io.WriteString(w, canary[5:])
		})
		a := get(t, start(r), "/") // the client asks for gzip and undoes it
		if !a.Uncompressed || a.body != text+"[REDACTED]" {
			t.Errorf("compressed %v, %d bytes", a.Uncompressed, len(a.body))
		}
	})
}

// HTTP-23: http.TimeoutHandler on either side.
func TestTimeoutHandler(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		slow := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, canary)
			if r.URL.Path == "/slow" {
				<-r.Context().Done()
				w.Write([]byte("too late"))
			}
		})
		l := new(logs)
		mw := stack(t, l)
		for name, h := range map[string]http.Handler{
			"outside": http.TimeoutHandler(mw(slow), 50*time.Millisecond, "timeout"),
			"inside":  mw(http.TimeoutHandler(slow, 50*time.Millisecond, "timeout")),
		} {
			s := start(h)
			if a := get(t, s, "/slow"); a.StatusCode != 503 || a.body != "timeout" {
				t.Errorf("%s: %d %q", name, a.StatusCode, a.body)
			}
			s = start(h)
			if a := get(t, s, "/"); a.StatusCode == 200 && a.body != "[REDACTED]" {
				t.Errorf("%s: %d %q", name, a.StatusCode, a.body)
			}
		}
	})
}

// HTTP-23: http.MaxBytesReader limits behind ours.
func TestMaxBytesReader(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		l := new(logs)
		m := matcher(t)
		s := start(chain(AccessLog(l.logger(), m, AccessRequestBody(100)), Guard(m))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		})))
		a := send(t, s, newRequest(t, "POST", s.URL, strings.NewReader(strings.Repeat("x", 1000))))
		if a.StatusCode != 413 || !strings.Contains(a.body, "too large") {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
	})
}

// HTTP-23: a push that would promise a secret is refused.
func TestPush(t *testing.T) {
	rec := newFullRecorder()
	Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := w.(http.Pusher)
		if err := p.Push("/style.css", &http.PushOptions{Header: http.Header{"A": {"b"}}}); err != nil {
			t.Error(err)
		}
		if err := p.Push("/style.css?k="+url.QueryEscape(canary), nil); err != http.ErrNotSupported {
			t.Error(err)
		}
		if err := p.Push("/x", &http.PushOptions{Header: http.Header{"Authorization": {canary}}}); err != http.ErrNotSupported {
			t.Error(err)
		}
	})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if len(rec.calls) != 1 {
		t.Errorf("calls %v", rec.calls)
	}
}

// HTTP-21: extended CONNECT (websockets over HTTP/2) is not known to the server of
// the standard library, which refuses it before any middleware; a handler that is
// given one is passed on.
func TestExtendedConnect(t *testing.T) {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("CONNECT", "/chat", nil)
	r.ProtoMajor, r.ProtoMinor, r.Proto = 2, 0, "HTTP/2.0"
	r.TLS = &tls.ConnectionState{}
	r.Header.Set(":protocol", "websocket")
	Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		io.WriteString(w, canary)
	})).ServeHTTP(rec, r)
	if rec.Body.String() != canary {
		t.Errorf("%q", rec.Body)
	}
}
