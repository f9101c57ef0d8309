package httpmw

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5/middleware"
)

// wrappers are the middleware that wrap the writer.
func wrappers(t testing.TB) map[string]func(http.Handler) http.Handler {
	m := matcher(t)
	l := new(logs).logger()
	return map[string]func(http.Handler) http.Handler{
		"AccessLog":        AccessLog(l, m),
		"AccessLog bodies": AccessLog(l, m, AccessResponseBody(100), AccessRequestBody(100)),
		"Recoverer":        Recoverer(l, m),
		"Guard":            Guard(m),
		"all":              chain(AccessLog(l, m), Recoverer(l, m), Guard(m)),
	}
}

func chain(mws ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		for _, mw := range slices.Backward(mws) {
			next = mw(next)
		}
		return next
	}
}

// HTTP-1: httpsnoop's table of all 512 shapes of a writer, around ours. The shapes are
// those that expose makes; httpsnoop, which has a table of its own, sees the same in
// what it makes of the handler's.
func TestWrapperHasExactlyTheInterfacesOfTheInner(t *testing.T) {
	for name, mw := range wrappers(t) {
		t.Run(name, func(t *testing.T) {
			shapes := map[reflect.Type]bool{}
			for have := range capability(allCapabilities + 1) {
				w := expose(have, newFullRecorder())
				shapes[reflect.TypeOf(w)] = true
				if got := capabilities(w); got != have {
					t.Fatalf("expose %09b made %09b", have, got)
				}
				mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if got := capabilities(w); got != have {
						t.Errorf("inner %09b: handler sees %09b", have, got)
					}
					if got := capabilities(httpsnoop.Wrap(w, httpsnoop.Hooks{})); got != have {
						t.Errorf("inner %09b: httpsnoop makes %09b of it", have, got)
					}
					if _, ok := w.(httpsnoop.Unwrapper); !ok {
						t.Errorf("inner %09b: no Unwrap", have)
					}
				})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			}
			if len(shapes) != allCapabilities+1 {
				t.Errorf("%d shapes", len(shapes))
			}
		})
	}
}

// HTTP-1: real writers of both protocols keep theirs.
func TestWrapperOverRealServers(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, mw := range wrappers(t) {
			var raw, ours capability
			s := start(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				raw = capabilities(w)
				mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) { ours = capabilities(w) })).ServeHTTP(w, r)
			}))
			get(t, s, "/")
			if raw == 0 || raw != ours {
				t.Errorf("%s: server's writer %b, handler's %b", name, raw, ours)
			}
		}
	})
}

// HTTP-1: every optional method arrives at the inner writer, with its error.
func TestOptionalMethodsArrive(t *testing.T) {
	boom := errors.New("boom")
	calls := []struct {
		name string
		call func(w http.ResponseWriter) error
	}{
		{"FlushError", func(w http.ResponseWriter) error { return w.(errorFlusher).FlushError() }},
		{"Flush", func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return boom }},
		{"CloseNotify", func(w http.ResponseWriter) error { w.(closeNotifier).CloseNotify(); return boom }},
		{"SetReadDeadline", func(w http.ResponseWriter) error { return w.(deadliner).SetReadDeadline(time.Time{}) }},
		{"SetWriteDeadline", func(w http.ResponseWriter) error { return w.(deadliner).SetWriteDeadline(time.Time{}) }},
		{"EnableFullDuplex", func(w http.ResponseWriter) error { return w.(fullDuplexer).EnableFullDuplex() }},
		{"Push", func(w http.ResponseWriter) error { return w.(http.Pusher).Push("/x", nil) }},
		{"Hijack", func(w http.ResponseWriter) error { _, _, err := w.(http.Hijacker).Hijack(); return err }},
	}
	for name, mw := range wrappers(t) {
		for _, c := range calls {
			rec := newFullRecorder()
			rec.err = boom
			mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := c.call(w); !errors.Is(err, boom) {
					t.Errorf("%s: %s returned %v, want the inner's error", name, c.name, err)
				}
			})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
			if !slices.Contains(rec.calls, c.name) {
				t.Errorf("%s: %s did not arrive: %v", name, c.name, rec.calls)
			}
		}
	}
}

// bareWrapper is what much middleware does: one embedded writer and Unwrap.
type bareWrapper struct{ http.ResponseWriter }

func (b bareWrapper) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// HTTP-2: ResponseController finds what lies behind another wrapper, and flushing
// through it passes neither the held bytes nor the raw header.
func TestResponseControllerBehindABareWrapper(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		mw := Guard(matcher(t))
		s := start(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rc := http.NewResponseController(w)
				if err := rc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Error("SetReadDeadline:", err)
				}
				if err := rc.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Error("SetWriteDeadline:", err)
				}
				if err := rc.EnableFullDuplex(); err != nil {
					t.Error("EnableFullDuplex:", err)
				}
				w.Header().Set("X-Note", canary)
				w.Header().Set("Content-Type", "text/plain")
				io.WriteString(w, "head "+canary[:10])
				if err := rc.Flush(); err != nil {
					t.Error("Flush:", err)
				}
				io.WriteString(w, canary[10:]+" tail")
			})).ServeHTTP(bareWrapper{w}, r)
		}))
		a := get(t, s, "/")
		if a.body != "head [REDACTED] tail" || a.Header.Get("X-Note") != "[REDACTED]" {
			t.Errorf("got %q, X-Note %q", a.body, a.Header.Get("X-Note"))
		}
	})
}

