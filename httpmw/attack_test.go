package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5/middleware"
)

// HTTP-20: what a handler put into the header before it panicked goes out with the
// 500 of whoever recovers, ours, chi's or another, and is redacted.
func TestHeaderOfAPanicIsRedacted(t *testing.T) {
	m, l := matcher(t), new(logs)
	other := func(next http.Handler) http.Handler {
		return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				recover()
				w.WriteHeader(500)
			}()
			next.ServeHTTP(w, r)
		})
	}
	chiLog := middleware.RequestLogger(LogFormatter(l.logger(), m))
	for name, mw := range map[string]func(http.Handler) http.Handler{
		"Recoverer alone":         Recoverer(l.logger(), m),
		"Recoverer outside Guard": chain(Recoverer(l.logger(), m), Guard(m)),
		"Recoverer inside Guard":  chain(Guard(m), Recoverer(l.logger(), m)),
		"chi's outside Guard":     chain(chiLog, middleware.Recoverer, Guard(m)),
		"another's outside Guard": chain(other, Guard(m)),
	} {
		t.Run(name, func(t *testing.T) {
			protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
				for _, declared := range []string{"", "100"} {
					s := start(mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("X-Note", canary)
						w.Header().Set("Content-Type", "text/plain")
						w.Header().Set("Trailer", "X-End")
						if declared != "" && name != "Recoverer alone" && name != "Recoverer inside Guard" {
							w.Header().Set("Content-Length", declared)
							io.WriteString(w, "held") // a Guard waits for the rest
						}
						w.Header().Set("X-End", canary)
						w.Header().Set(http.TrailerPrefix+"X-More", canary)
						panic("stop")
					})))
					a := get(t, s, "/")
					if a.StatusCode != 500 || a.Header.Get("X-Note") != "[REDACTED]" {
						t.Errorf("%d, X-Note %q", a.StatusCode, a.Header.Get("X-Note"))
					}
					for _, h := range []http.Header{a.Header, a.Trailer} {
						for k, v := range h {
							noLeak(t, k, strings.Join(v, "\n"))
						}
					}
				}
			})
		})
	}
}

// HTTP-10: what a handler writes beyond the length it said goes nowhere, whether or
// not the writer outside checks lengths: a compressor does not.
func TestNothingGoesBeyondTheLength(t *testing.T) {
	for _, body := range []string{"hello", canary} {
		rec := httptest.NewRecorder() // does not check
		Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			io.WriteString(w, body)
			for name, write := range map[string]func() error{
				"Write":       func() error { _, err := w.Write([]byte(canary)); return err },
				"WriteString": func() error { _, err := io.WriteString(w, canary); return err },
				"ReadFrom":    func() error { _, err := io.Copy(w, strings.NewReader(canary)); return err },
				"Unwrap": func() error {
					_, err := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().Write([]byte(canary))
					return err
				},
			} {
				if err := write(); err != http.ErrContentLength {
					t.Errorf("%s beyond the length: %v", name, err)
				}
			}
			if n, err := w.Write(nil); n != 0 || err != nil {
				t.Errorf("an empty write: %d %v", n, err)
			}
			w.(http.Flusher).Flush()
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if want := strings.ReplaceAll(body, canary, "[REDACTED]"); rec.Body.String() != want {
			t.Errorf("%q, want %q", rec.Body, want)
		}
	}
}

// HTTP-13: a body where none is allowed goes nowhere either.
func TestNoBodyPastAWriterThatTakesIt(t *testing.T) {
	for _, code := range []int{204, 304} {
		rec := httptest.NewRecorder()
		Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			if _, err := w.Write([]byte(canary)); err != http.ErrBodyNotAllowed {
				t.Errorf("%d: %v", code, err)
			}
			if _, err := io.Copy(w, strings.NewReader(canary)); err != http.ErrBodyNotAllowed {
				t.Errorf("%d: copy: %v", code, err)
			}
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if rec.Body.Len() != 0 {
			t.Errorf("%d: %q", code, rec.Body)
		}
	}
}

