package httpmw

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// canary is the secret of most tests. It needs escaping in a URL, in JSON and in
// HTML.
const canary = `zebra/Quill+4471"marsh&fen`

const canaryTag = "[REDACTED:app/db/password@v7]"

func matcher(t testing.TB, values ...string) *redact.Matcher {
	t.Helper()
	secrets := []redact.Secret{redact.NewSecret("app/db/password", "v7", []byte(canary))}
	for _, v := range values {
		secrets = append(secrets, redact.NewSecret("app/extra", "v1", []byte(v)))
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// logs collects JSON lines.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// lines decodes all lines.
func (l *logs) lines(t testing.TB) (lines []map[string]any) {
	t.Helper()
	for s := range strings.Lines(l.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(s), &m); err != nil {
			t.Fatalf("log line %q: %v", s, err)
		}
		lines = append(lines, m)
	}
	return lines
}

// one returns the only line.
func (l *logs) one(t testing.TB) map[string]any {
	t.Helper()
	lines := l.lines(t)
	if len(lines) != 1 {
		t.Fatalf("%d log lines, want 1:\n%s", len(lines), l)
	}
	return lines[0]
}

// protocols runs f with servers of each protocol. A server's Close waits for its
// handlers.
func protocols(t *testing.T, f func(t *testing.T, start func(http.Handler) *httptest.Server)) {
	for _, p := range []string{"HTTP/1.1", "HTTP/2", "h2c"} {
		t.Run(p, func(t *testing.T) {
			f(t, func(h http.Handler) *httptest.Server { return startServer(t, h, p) })
		})
	}
}

// startServer starts a server, and makes its client, of one protocol: h2c is HTTP/2
// without TLS.
func startServer(t testing.TB, h http.Handler, protocol string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	switch protocol {
	case "HTTP/1.1":
		s.Start()
	case "HTTP/2":
		s.EnableHTTP2 = true
		s.StartTLS()
	case "h2c":
		only := new(http.Protocols)
		only.SetUnencryptedHTTP2(true)
		s.Config.Protocols = only
		s.Start()
		s.Client().Transport.(*http.Transport).Protocols = only
	default:
		t.Fatal("protocol ", protocol)
	}
	t.Cleanup(s.Close)
	s.Client().Timeout = 60 * time.Second
	return s
}

// answer is a response read to its end.
type answer struct {
	*http.Response
	body string
	err  error // of reading the body
}

func send(t testing.TB, s *httptest.Server, r *http.Request) answer {
	t.Helper()
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp, string(b), err}
}

func get(t testing.TB, s *httptest.Server, path string, header ...string) answer {
	t.Helper()
	return send(t, s, newRequest(t, "GET", s.URL+path, nil, header...))
}

func newRequest(t testing.TB, method, url string, body io.Reader, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// noLeak fails if any part of eight bytes of the canary is in the text.
func noLeak(t testing.TB, what, text string) {
	t.Helper()
	for i := 0; i+8 <= len(canary); i++ {
		if strings.Contains(text, canary[i:i+8]) {
			t.Fatalf("%s leaks %q:\n%.2000s", what, canary[i:i+8], text)
		}
	}
}

// fullRecorder has every optional interface and notes the calls.
type fullRecorder struct {
	*httptest.ResponseRecorder
	calls []string
	err   error
}

func newFullRecorder() *fullRecorder {
	return &fullRecorder{ResponseRecorder: httptest.NewRecorder()}
}

func (r *fullRecorder) note(s string)               { r.calls = append(r.calls, s) }
func (r *fullRecorder) Unwrap() http.ResponseWriter { return r.ResponseRecorder }
func (r *fullRecorder) Flush()                      { r.note("Flush"); r.ResponseRecorder.Flush() }
func (r *fullRecorder) FlushError() error {
	r.note("FlushError")
	r.ResponseRecorder.Flush()
	return r.err
}
func (r *fullRecorder) CloseNotify() <-chan bool { r.note("CloseNotify"); return nil }
func (r *fullRecorder) EnableFullDuplex() error  { r.note("EnableFullDuplex"); return r.err }
func (r *fullRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.note("Hijack")
	return nil, nil, r.err
}
func (r *fullRecorder) ReadFrom(src io.Reader) (int64, error) {
	r.note("ReadFrom")
	return io.Copy(writerOnly{r.ResponseRecorder}, src)
}
func (r *fullRecorder) SetReadDeadline(time.Time) error  { r.note("SetReadDeadline"); return r.err }
func (r *fullRecorder) SetWriteDeadline(time.Time) error { r.note("SetWriteDeadline"); return r.err }
func (r *fullRecorder) Push(string, *http.PushOptions) error {
	r.note("Push")
	return r.err
}
func (r *fullRecorder) WriteString(s string) (int, error) {
	r.note("WriteString")
	return r.ResponseRecorder.WriteString(s)
}

func handlerFunc(f func(w http.ResponseWriter, r *http.Request)) http.Handler {
	return http.HandlerFunc(f)
}

// ends closes the channel when h has returned: a server's Close does not wait for
// connections that were taken over.
func ends(h http.Handler) (http.Handler, <-chan struct{}) {
	done := make(chan struct{})
	return handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		h.ServeHTTP(w, r)
	}), done
}