// HTTP-2: whoever unwraps a guarded writer gets a view that redacts.
func TestUnwrapOfGuardIsGuarded(t *testing.T) {
	rec := httptest.NewRecorder()
	Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := httpsnoop.Unwrap(w)
		raw.Header().Set("Content-Type", "text/plain")
		raw.Header().Set("X-Note", canary)
		raw.WriteHeader(201)
		io.WriteString(raw, canary)
		http.NewResponseController(raw).Flush()
	})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 201 || rec.Body.String() != "[REDACTED]" || rec.Result().Header.Get("X-Note") != "[REDACTED]" {
		t.Errorf("got %d %q %q", rec.Code, rec.Body, rec.Result().Header)
	}
}

// noFlush cannot be flushed by anyone.
type noFlush struct{ rec *httptest.ResponseRecorder }

func (n noFlush) Header() http.Header         { return n.rec.Header() }
func (n noFlush) WriteHeader(code int)        { n.rec.WriteHeader(code) }
func (n noFlush) Write(p []byte) (int, error) { return n.rec.Write(p) }

// HTTP-2: what the inner cannot do is reported as not supported, and begins no
// response.
func TestNotSupportedStaysNotSupported(t *testing.T) {
	for name, mw := range wrappers(t) {
		rec := httptest.NewRecorder()
		mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			for call, err := range map[string]error{
				"Flush": rc.Flush(), "SetReadDeadline": rc.SetReadDeadline(time.Time{}),
				"SetWriteDeadline": rc.SetWriteDeadline(time.Time{}), "EnableFullDuplex": rc.EnableFullDuplex(),
			} {
				if !errors.Is(err, http.ErrNotSupported) {
					t.Errorf("%s: %s: %v", name, call, err)
				}
			}
			if _, _, err := rc.Hijack(); !errors.Is(err, http.ErrNotSupported) {
				t.Errorf("%s: Hijack: %v", name, err)
			}
			w.WriteHeader(418)
		})).ServeHTTP(noFlush{rec}, httptest.NewRequest("GET", "/", nil))
		if rec.Code != 418 {
			t.Errorf("%s: status %d: a failed call began the response", name, rec.Code)
		}
	}
}

// HTTP-1: ours, httpsnoop's and chi's wrappers stack in any order to the same bytes.
func TestStackedWrappersGiveTheSameBytes(t *testing.T) {
	snoop := func(next http.Handler) http.Handler {
		return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpsnoop.CaptureMetrics(next, w, r)
		})
	}
	chiWrap := func(next http.Handler) http.Handler {
		return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(middleware.NewWrapResponseWriter(w, r.ProtoMajor), r)
		})
	}
	m := matcher(t)
	l := new(logs).logger()
	guard, access, rec := Guard(m), AccessLog(l, m), Recoverer(l, m)
	stacks := map[string]func(http.Handler) http.Handler{
		"guard":                  guard,
		"guard guard":            chain(guard, guard),
		"snoop guard":            chain(snoop, guard),
		"guard snoop":            chain(guard, snoop),
		"chi guard":              chain(chiWrap, guard),
		"guard chi":              chain(guard, chiWrap),
		"access rec guard":       chain(access, rec, guard),
		"guard rec access":       chain(guard, rec, access),
		"chi access snoop guard": chain(chiWrap, access, snoop, rec, guard),
	}
	text := strings.Repeat("some clean text, and then ", 40) + canary + " and the rest"
	want := strings.ReplaceAll(text, canary, "[REDACTED]")
	handler := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for i := 0; i < len(text); i += 97 {
			io.WriteString(w, text[i:min(i+97, len(text))])
			if r.URL.Path == "/flush" {
				http.NewResponseController(w).Flush()
			}
		}
	})
	copying := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.Copy(w, strings.NewReader(text))
	})
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, stack := range stacks {
			mux := http.NewServeMux()
			mux.Handle("/", handler)
			mux.Handle("/copy", copying)
			s := start(stack(mux))
			for _, path := range []string{"/", "/flush", "/copy"} {
				if a := get(t, s, path); a.err != nil || a.body != want {
					t.Errorf("%s %s: %v, %d bytes, want %d: %q", name, path, a.err, len(a.body), len(want), a.body)
				}
			}
		}
	})
}

// HTTP-1: a hijacker behind chi's wrapper is reached by type assertion.
func TestHijackByAssertion(t *testing.T) {
	l := new(logs)
	m := matcher(t)
	h, done := ends(chain(AccessLog(l.logger(), m), Recoverer(l.logger(), m), Guard(m))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		rw.WriteString("HTTP/1.0 200 OK\r\n\r\nby hand")
		rw.Flush()
		if _, err := w.Write([]byte("x")); err != http.ErrHijacked {
			t.Error("Write after Hijack:", err)
		}
	})))
	s := startServer(t, h, "HTTP/1.1")
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	b, _ := io.ReadAll(bufio.NewReader(c))
	if !strings.HasSuffix(string(b), "\r\n\r\nby hand") {
		t.Errorf("got %q", b)
	}
	<-done
	if line := l.one(t); line["hijacked"] != true || line["status"] != 0.0 {
		t.Errorf("log line %v", line)
	}
}