// HTTP-17: whoever chooses the first bytes of a body that has no type, a peer whose
// words come back, cannot make it look like something that is not redacted.
func TestAGuessedTypeDoesNotSwitchRedactionOff(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, first := range []string{"\x89PNG\r\n\x1a\n", "\x1f\x8b\x08", "\x00\x01\x02", "%PDF-", "PK\x03\x04"} {
			for _, pad := range []int{0, 600} {
				s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
					io.WriteString(w, first+strings.Repeat("\x01", pad))
					io.WriteString(w, " is no user; "+canary)
				})
				a := get(t, s, "/")
				if want := first + strings.Repeat("\x01", pad) + " is no user; [REDACTED]"; a.body != want {
					t.Errorf("%q: %.100q", first, a.body)
				}
			}
		}
	})
}

// HTTP-21: a client cannot switch redaction off by asking for a tunnel where there is
// none: a handler that answers any method writes a body, and no tunnel.
func TestConnectToAHandlerThatIsNoTunnel(t *testing.T) {
	h := Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Typed") != "" {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(200)
		}
		io.WriteString(w, "dsn "+canary)
	}))
	s := startServer(t, h, "HTTP/1.1")
	for _, target := range []string{"/debug", "x:1"} {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "CONNECT "+target+" HTTP/1.1\r\nHost: x:1\r\nTyped: 1\r\nConnection: close\r\n\r\n")
		b, _ := io.ReadAll(c)
		c.Close()
		if noLeak(t, "CONNECT "+target, string(b)); !strings.Contains(string(b), "dsn [REDACTED]") {
			t.Errorf("%s: %q", target, b)
		}
	}
	for _, p := range []string{"HTTP/2", "h2c"} {
		s := startServer(t, h, p)
		for _, typed := range []string{"", "1"} {
			if a := send(t, s, newRequest(t, "CONNECT", s.URL, nil, "Typed", typed)); a.body != "dsn [REDACTED]" {
				t.Errorf("%s: %q", p, a.body)
			}
		}
	}
}

// HTTP-10: a digest of the raw body does not get out in a trailer: it would confirm a
// guess at the secret.
func TestDigestInATrailer(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, declare := range []bool{false, true} {
			s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Trailer", "Repr-Digest")
				if declare {
					w.Header().Set("Content-Length", strconv.Itoa(len(canary)))
				}
				io.WriteString(w, canary)
				w.Header().Set("Repr-Digest", "sha-256=:raw:")
				w.Header().Set(http.TrailerPrefix+"Content-Digest", "sha-256=:raw:")
			})
			if a := get(t, s, "/"); a.body != "[REDACTED]" || a.Trailer.Get("Repr-Digest")+a.Trailer.Get("Content-Digest") != "" {
				t.Errorf("declared %v: %q, trailers %v", declare, a.body, a.Trailer)
			}
		}
	})
}

// HTTP-17: every type that a handler gives counts, and frames with lengths inside are
// not rewritten.
func TestSeveralTypesAndFrames(t *testing.T) {
	for _, tt := range []struct {
		types    []string
		redacted bool
	}{
		{[]string{"image/png", "text/html"}, true},
		{[]string{"application/connect+json"}, false},
		{[]string{"application/connect+proto"}, false},
		{[]string{"application/grpc-web-text"}, false},
		{[]string{"application/openmetrics-text; version=1.0.0"}, true},
	} {
		rec := httptest.NewRecorder()
		Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = tt.types
			io.WriteString(w, canary)
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if got := rec.Body.String() == "[REDACTED]"; got != tt.redacted {
			t.Errorf("%q: redacted %v", tt.types, got)
		}
	}
}

