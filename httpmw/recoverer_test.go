package httpmw

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// verboseError prints its details under %+v, as errors with stacks do.
type verboseError struct{ text string }

func (e verboseError) Error() string { return "short" }
func (e verboseError) Format(s fmt.State, verb rune) {
	if s.Flag('+') || verb == 'v' {
		io.WriteString(s, e.text+"\nmain.go:7")
	}
}

// rudeError panics when it is printed.
type rudeError struct{}

func (rudeError) Error() string { panic("from Error: " + canary) }

// HTTP-40: whatever a handler panics with is logged redacted, once, and answered
// with a constant text.
func TestRecoverer(t *testing.T) {
	values := map[string]any{
		"string":        "dial " + canary,
		"error":         fmt.Errorf("connect: %w", errors.New("dial "+canary)),
		"verbose error": verboseError{"dial " + canary},
		"struct":        struct{ DSN string }{"dial " + canary},
		"pointer":       &struct{ DSN string }{"dial " + canary},
		"bytes":         []byte("dial " + canary),
		"error panics":  rudeError{},
		"quoted":        fmt.Sprintf("dial %q", canary),
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, v := range values {
			l := new(logs)
			s := start(Recoverer(l.logger(), matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				panic(v)
			})))
			a := get(t, s, "/")
			if a.StatusCode != 500 || a.body != "Internal Server Error\n" || a.err != nil {
				t.Errorf("%s: %d %q %v", name, a.StatusCode, a.body, a.err)
			}
			noLeak(t, name, l.String())
			line := l.one(t)
			if line["level"] != "ERROR" || !strings.Contains(line["panic"].(string), canaryTag) {
				t.Errorf("%s: %v", name, line["panic"])
			}
			if !strings.Contains(line["stack"].(string), "recoverer_test.go") {
				t.Errorf("%s: the stack does not lead to the handler", name)
			}
		}
	})
}

// HTTP-40: debug.Stack prints what a re-panic carries.
func TestStackHoldsNoSecret(t *testing.T) {
	l := new(logs)
	Recoverer(l.logger(), matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			panic(fmt.Sprint("again: ", recover()))
		}()
		panic(errors.New(canary))
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	noLeak(t, "log", l.String())
	if l.one(t)["panic"] != "again: "+canaryTag {
		t.Error(l)
	}
}

// HTTP-41: http.ErrAbortHandler goes on, the same, and is not logged.
func TestAbortHandlerGoesOn(t *testing.T) {
	l := new(logs)
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || l.String() != "" {
			t.Errorf("recovered %v, logged %q", v, l)
		}
	}()
	Recoverer(l.logger(), matcher(t))(handlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// HTTP-41: a response that has begun is broken off, not completed; an upgrade is
// left alone.
func TestPanicAfterTheHeader(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, begin := range map[string]func(w http.ResponseWriter){
			"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(202); w.(http.Flusher).Flush() },
			"Write":       func(w http.ResponseWriter) { io.WriteString(w, "begun"); w.(http.Flusher).Flush() },
			"Flush":       func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
			"ReadFrom":    func(w http.ResponseWriter) { io.Copy(w, strings.NewReader(strings.Repeat("x", 10000))) },
		} {
			l := new(logs)
			s := start(Recoverer(l.logger(), matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				begin(w)
				panic(canary)
			})))
			if resp, err := s.Client().Get(s.URL); err == nil {
				b, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err == nil || resp.StatusCode == 500 {
					t.Errorf("%s: %d, %d bytes: looks complete", name, resp.StatusCode, len(b))
				}
			}
			s.Close()
			noLeak(t, name, l.String())
			l.one(t)
		}
	})
	l := new(logs)
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Connection", "keep-alive, upgrade")
	Recoverer(l.logger(), matcher(t))(handlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) })).ServeHTTP(rec, r)
	if rec.Code != 200 || rec.Body.Len() != 0 || len(rec.Header()) != 0 {
		t.Errorf("upgrade: wrote %d %q", rec.Code, rec.Body)
	}
	l.one(t)
}

// HTTP-41: a long panic text is cut after it is redacted.
func TestLongPanic(t *testing.T) {
	l := new(logs)
	pad := strings.Repeat("é", maxPanicText/2-3)
	Recoverer(l.logger(), matcher(t))(handlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(pad + canary + pad)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	noLeak(t, "log", l.String())
	if got := l.one(t)["panic"].(string); len(got) > maxPanicText {
		t.Errorf("%d bytes", len(got))
	}
}

// HTTP-41: nothing goes to standard error.
func TestNothingOnStderr(t *testing.T) {
	old := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = w
	Recoverer(slog.New(slog.DiscardHandler), matcher(t))(handlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(canary)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	os.Stderr = old
	w.Close()
	if b, _ := io.ReadAll(r); len(b) != 0 {
		t.Errorf("%q", b)
	}
}

// HTTP-42: what http.Server prints of a panic that nobody recovered, and of a
// malformed request.
func TestErrorLog(t *testing.T) {
	l := new(logs)
	s := httptest.NewUnstartedServer(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		panic(fmt.Errorf("dial: %w", errors.New(canary)))
	}))
	s.Config.ErrorLog = ErrorLog(l.logger(), matcher(t))
	s.Start()
	if _, err := s.Client().Get(s.URL); err == nil {
		t.Error("no error")
	}
	s.Close()
	noLeak(t, "log", l.String())
	line := l.one(t)
	msg := line["msg"].(string)
	if line["level"] != "ERROR" || !strings.HasPrefix(msg, "http: panic serving") || !strings.Contains(msg, canaryTag) || strings.HasSuffix(msg, "\n") {
		t.Errorf("%q", msg)
	}
	l.buf.Reset()
	ErrorLog(l.logger(), matcher(t)).Print("a\n", canary, "\n")
	if l.one(t)["msg"] != "a\n"+canaryTag {
		t.Error(l)
	}
}

// HTTP-42: for comparison, what net/http and chi do without us.
func TestWhatHappensWithout(t *testing.T) {
	var buf bytes.Buffer
	s := httptest.NewUnstartedServer(handlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) }))
	s.Config.ErrorLog = ErrorLog(slog.New(slog.NewTextHandler(&buf, nil)), mustEmpty(t))
	s.Start()
	s.Client().Get(s.URL)
	s.Close()
	if !strings.Contains(buf.String(), "Quill+4471") {
		t.Error("the server no longer prints panics: ErrorLog's tests prove nothing")
	}
}
