package httpmw

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
)

var peerOptions = []redacttest.Option{redacttest.TagStyle(redact.TagConstant), redacttest.NoCut()}

// HTTP-60: the corpus through a guarded body, in every split and flushed anywhere.
func TestConformanceGuardStream(t *testing.T) {
	redacttest.RunStream(t, func(t testing.TB, w io.Writer, src redact.Source) io.WriteCloser {
		rec := plainWriter{w: w, h: http.Header{"Content-Type": {"text/plain"}}}
		return &guardedStream{gw: newGuard(src, nil).newWriter(rec, httptest.NewRequest("GET", "/", nil))}
	}, peerOptions...)
}

// plainWriter is a ResponseWriter over a writer.
type plainWriter struct {
	w io.Writer
	h http.Header
}

func (p plainWriter) Header() http.Header         { return p.h }
func (p plainWriter) WriteHeader(int)             {}
func (p plainWriter) Write(b []byte) (int, error) { return p.w.Write(b) }
func (p plainWriter) FlushError() error           { return nil }

type guardedStream struct{ gw *guardWriter }

func (s *guardedStream) Write(p []byte) (int, error) { return s.gw.Write(p) }
func (s *guardedStream) Flush() error                { return s.gw.FlushError() }
func (s *guardedStream) Close() error                { s.gw.finish(); return nil }

// HTTP-60: the corpus through a body that is held as a whole, and a header.
func TestConformanceGuard(t *testing.T) {
	t.Run("body", func(t *testing.T) {
		redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
			mw := Guard(src)
			return func(text string) string {
				rec := httptest.NewRecorder()
				mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					w.Header().Set("Content-Length", strconv.Itoa(len(text)))
					io.WriteString(w, text)
				})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
				return rec.Body.String()
			}
		}, peerOptions...)
	})
	t.Run("header", func(t *testing.T) {
		redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
			mw := Guard(src)
			return func(text string) string {
				rec := httptest.NewRecorder()
				mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("X-Text", text)
				})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
				return rec.Header().Get("X-Text")
			}
		}, peerOptions...)
	})
}

// inJSON says what survives a JSON line.
var inJSON = redacttest.Carries(func(s string) bool { return s != "" && utf8.ValidString(s) })

// lastLine runs f with a logger and returns the line.
func lastLine(t testing.TB, f func(l *slog.Logger)) map[string]any {
	t.Helper()
	var buf strings.Builder
	f(slog.New(slog.NewJSONHandler(&buf, nil)))
	var line map[string]any
	if err := json.Unmarshal([]byte(buf.String()), &line); err != nil {
		t.Fatalf("%q: %v", buf.String(), err)
	}
	return line
}

// HTTP-60: the corpus through everything that is logged.
func TestConformanceLogs(t *testing.T) {
	sinks := map[string]func(t testing.TB, l *slog.Logger, src redact.Source, text string) (key string){
		"access log header": func(t testing.TB, l *slog.Logger, src redact.Source, text string) string {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Text", text)
			AccessLog(l, src, AccessRequestHeaders("X-Text"))(http.HandlerFunc(ok)).ServeHTTP(httptest.NewRecorder(), r)
			return "request_headers"
		},
		"access log body": func(t testing.TB, l *slog.Logger, src redact.Source, text string) string {
			AccessLog(l, src, AccessResponseBody(1<<20))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, text)
			})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			return "response_body"
		},
		"panic": func(t testing.TB, l *slog.Logger, src redact.Source, text string) string {
			Recoverer(l, src)(handlerFunc(func(http.ResponseWriter, *http.Request) { panic(text) })).
				ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			return "panic"
		},
		"error log": func(t testing.TB, l *slog.Logger, src redact.Source, text string) string {
			ErrorLog(l, src).Print(text)
			return "msg"
		},
	}
	for name, sink := range sinks {
		t.Run(name, func(t *testing.T) {
			carries := inJSON
			if name == "error log" { // messages end in a line end of the logger's own
				carries = redacttest.Carries(func(s string) bool {
					return s != "" && utf8.ValidString(s) && !strings.HasSuffix(s, "\n")
				})
			}
			redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
				if src == nil {
					sink(t, slog.New(slog.DiscardHandler), nil, "x")
				}
				return func(text string) string {
					var key string
					line := lastLine(t, func(l *slog.Logger) { key = sink(t, l, src, text) })
					if h, ok := line[key].(map[string]any); ok {
						return h["X-Text"].(string)
					}
					s, _ := line[key].(string)
					return s
				}
			}, carries)
		})
	}
	t.Run("client error", func(t *testing.T) {
		redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
			rt := Transport(roundTripper(func(r *http.Request) (*http.Response, error) {
				return nil, errors.New(r.Header.Get("X-Text"))
			}), src)
			return func(text string) string {
				_, err := rt.RoundTrip(&http.Request{Header: http.Header{"X-Text": {text}}})
				return err.Error()
			}
		})
	})
}

// HTTP-60: nothing of ours that a user holds shows a value.
func TestNothingShowsAValue(t *testing.T) {
	const hiddenCanary = "walrus-tusk-4471-quill-marsh"
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("a", "1", []byte(hiddenCanary))})
	if err != nil {
		t.Fatal(err)
	}
	l := slog.New(slog.DiscardHandler)
	secretURL := "http://x/?q=" + hiddenCanary
	_, rerr := Transport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New(secretURL) }), m).
		RoundTrip(httptest.NewRequest("GET", "/", nil))
	redacttest.CheckHidden(t, hiddenCanary,
		AccessLog(l, m), Recoverer(l, m), Guard(m), ErrorLog(l, m), Transport(nil, m), NewClient(nil, m), rerr,
		LogFormatter(l, m), LogFormatter(l, m).NewLogEntry(httptest.NewRequest("GET", secretURL, nil)))
}
