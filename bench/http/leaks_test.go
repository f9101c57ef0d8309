package http

import (
	"bytes"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"

	"github.com/seed-00b494d3/tagout/httpmw"
)

// A secret in the query of a request, in an access log.
func TestQueryInAccessLogs(t *testing.T) {
	for _, rv := range rivals {
		var out bytes.Buffer
		rv.make(t, &out)(hello).ServeHTTP(&nullWriter{h: http.Header{}}, httptest.NewRequest("GET", "/?q="+secret, nil))
		if got := strings.Contains(out.String(), secret); got != rv.leaks {
			t.Errorf("%s: leaks %v, want %v: %s", rv.name, got, rv.leaks, &out)
		}
	}
}

// replacer redacts each Write by itself, as middleware by hand does.
type replacer struct{ http.ResponseWriter }

func (r replacer) Write(p []byte) (int, error) {
	_, err := r.ResponseWriter.Write(bytes.ReplaceAll(p, []byte(secret), []byte("[REDACTED]")))
	return len(p), err
}

func (r replacer) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// What users of other middleware meet, each beside ours.
func TestLeaks(t *testing.T) {
	m := matcher(t)
	byHand := func(next http.Handler) http.Handler {
		return handler(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(replacer{w}, r) })
	}
	get := func(mw func(http.Handler) http.Handler, h http.Handler) string {
		s := serve(t, mw(h), "h1")
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b) + resp.Trailer.Get("X-End")
	}
	split := handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, secret[:9])
		http.NewResponseController(w).Flush()
		io.WriteString(w, secret[9:])
	})
	copied := handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.Copy(w, io.MultiReader(strings.NewReader(secret[:9]), strings.NewReader(secret[9:])))
	})
	trailer := handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-End")
		io.WriteString(w, "body")
		w.Header().Set("X-End", secret)
	})
	panics := handler(func(http.ResponseWriter, *http.Request) { panic(errors.New("dial " + secret)) })
	died := func(l *log.Logger) {
		s := httptest.NewUnstartedServer(panics)
		s.Config.ErrorLog = l
		s.Start()
		if resp, err := s.Client().Get(s.URL); err == nil {
			resp.Body.Close()
		}
		s.Close()
	}
	logged := func(f func(out io.Writer)) string {
		var out bytes.Buffer
		f(&out)
		if out.Len() == 0 {
			t.Error("nothing was logged")
		}
		return out.String()
	}
	refused := func(rt http.RoundTripper) error {
		_, err := (&http.Client{Transport: rt}).Get("http://app:" + secret + "@127.0.0.1:1/?q=" + secret)
		return err
	}
	for _, tt := range []struct{ what, other, ours string }{
		{"a secret over two writes", get(byHand, split), get(httpmw.Guard(m), split)},
		{"a secret over two reads of a copy", get(byHand, copied), get(httpmw.Guard(m), copied)},
		{"a trailer", get(byHand, trailer), get(httpmw.Guard(m), trailer)},
		{"http.Server.ErrorLog", logged(func(out io.Writer) { died(slog.NewLogLogger(text(out).Handler(), slog.LevelError)) }),
			logged(func(out io.Writer) { died(httpmw.ErrorLog(text(out), m)) })},
		{"the URL in an error of http.Client", refused(http.DefaultTransport).Error(), httpmw.RedactError(refused(httpmw.Transport(nil, m)), m).Error()},
		{"chi's Recoverer", logged(func(out io.Writer) {
			l := &middleware.DefaultLogFormatter{Logger: log.New(out, "", 0), NoColor: true}
			middleware.RequestLogger(panicsInto{l, out})(middleware.Recoverer(panics)).ServeHTTP(httptest.NewRecorder(), request())
		}), logged(func(out io.Writer) {
			httpmw.Recoverer(text(out), m)(panics).ServeHTTP(httptest.NewRecorder(), request())
		})},
		{"httplog's panics", logged(func(out io.Writer) {
			httplog.RequestLogger(text(out), &httplog.Options{RecoverPanics: true})(panics).ServeHTTP(httptest.NewRecorder(), request())
		}), logged(func(out io.Writer) {
			httpmw.Recoverer(text(out), m)(panics).ServeHTTP(httptest.NewRecorder(), request())
		})},
	} {
		if !strings.Contains(tt.other, secret) {
			t.Errorf("%s: no longer leaks elsewhere: %q", tt.what, tt.other)
		}
		if strings.Contains(tt.ours, secret) || strings.Contains(tt.ours, secret[:9]) {
			t.Errorf("%s: leaks: %q", tt.what, tt.ours)
		}
	}
}

// panicsInto makes chi's entry, which prints panics to standard error, print them to
// out in the same way.
type panicsInto struct {
	*middleware.DefaultLogFormatter
	out io.Writer
}

func (p panicsInto) NewLogEntry(r *http.Request) middleware.LogEntry {
	return panicEntry{p.DefaultLogFormatter.NewLogEntry(r), p.out}
}

type panicEntry struct {
	middleware.LogEntry
	out io.Writer
}

func (e panicEntry) Panic(v any, stack []byte) {
	log.New(e.out, "", 0).Printf("panic: %+v\n%s", v, stack)
}
