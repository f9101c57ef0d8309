package httpmw_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/seed-00b494d3/tagout/httpmw"
	"github.com/seed-00b494d3/tagout/redact"
)

func source() redact.Source {
	m, err := redact.NewMatcher([]redact.Secret{
		redact.NewSecret("payments/db/password", "v7", []byte("correct-horse-battery")),
	})
	if err != nil {
		panic(err)
	}
	return m
}

// stableLogger drops what changes from run to run.
func stableLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, "duration", "remote", "stack", "host":
			return slog.Attr{}
		}
		return a
	}}))
}

// The three middleware of a service, in their order.
func Example() {
	src, logger := source(), stableLogger()

	r := chi.NewRouter()
	r.Use(
		httpmw.AccessLog(logger, src),
		httpmw.Recoverer(logger, src),
		httpmw.Guard(src),
	)
	r.Get("/config", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "dsn=postgres://app:correct-horse-battery@db/payments\n")
	})
	r.Get("/crash", func(w http.ResponseWriter, r *http.Request) {
		panic("dial postgres://app:correct-horse-battery@db/payments")
	})

	for _, target := range []string{"/config?q=correct-horse-battery&access_token=abc", "/crash"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// level=INFO msg=request method=GET path=/config status=200 bytes=42 route=/config query="q=[REDACTED:payments/db/password@v7]&access_token=[REDACTED:key/access_token]"
	// 200 dsn=postgres://app:[REDACTED]@db/payments
	// level=ERROR msg="panic in handler" panic="dial postgres://app:[REDACTED:payments/db/password@v7]@db/payments" method=GET route=/crash
	// level=ERROR msg=request method=GET path=/crash status=500 bytes=22 route=/crash
	// 500 Internal Server Error
}

// http.Client makes errors of its own, with the whole URL in them.
func ExampleNewClient() {
	src := source()
	client := httpmw.NewClient(&http.Client{Transport: httpmw.Transport(refuses{}, src)}, src)

	_, err := client.Get("https://api.example/pay?access_token=abc&key=correct-horse-battery")
	fmt.Println(err)
	// Output:
	// Get "https://api.example/pay?access_token=[REDACTED:key/access_token]&key=[REDACTED:payments/db/password@v7]": connection refused
}

type refuses struct{}

func (refuses) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("connection refused")
}

// Panics that no middleware sees are printed by the server itself.
func ExampleErrorLog() {
	src, logger := source(), stableLogger()
	srv := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: httpmw.ErrorLog(logger, src)}
	srv.ErrorLog.Print("http: panic serving 192.0.2.1:1234: dial correct-horse-battery")
	// Output:
	// level=ERROR msg="http: panic serving 192.0.2.1:1234: dial [REDACTED:payments/db/password@v7]"
}

// chi's own logger and recoverer.
func ExampleLogFormatter() {
	src, logger := source(), stableLogger()
	r := chi.NewRouter()
	r.Use(middleware.RequestLogger(httpmw.LogFormatter(logger, src)), middleware.Recoverer)
	r.Get("/users/{id}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Ada") })
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7?token=abc", nil))
	// Output:
	// level=INFO msg=request method=GET path=/users/7 status=200 bytes=3 route=/users/{id} query="token=[REDACTED:key/token]"
}

// What Guard could not redact is counted, and shown on the status page.
func ExampleGuardSkips() {
	var skips httpmw.Skips
	h := httpmw.Guard(source(), httpmw.GuardSkips(&skips))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "gzip") // the compressor belongs outside
		w.Write([]byte("..."))
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	fmt.Println(httpmw.SkipEncoded, skips.Count(httpmw.SkipEncoded))
	// Output:
	// encoded 1
}
