package httpmw

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/seed-00b494d3/tagout/redact"
)

// nullWriter has the interfaces of the server's writer of HTTP/1.1.
type nullWriter struct {
	h http.Header
}

func (w *nullWriter) Header() http.Header                          { return w.h }
func (w *nullWriter) WriteHeader(int)                              {}
func (w *nullWriter) Write(p []byte) (int, error)                  { return len(p), nil }
func (w *nullWriter) WriteString(s string) (int, error)            { return len(s), nil }
func (w *nullWriter) Flush()                                       {}
func (w *nullWriter) FlushError() error                            { return nil }
func (w *nullWriter) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (w *nullWriter) CloseNotify() <-chan bool                     { return nil }
func (w *nullWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, io.EOF }
func (w *nullWriter) SetReadDeadline(time.Time) error              { return nil }
func (w *nullWriter) SetWriteDeadline(time.Time) error             { return nil }
func (w *nullWriter) EnableFullDuplex() error                      { return nil }

func benchRequest() *http.Request {
	r := httptest.NewRequest("GET", "/users/42/orders?page=2&sort=asc", nil)
	r.Header.Set("User-Agent", "bench/1")
	return r
}

// checkLine fails unless a logger writes one line of what matters.
func checkLine(b *testing.B, of func(io.Writer) http.Handler) {
	b.Helper()
	var out bytes.Buffer
	of(&out).ServeHTTP(&nullWriter{h: http.Header{}}, benchRequest())
	if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "/users/42/orders") || !strings.Contains(s, "200") || !strings.Contains(s, "page=2") {
		b.Fatalf("not the line: %q", s)
	}
}

// checkBody fails unless a handler sends a body as it is.
func checkBody(b *testing.B, h http.Handler, want []byte) {
	b.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, benchRequest())
	if !bytes.Equal(rec.Body.Bytes(), want) {
		b.Fatalf("%d bytes of another body", rec.Body.Len())
	}
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
	text := func(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
	hello := handlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	b.Run("bare", func(b *testing.B) { run(b, hello) })
	b.Run("AccessLog-off", func(b *testing.B) { run(b, AccessLog(slog.New(slog.DiscardHandler), m)(hello)) })
	byHand := func(l *slog.Logger, r *http.Request, status int, bytes int64, took time.Duration) {
		l.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("host", r.Host),
			slog.String("path", r.URL.Path), slog.Int("status", status), slog.Int64("bytes", bytes), slog.Duration("duration", took),
			slog.String("remote", r.RemoteAddr), slog.String("query", r.URL.RawQuery))
	}
	for _, bench := range []struct {
		name string
		of   func(io.Writer) http.Handler
	}{
		{"slog-by-hand", func(out io.Writer) http.Handler {
			l := text(out)
			return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				hello.ServeHTTP(w, r)
				byHand(l, r, 200, 5, 1000)
			})
		}},
		{"AccessLog", func(out io.Writer) http.Handler { return AccessLog(text(out), m)(hello) }},
		{"chi-Logger", func(out io.Writer) http.Handler {
			f := &middleware.DefaultLogFormatter{Logger: log.New(out, "", log.LstdFlags), NoColor: true}
			return middleware.RequestLogger(f)(hello)
		}},
		{"chi-Logger-LogFormatter", func(out io.Writer) http.Handler {
			return middleware.RequestLogger(LogFormatter(text(out), m))(hello)
		}},
		{"httpsnoop-by-hand", func(out io.Writer) http.Handler {
			l := text(out)
			return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mt := httpsnoop.CaptureMetrics(hello, w, r)
				byHand(l, r, mt.Code, mt.Written, mt.Duration)
			})
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			checkLine(b, bench.of)
			run(b, bench.of(io.Discard))
		})
	}
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
			checkBody(b, g.h, body)
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
