package http

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/felixge/httpsnoop"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"

	"github.com/seed-00b494d3/tagout/httpmw"
	"github.com/seed-00b494d3/tagout/redact"
)

const secret = "zebra-quill-4471-marsh"

// matcher knows the secret and a hundred others, none of which is in any text.
func matcher(tb testing.TB) *redact.Matcher {
	tb.Helper()
	secrets := []redact.Secret{redact.NewSecret("app/db/password", "v7", []byte(secret))}
	for i := range 100 {
		secrets = append(secrets, redact.NewSecret("bench/secret", strconv.Itoa(i), []byte("n0t-in-any-text-"+strconv.Itoa(1000003*(i+7)))))
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// A rival is an access log that writes to out.
type rival struct {
	name  string
	leaks bool // a secret in the query
	make  func(tb testing.TB, out io.Writer) func(http.Handler) http.Handler
}

func text(out io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(out, nil)) }

var rivals = []rival{
	{"slog-by-hand", true, func(_ testing.TB, out io.Writer) func(http.Handler) http.Handler {
		l := text(out)
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				line(l, r, httpsnoop.Metrics{Code: 200, Written: 5}, func(s string) string { return s })
			})
		}
	}},
	{"tagout-AccessLog", false, func(tb testing.TB, out io.Writer) func(http.Handler) http.Handler {
		return httpmw.AccessLog(text(out), matcher(tb))
	}},
	{"tagout-by-httpsnoop", false, func(tb testing.TB, out io.Writer) func(http.Handler) http.Handler {
		// The same line with httpsnoop's wrapper: what AccessLog would cost with it.
		l, sink := text(out), redact.NewSink(matcher(tb), "bench")
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				m := httpsnoop.CaptureMetrics(next, w, r)
				line(l, r, m, sink.Event().String)
			})
		}
	}},
	{"chi-Logger", true, func(_ testing.TB, out io.Writer) func(http.Handler) http.Handler {
		return middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: log.New(out, "", log.LstdFlags), NoColor: true})
	}},
	{"chi-Logger-with-tagout-LogFormatter", false, func(tb testing.TB, out io.Writer) func(http.Handler) http.Handler {
		return middleware.RequestLogger(httpmw.LogFormatter(text(out), matcher(tb)))
	}},
	{"httplog-v3", true, func(_ testing.TB, out io.Writer) func(http.Handler) http.Handler {
		return httplog.RequestLogger(text(out), &httplog.Options{Level: slog.LevelInfo})
	}},
	{"httplog-v3-concise", true, func(_ testing.TB, out io.Writer) func(http.Handler) http.Handler {
		return httplog.RequestLogger(text(out), &httplog.Options{Level: slog.LevelInfo, Schema: httplog.SchemaECS.Concise(true)})
	}},
}

// line is what AccessLog says of a request.
func line(l *slog.Logger, r *http.Request, m httpsnoop.Metrics, show func(string) string) {
	l.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", show(r.Method)), slog.String("host", show(r.Host)),
		slog.String("path", show(r.URL.EscapedPath())), slog.Int("status", m.Code), slog.Int64("bytes", m.Written),
		slog.Duration("duration", m.Duration), slog.String("remote", show(r.RemoteAddr)), slog.String("query", show(r.URL.RawQuery)))
}

func handler(f func(w http.ResponseWriter, r *http.Request)) http.Handler { return http.HandlerFunc(f) }

// serve starts a server, and makes its client, of one protocol.
func serve(tb testing.TB, h http.Handler, protocol string) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if protocol == "h2" {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	tb.Cleanup(s.Close)
	return s
}
