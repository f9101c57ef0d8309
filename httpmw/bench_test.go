package httpmw

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/seed-00b494d3/tagout/redact"
)

// nullWriter has the interfaces of the writer of HTTP/1.1 that matter here.
type nullWriter struct {
	h http.Header
}

func (w *nullWriter) Header() http.Header                  { return w.h }
func (w *nullWriter) WriteHeader(int)                      {}
func (w *nullWriter) Write(p []byte) (int, error)          { return len(p), nil }
func (w *nullWriter) WriteString(s string) (int, error)    { return len(s), nil }
func (w *nullWriter) Flush()                               {}
func (w *nullWriter) ReadFrom(r io.Reader) (int64, error)  { return io.Copy(io.Discard, r) }
func (w *nullWriter) Push(string, *http.PushOptions) error { return nil }
func benchRequest() *http.Request {
	r := httptest.NewRequest("GET", "/users/42/orders?page=2&sort=asc", nil)
	r.Header.Set("User-Agent", "bench/1")
	return r
}

func run(b *testing.B, h http.Handler) {
	r := benchRequest()
	w := &nullWriter{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
}

// BenchmarkAccessLog compares the line with the same line by hand, and with chi's
// logger, all into nothing.
func BenchmarkAccessLog(b *testing.B) {
	m := benchMatcher(b)
	text := slog.New(slog.NewTextHandler(io.Discard, nil))
	hello := handlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	b.Run("bare", func(b *testing.B) { run(b, hello) })
	b.Run("slog-by-hand", func(b *testing.B) {
		run(b, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hello.ServeHTTP(w, r)
			text.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("host", r.Host),
				slog.String("path", r.URL.Path), slog.Int("status", 200), slog.Int64("bytes", 5), slog.Duration("duration", 1000),
				slog.String("remote", r.RemoteAddr), slog.String("query", r.URL.RawQuery))
		}))
	})
	b.Run("AccessLog", func(b *testing.B) { run(b, AccessLog(text, m)(hello)) })
	b.Run("AccessLog-off", func(b *testing.B) { run(b, AccessLog(slog.New(slog.DiscardHandler), m)(hello)) })
	b.Run("chi-Logger", func(b *testing.B) {
		f := &middleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", log.LstdFlags), NoColor: true}
		run(b, middleware.RequestLogger(f)(hello))
	})
	b.Run("chi-Logger-LogFormatter", func(b *testing.B) { run(b, middleware.RequestLogger(LogFormatter(text, m))(hello)) })
	b.Run("httpsnoop-by-hand", func(b *testing.B) {
		run(b, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mt := httpsnoop.CaptureMetrics(hello, w, r)
			text.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("host", r.Host),
				slog.String("path", r.URL.Path), slog.Int("status", mt.Code), slog.Int64("bytes", mt.Written), slog.Duration("duration", mt.Duration),
				slog.String("remote", r.RemoteAddr), slog.String("query", r.URL.RawQuery))
		}))
	})
}

func benchMatcher(b testing.TB) *redact.Matcher {
	secrets := make([]redact.Secret, 100)
	for i := range secrets {
		secrets[i] = redact.NewSecret("bench/secret", strconv.Itoa(i), []byte("n0t-in-any-text-"+strconv.Itoa(1000003*(i+7))))
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// BenchmarkGuard serves clean bodies of 64 KiB, over loopback too, where the
// measure is what a client waits.
func BenchmarkGuard(b *testing.B) {
	m := benchMatcher(b)
	line := []byte(`{"id":48151623,"name":"Ada Lovelace","email":"ada@example.org","tags":["a","b"],"note":"nothing to see here"},` + "\n")
	body := bytes.Repeat(line, 64<<10/len(line))
	declared := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
	chunked := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(body); i += 4096 {
			w.Write(body[i:min(i+4096, len(body))])
		}
	})
	for _, h := range []struct {
		name string
		h    http.Handler
	}{{"declared", declared}, {"chunked", chunked}} {
		for _, g := range []struct {
			name string
			h    http.Handler
		}{{"bare", h.h}, {"Guard", Guard(m)(h.h)}} {
			b.Run("direct/"+h.name+"/"+g.name, func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				run(b, g.h)
			})
			b.Run("loopback/"+h.name+"/"+g.name, func(b *testing.B) {
				s := startServer(b, g.h, "HTTP/1.1")
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					resp, err := s.Client().Get(s.URL)
					if err != nil {
						b.Fatal(err)
					}
					if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(len(body)) {
						b.Fatal(n, err)
					}
					resp.Body.Close()
				}
			})
		}
	}
}