// HTTP-18: the names of trailers are announced in a header.
func TestTrailerNamesAreRedacted(t *testing.T) {
	s := startServer(t, Guard(matcher(t, "X-Quagga-Tapir-Key"))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header()["Trailer"] = []string{"X-End", "X-Quagga-Tapir-Key"}
		io.WriteString(w, "x")
		w.Header().Set("X-Quagga-Tapir-Key", "1")
		w.Header().Set("X-End", "2")
	})), "HTTP/1.1")
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	b, _ := io.ReadAll(c)
	if strings.Contains(string(b), "Quagga") || !strings.Contains(string(b), "X-End: 2") {
		t.Errorf("%q", b)
	}
}

// HTTP-35: what a handler says after it has taken over the connection is not what was
// sent.
func TestStatusAfterHijack(t *testing.T) {
	l := new(logs)
	rec := newFullRecorder()
	AccessLog(l.logger(), matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Hijacker).Hijack()
		w.WriteHeader(500)
		w.(http.Flusher).Flush()
	})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if line := l.one(t); line["status"] != 0.0 || line["hijacked"] != true {
		t.Errorf("%v", line)
	}
}

// HTTP-20: nor is a connection given to whoever asks too late.
func TestLateHijack(t *testing.T) {
	var late http.ResponseWriter
	rec := newFullRecorder()
	Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) { late = w })).
		ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if _, _, err := late.(http.Hijacker).Hijack(); err != errLate {
		t.Error(err)
	}
	if err := http.NewResponseController(late).Flush(); err != errLate {
		t.Error(err)
	}
	if len(rec.calls) != 0 {
		t.Errorf("arrived: %v", rec.calls)
	}
}

// HTTP-34, HTTP-33: a copy of the request does not make the server forget the files of
// its form.
func TestFilesOfAFormAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	form := "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\n" + strings.Repeat("x", 1000) + "\r\n--B--\r\n"
	m, l := matcher(t), new(logs)
	for name, mw := range map[string]func(http.Handler) http.Handler{
		"AccessRequestBody": AccessLog(l.logger(), m, AccessRequestBody(10)),
		"GuardStrict":       Guard(m, GuardStrict()),
	} {
		h, done := ends(mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				t.Error(err)
			}
			if files, _ := os.ReadDir(dir); len(files) == 0 {
				t.Error("no file was written: the test proves nothing")
			}
		})))
		s := startServer(t, h, "HTTP/1.1")
		send(t, s, newRequest(t, "POST", s.URL, strings.NewReader(form), "Content-Type", "multipart/form-data; boundary=B", "Accept-Encoding", "br"))
		<-done
		s.Close()
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%s: %d files are left", name, len(files))
		}
	}
}

// HTTP-13: what the wire carries for each kind of response, byte by byte: no body
// after HEAD, 204 and 304, and one response for one request.
func TestWireFraming(t *testing.T) {
	s := startServer(t, Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Query().Get("code"))
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(code)
		io.WriteString(w, canary)
	})), "HTTP/1.1")
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	br := bufio.NewReader(c)
	for _, tt := range []struct{ method, code, body string }{
		{"GET", "200", "[REDACTED]"}, {"HEAD", "200", ""}, {"GET", "204", ""}, {"GET", "304", ""}, {"HEAD", "404", ""}, {"GET", "503", "[REDACTED]"},
	} {
		io.WriteString(c, tt.method+" /?code="+tt.code+" HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(br, &http.Request{Method: tt.method})
		if err != nil {
			t.Fatalf("%s %s: %v", tt.method, tt.code, err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil || string(b) != tt.body || strconv.Itoa(resp.StatusCode) != tt.code {
			t.Errorf("%s %s: %d %q %v", tt.method, tt.code, resp.StatusCode, b, err)
		}
	}
	if br.Buffered() != 0 {
		line, _ := textproto.NewReader(br).ReadLine()
		t.Errorf("left on the wire: %q", line)
	}
}
