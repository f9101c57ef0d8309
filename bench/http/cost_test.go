package http

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/httpmw"
)

// nullWriter has the interfaces of the server's writer of HTTP/1.1.
type nullWriter struct{ h http.Header }

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

var hello = handler(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })

func request() *http.Request {
	r := httptest.NewRequest("GET", "/users/42/orders?page=2&sort=asc", nil)
	r.Header.Set("User-Agent", "bench/1")
	return r
}

// BenchmarkAccessLog times one line into nothing. The target is 1 µs and no
// allocation beyond slog-by-hand.
func BenchmarkAccessLog(b *testing.B) {
	for _, rv := range rivals {
		b.Run(rv.name, func(b *testing.B) {
			var out bytes.Buffer
			w := &nullWriter{h: http.Header{}}
			rv.make(b, &out)(hello).ServeHTTP(w, request())
			if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "/users/42/orders") || !strings.Contains(s, "200") {
				b.Fatalf("not a line: %q", s)
			}
			h, r := rv.make(b, io.Discard)(hello), request()
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}

type order struct {
	ID    int      `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Tags  []string `json:"tags"`
	Total float64  `json:"total"`
	Note  string   `json:"note"`
}

// orders are some 64 KiB of JSON.
func orders() []order {
	all := make([]order, 0, 512)
	for i := range cap(all) {
		all = append(all, order{ID: 48151623 + i, Name: "Ada Lovelace", Email: fmt.Sprint("ada", i, "@example.org"), Tags: []string{"a", "b"}, Total: float64(i) * 1.25, Note: "nothing to see here"})
	}
	return all
}

// BenchmarkGuard times a clean body of 64 KiB, what a client on loopback waits for
// it, and without a connection, where nothing hides the scan. "ready" bytes cost the
// handler nothing; "encoded" is what a service does, JSON from structs.
func BenchmarkGuard(b *testing.B) {
	m, rows := matcher(b), orders()
	body, err := json.Marshal(rows)
	if err != nil {
		b.Fatal(err)
	}
	handlers := []struct {
		name string
		h    http.Handler
	}{
		{"ready", handler(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.Write(body)
		})},
		{"chunked", handler(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for i := 0; i < len(body); i += 4096 {
				w.Write(body[i:min(i+4096, len(body))])
			}
		})},
		{"encoded", handler(func(w http.ResponseWriter, r *http.Request) {
			p, _ := json.Marshal(rows)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(p)))
			w.Write(p)
		})},
	}
	for _, h := range handlers {
		for _, g := range []struct {
			name string
			h    http.Handler
		}{{"bare", h.h}, {"Guard", httpmw.Guard(m)(h.h)}} {
			b.Run("direct/"+h.name+"/"+g.name, func(b *testing.B) {
				w, r := &nullWriter{h: http.Header{}}, request()
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					clear(w.h)
					g.h.ServeHTTP(w, r)
				}
			})
			for _, protocol := range []string{"h1", "h2"} {
				b.Run(protocol+"/"+h.name+"/"+g.name, func(b *testing.B) {
					s := serve(b, g.h, protocol)
					got := make([]byte, len(body)+1)
					get := func() int {
						resp, err := s.Client().Get(s.URL)
						if err != nil {
							b.Fatal(err)
						}
						defer resp.Body.Close()
						n, err := io.ReadFull(resp.Body, got)
						if err != io.ErrUnexpectedEOF {
							b.Fatal(err)
						}
						return n
					}
					if n := get(); !bytes.Equal(got[:n], body) {
						b.Fatal("another body")
					}
					b.SetBytes(int64(len(body)))
					b.ReportAllocs()
					for b.Loop() {
						if get() != len(body) {
							b.Fatal("another length")
						}
					}
				})
			}
		}
	}
}
