package httpmw

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// serve runs one request through an access log and returns its line.
func serve(t *testing.T, r *http.Request, h http.HandlerFunc, opts ...AccessOption) map[string]any {
	t.Helper()
	l := new(logs)
	AccessLog(l.logger(), matcher(t), opts...)(h).ServeHTTP(httptest.NewRecorder(), r)
	noLeak(t, "log", l.String())
	return l.one(t)
}

func ok(w http.ResponseWriter, r *http.Request) {}

// HTTP-30: every text of a request, in every spelling.
func TestAccessLogRequestTexts(t *testing.T) {
	lower := strings.ToLower(url.QueryEscape(canary)) // %2b, %2f
	lower = strings.ReplaceAll(strings.ReplaceAll(lower, "quill", "Quill"), "", "")
	tests := []struct {
		name, target, key, want string
	}{
		{"path", "/a/" + url.PathEscape(canary) + "/b", "path", "/a/" + canaryTag + "/b"},
		{"path, lower case", "/a/zebra%2fQuill+4471%22marsh&fen/b", "path", "/a/" + canaryTag + "/b"},
		{"query", "/?q=" + url.QueryEscape(canary) + "&x=1", "query", "q=" + canaryTag + "&x=1"},
		{"query, lower case", "/?q=" + lower, "query", "q=" + canaryTag},
		{"query, escaped twice", "/?q=" + url.QueryEscape(url.QueryEscape(canary)), "query", "q=" + canaryTag},
		{"query, not escaped", "/?q=zebra/Quill%2B4471\"marsh&fen", "query", "q=" + canaryTag},
		{"query, base64", "/?q=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(canary))), "query", "q=" + canaryTag + "%3D"},
		{"query key", "/?" + url.QueryEscape(canary) + "=1", "query", canaryTag + "=1"},
		{"by name", "/?access_token=abc&api-key=d%20ef&page=2&user[password]=x&token[0]=y", "query",
			"access_token=[REDACTED:key/access_token]&api-key=[REDACTED:key/api_key]&page=2&user[password]=[REDACTED:key/password]&token[0]=[REDACTED:key/token]"},
		{"by escaped name", "/?access%5Ftoken=abc;x&a;sid=1", "query", "access%5Ftoken=[REDACTED:key/access_token]&a;sid=[REDACTED:key/sid]"},
		{"by name in a URL", "/?next=/a?x=1?token=abc?d&y=2", "query", "next=/a?x=1?token=[REDACTED:key/token]&y=2"},
		{"by name in an escaped URL", "/?next=%2Fa%3ftoken%3dabc%2526d%26x%3D1&y=2", "query", "next=%2Fa%3ftoken%3d[REDACTED:key/token]%26x%3D1&y=2"},
		{"by name in a URL escaped twice", "/?next=%252Fa%253Faccess%25255Ftoken%253Dabc%2526x&y=2", "query", "next=%252Fa%253Faccess%25255Ftoken%253D[REDACTED:key/access_token]%2526x&y=2"},
		{"known under a hidden name", "/?token=" + url.QueryEscape(canary), "query", "token=" + canaryTag},
		{"more than known under a hidden name", "/?token=a" + url.QueryEscape(canary) + "b", "query", "token=[REDACTED:key/token]"},
		{"empty values", "/?token=&a&=b", "query", "token=&a&=b"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		u, err := url.ParseRequestURI(tt.target)
		if err != nil {
			path, q, _ := strings.Cut(tt.target, "?")
			u = &url.URL{Path: path, RawQuery: q}
		}
		r.URL = u
		if line := serve(t, r, ok); line[tt.key] != tt.want {
			t.Errorf("%s: %s %q, want %q", tt.name, tt.key, line[tt.key], tt.want)
		}
	}
}

// HTTP-30: method, host and remote address are texts of a stranger, too.
func TestAccessLogOtherTexts(t *testing.T) {
	m := matcher(t, "QUAGGA-TAPIR-99")
	l := new(logs)
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.Host, r.RemoteAddr = "QUAGGA-TAPIR-99", "quagga.QUAGGA-TAPIR-99.example", "QUAGGA-TAPIR-99:80"
	AccessLog(l.logger(), m)(http.HandlerFunc(ok)).ServeHTTP(httptest.NewRecorder(), r)
	if strings.Contains(l.String(), "QUAGGA-TAPIR-99") {
		t.Error(l)
	}
}

// HTTP-31: headers by name and by value.
func TestAccessLogHeaders(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	for k, v := range map[string]string{
		"Authorization":   "Bearer not-registered",
		"Cookie":          "session=not-registered",
		"X-Api-Key":       "not-registered",
		"X-Vault-Token":   "not-registered",
		"X-Basic":         "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+canary)),
		"Referer":         "https://app:not-registered@x.example/p?code=1&access_token=not-registered#id_token=not-registered",
		"X-Forwarded-For": "1.2.3.4, " + canary,
		"User-Agent":      "curl/8",
	} {
		r.Header.Set(k, v)
	}
	line := serve(t, r, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "not-registered")
		w.Header().Set("Location", "/next?token=not-registered&q="+url.QueryEscape(canary))
		w.Header().Set("X-Trace", "7")
		w.WriteHeader(302)
	}, AccessRequestHeaders("authorization", "cookie", "x-api-key", "X-Vault-Token", "X-Basic", "Referer", "X-Forwarded-For", "User-Agent", "Absent"),
		AccessResponseHeaders("set-cookie", "location", "x-trace"))
	want := map[string]any{
		"Authorization": "[REDACTED:key/authorization]", "Cookie": "[REDACTED:key/cookie]",
		"X-Api-Key": "[REDACTED:key/api_key]", "X-Vault-Token": "[REDACTED:key/token]",
		"X-Basic":         "Basic dXNlcj" + canaryTag + "==", // "user"
		"Referer":         "https://app:[REDACTED:key/password]@x.example/p?code=1&access_token=[REDACTED:key/access_token]#id_token=[REDACTED:key/id_token]",
		"X-Forwarded-For": "1.2.3.4, " + canaryTag, "User-Agent": "curl/8",
	}
	if !reflect.DeepEqual(line["request_headers"], want) {
		t.Errorf("request headers\n%v, want\n%v", line["request_headers"], want)
	}
	if fmt.Sprint(line) != "" && strings.Contains(fmt.Sprint(line), "not-registered") {
		t.Errorf("by name: %v", line)
	}
	resp := line["response_headers"].(map[string]any)
	if resp["Location"] != "/next?token=[REDACTED:key/token]&q="+canaryTag || resp["X-Trace"] != "7" {
		t.Errorf("response headers %v", resp)
	}
}

// HTTP-31: the set of names can be replaced, or switched off.
func TestAccessKeyRules(t *testing.T) {
	for _, tt := range []struct {
		keys *keyrules.Rules
		want string
	}{
		{keyrules.New(keyrules.Add("page")), "token=[REDACTED:key/token]&page=[REDACTED:key/page]"},
		{nil, "token=a&page=b"},
	} {
		r := httptest.NewRequest("GET", "/?token=a&page=b", nil)
		if line := serve(t, r, ok, AccessKeyRules(tt.keys)); line["query"] != tt.want {
			t.Errorf("%q, want %q", line["query"], tt.want)
		}
	}
}

// HTTP-32: path segments that the route names as secret.
func TestRouteVariables(t *testing.T) {
	l := new(logs)
	log := AccessLog(l.logger(), matcher(t))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reset/{token}/go", ok)
	mux.HandleFunc("/files/{secret...}", ok)
	mux.HandleFunc("/users/{id}", ok)
	r := chi.NewRouter()
	r.Use(log)
	r.Get("/chi/{api_key:[a-z]+}/x", ok)
	r.Route("/sub", func(r chi.Router) { r.Get("/{password}", ok) })
	for _, tt := range []struct {
		h                   http.Handler
		path, route, logged string
	}{
		{log(mux), "/reset/abc/go", "GET /reset/{token}/go", "/reset/[REDACTED:key/token]/go"},
		{log(mux), "/files/a/b/c", "/files/{secret...}", "/files/[REDACTED:key/secret]"},
		{log(mux), "/users/7", "/users/{id}", "/users/7"},
		{log(mux), "/reset/" + url.PathEscape(canary) + "/go", "GET /reset/{token}/go", "GET /reset/{token}/go"},
		{r, "/chi/abc/x", "/chi/{api_key:[a-z]+}/x", "/chi/[REDACTED:key/api_key]/x"},
		{r, "/sub/abc", "/sub/{password}", "/sub/[REDACTED:key/password]"},
	} {
		l.buf.Reset()
		tt.h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil))
		if line := l.one(t); line["route"] != tt.route || line["path"] != tt.logged {
			t.Errorf("%s: route %q path %q", tt.path, line["route"], line["path"])
		}
	}
}

// HTTP-33: the handler sees the request that came in, and its context.
func TestRequestIsUntouched(t *testing.T) {
	type key struct{}
	for name, mw := range wrappers(t) {
		r := httptest.NewRequest("GET", "/p%2Fq?access_token=a&q="+url.QueryEscape(canary), nil)
		r.Header.Set("Authorization", canary)
		r.Header.Set("Range", "bytes=0-1")
		r = r.WithContext(context.WithValue(r.Context(), key{}, "kept"))
		want := *r
		wantURL, wantHeader := *r.URL, r.Header.Clone()
		var seen *http.Request
		mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r
			if r.Context().Value(key{}) != "kept" {
				t.Errorf("%s: context lost", name)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
		if seen != r && !strings.Contains(name, "bodies") {
			t.Errorf("%s: the handler sees another request", name)
		}
		if !reflect.DeepEqual(*seen.URL, wantURL) || !reflect.DeepEqual(seen.Header, wantHeader) ||
			seen.Body != want.Body || seen.RequestURI != want.RequestURI || seen.Host != want.Host {
			t.Errorf("%s: the request changed", name)
		}
	}
}

// HTTP-34: bodies are bounded, redacted before they are cut, and never read by us.
func TestAccessLogBodies(t *testing.T) {
	long := strings.Repeat("x", 20)
	tests := []struct {
		name, ct, body, want string
		cut                  bool
	}{
		{"text", "text/plain", "a " + canary + " b", "a " + canaryTag + " b", false},
		{"the limit inside the secret", "text/plain", long + long + canary + " b", long + long + canaryTag[:20], true},
		{"a body that ends inside the secret", "text/plain", "a " + canary[:len(canary)-3], "a [REDACTED:app/db/password@v7~prefix]", false},
		{"form", "application/x-www-form-urlencoded", "user=a&password=b&x=" + url.QueryEscape(canary), "user=a&password=[REDACTED:key/password]&x=" + canaryTag, true},
		{"json", "application/json; charset=utf-8", `{"token":"b","n":1}`, `{"token":"[REDACTED:key/token]","n":1}`, false},
		{"json, broken off", "application/json", `{"n":1,"password":"abc`, `{"n":1,"password":"[REDACTED:key/password]"`, false},
		{"multipart", "multipart/form-data; boundary=B", "--B\r\n\r\n" + canary + "\r\n--B--", "--B\r\n\r\n" + canaryTag + "\r\n--B--", false},
		{"multipart, by name", "Multipart/Form-Data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nxyz", "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n[REDACTED:key/token]", true},
		{"json lines", "application/jsonl", "{\"token\":\"a\"}\n{\"pin\":1}", "{\"token\":\"[REDACTED:key/token]\"}\n{\"pin\":1}", false},
		{"no type", "", canary, canaryTag, false},
		{"runes", "text/plain", strings.Repeat("é", 40), strings.Repeat("é", 30), true},
		{"empty", "text/plain", "", "", false},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 7, 1 << 20} {
			r := httptest.NewRequest("POST", "/", &slowReader{r: strings.NewReader(tt.body), n: chunk})
			r.Header.Set("Content-Type", tt.ct)
			if tt.ct == "" {
				delete(r.Header, "Content-Type")
			}
			line := serve(t, r, func(w http.ResponseWriter, r *http.Request) {
				if tt.ct != "" {
					w.Header().Set("Content-Type", tt.ct)
				}
				b, err := io.ReadAll(r.Body)
				if err != nil || string(b) != tt.body {
					t.Errorf("%s: the handler read %q, %v", tt.name, b, err)
				}
				for len(b) > 0 {
					n := min(chunk, len(b))
					w.Write(b[:n])
					b = b[n:]
				}
			}, AccessRequestBody(60), AccessResponseBody(60))
			for _, key := range []string{"request_body", "response_body"} {
				got, _ := line[key].(string)
				want := tt.want
				if tt.name == "form" {
					want = "user=a&password=[REDACTED:key/password]&x=" + canaryTag
				}
				if got != want && !(tt.cut && strings.HasPrefix(want, got) && len(got) > 0) {
					t.Errorf("%s, chunks of %d: %s %q, want %q", tt.name, chunk, key, got, want)
				}
			}
		}
	}
}

// HTTP-34: the parts of a form are hidden by their names.
func TestHideParts(t *testing.T) {
	const (
		part  = "--B\r\nContent-Disposition: form-data; "
		token = "[REDACTED:key/token]"
	)
	for body, want := range map[string]string{
		part + "name=\"token\"\r\n\r\nabc\r\n" + part + "name=\"n\"\r\n\r\n1\r\n--B--\r\n":           part + "name=\"token\"\r\n\r\n" + token + "\r\n" + part + "name=\"n\"\r\n\r\n1\r\n--B--\r\n",
		"--B\r\nX: 1\r\ncontent-disposition: form-data; name=user[token]\r\n\r\na\r\n\r\nb\r\n--B--": "--B\r\nX: 1\r\ncontent-disposition: form-data; name=user[token]\r\n\r\n" + token + "\r\n--B--",
		part + "name=\"token\"; name=\"x\"\r\n\r\nabc":                                               part + "name=\"token\"; name=\"x\"\r\n\r\n" + token,
		part + "name=\"token":                       part + "name=\"token",
		part + "name=\"token\"\r\n\r\n" + canaryTag: part + "name=\"token\"\r\n\r\n" + canaryTag,
		"no parts": "no parts",
	} {
		for range 2 {
			if body = hideFields(KeyRules(), "multipart/form-data; boundary=B", body); body != want {
				t.Errorf("%q, want %q", body, want)
			}
		}
	}
}

type slowReader struct {
	r io.Reader
	n int
}

func (s *slowReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

// HTTP-34: bodies that are not text are named, not logged.
func TestAccessLogSkipsBodies(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(canary))
	r.Header.Set("Content-Encoding", "gzip")
	line := serve(t, r, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		io.Copy(w, r.Body)
	}, AccessRequestBody(100), AccessResponseBody(100))
	if line["request_body_skipped"] != "encoded" || line["response_body_skipped"] != "not text" || line["request_body"] != nil {
		t.Errorf("%v", line)
	}
}

// body notes what is done to it.
type body struct {
	io.Reader
	read, closed atomic.Int32
}

func (b *body) Read(p []byte) (int, error) { b.read.Add(1); return b.Reader.Read(p) }
func (b *body) Close() error               { b.closed.Add(1); return errors.New("close error") }

// HTTP-34: what the handler leaves unread stays unread, Close is the body's own, and
// a request without body keeps http.NoBody.
func TestAccessLogDoesNotDrain(t *testing.T) {
	b := &body{Reader: strings.NewReader(canary)}
	r := httptest.NewRequest("POST", "/", nil)
	r.Body = b
	serve(t, r, ok, AccessRequestBody(100))
	if b.read.Load() != 0 || b.closed.Load() != 0 {
		t.Errorf("read %d, closed %d times", b.read.Load(), b.closed.Load())
	}
	serve(t, r, func(w http.ResponseWriter, r *http.Request) {
		if err := r.Body.Close(); err == nil || err.Error() != "close error" {
			t.Error(err)
		}
	}, AccessRequestBody(100))
	if b.closed.Load() != 1 {
		t.Errorf("closed %d times", b.closed.Load())
	}
	serve(t, httptest.NewRequest("GET", "/", http.NoBody), func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			t.Error("NoBody was replaced")
		}
	}, AccessRequestBody(100))
}

// HTTP-34: logging does not ask for the body that the client holds back.
func TestExpectContinue(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		l := new(logs)
		s := start(AccessLog(l.logger(), matcher(t), AccessRequestBody(100))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
		})))
		b := &body{Reader: strings.NewReader("x")}
		r := newRequest(t, "POST", s.URL, b, "Expect", "100-continue")
		s.Client().Transport.(*http.Transport).ExpectContinueTimeout = 1 << 40
		if a := send(t, s, r); a.StatusCode != 403 || b.read.Load() != 0 {
			t.Errorf("%d, body read %d times", a.StatusCode, b.read.Load())
		}
	})
}

// HTTP-35: one line with what was really sent, whatever the handler does.
func TestStatusAndBytes(t *testing.T) {
	type line struct {
		status, bytes     float64
		hijacked, aborted bool
	}
	tests := []struct {
		name   string
		method string
		h      http.HandlerFunc
		want   line
		client int
	}{
		{"nothing", "GET", ok, line{status: 200}, 200},
		{"implicit", "GET", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") }, line{status: 200, bytes: 5}, 200},
		{"write", "GET", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("12345")) }, line{status: 200, bytes: 5}, 200},
		{"copy", "GET", func(w http.ResponseWriter, r *http.Request) {
			io.Copy(w, io.LimitReader(strings.NewReader("123456789"), 7))
		}, line{status: 200, bytes: 7}, 200},
		{"HEAD", "HEAD", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") }, line{status: 200}, 200},
		{"204", "GET", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); io.WriteString(w, "12345") }, line{status: 204}, 204},
		{"first status counts", "GET", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, line{status: 404}, 404},
		{"1xx does not", "GET", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(103); w.WriteHeader(404) }, line{status: 404}, 404},
		{"flush", "GET", func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); w.WriteHeader(404) }, line{status: 200}, 200},
		{"beyond Content-Length", "GET", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "123")
			io.WriteString(w, "45")
		}, line{status: 200, bytes: 3}, 200},
		{"panic", "GET", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, line{aborted: true}, 0},
		{"panic after write", "GET", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "123")
			panic(http.ErrAbortHandler)
		}, line{status: 200, bytes: 3, aborted: true}, 0},
		{"bad status", "GET", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(7) }, line{aborted: true}, 0},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, tt := range tests {
			if tt.name == "beyond Content-Length" && !strings.HasSuffix(t.Name(), "/HTTP/1.1") {
				continue // the server notices when it frames the body, after the handler
			}
			l := new(logs)
			s := start(AccessLog(l.logger(), matcher(t))(tt.h))
			resp, err := s.Client().Do(newRequest(t, tt.method, s.URL, nil))
			if err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if tt.client != 0 && resp.StatusCode != tt.client {
					t.Errorf("%s: client got %d", tt.name, resp.StatusCode)
				}
			}
			s.Close()
			m := l.one(t)
			got := line{status: m["status"].(float64), bytes: m["bytes"].(float64), hijacked: m["hijacked"] == true, aborted: m["aborted"] == true}
			if got != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
			}
		}
	})
}

// HTTP-35: levels.
func TestAccessLevel(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
	}
	r := httptest.NewRequest("GET", "/", nil)
	if l := serve(t, r, status(500))["level"]; l != "ERROR" {
		t.Error(l)
	}
	if l := serve(t, r, status(404))["level"]; l != "INFO" {
		t.Error(l)
	}
	if l := serve(t, r, status(404), AccessLevel(func(int) slog.Level { return slog.LevelWarn }))["level"]; l != "WARN" {
		t.Error(l)
	}
}

// HTTP-36: the line goes out under the snapshot of that moment: a secret registered
// while the handler ran is covered.
func TestSecretRegisteredDuringTheRequest(t *testing.T) {
	var m atomic.Pointer[redact.Matcher]
	empty, _ := redact.NewMatcher(nil)
	m.Store(empty)
	l := new(logs)
	AccessLog(l.logger(), sourceFunc(m.Load), AccessResponseBody(100))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, canary)
		m.Store(matcher(t))
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/?q="+url.QueryEscape(canary), nil))
	noLeak(t, "log", l.String())
}

type sourceFunc func() *redact.Matcher

func (f sourceFunc) Matcher() *redact.Matcher { return f() }

// HTTP-37: over the writers of net/http nothing is allocated beyond the line, over
// others two objects: the writer's state and the shape that the handler sees.
func TestAccessLogAllocations(t *testing.T) {
	if testing.CoverMode() != "" || raceEnabled {
		t.Skip("instrumented code allocates otherwise")
	}
	r := httptest.NewRequest("GET", "/users/42?page=2", nil)
	quiet, loud := slog.New(slog.DiscardHandler), slog.New(slog.NewTextHandler(io.Discard, nil))
	byHand := testing.AllocsPerRun(100, func() {
		loud.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("host", r.Host),
			slog.String("path", r.URL.Path), slog.Int("status", 200), slog.Int64("bytes", 0), slog.Duration("duration", 1),
			slog.String("remote", r.RemoteAddr), slog.String("query", r.URL.RawQuery))
	})
	var http1, http2 http.ResponseWriter
	capture := func(w *http.ResponseWriter) http.HandlerFunc {
		return func(server http.ResponseWriter, _ *http.Request) { *w = server }
	}
	get(t, startServer(t, capture(&http1), "HTTP/1.1"), "/")
	get(t, startServer(t, capture(&http2), "HTTP/2"), "/")
	for _, tt := range []struct {
		name  string
		have  capability
		extra float64
	}{
		{"HTTP/1.1", capabilities(http1), 0},
		{"HTTP/2", capabilities(http2), 0},
		{"another", canFlush, 2},
	} {
		w := expose(tt.have, newFullRecorder())
		for l, line := range map[*slog.Logger]float64{quiet: 0, loud: byHand} {
			h := AccessLog(l, matcher(t))(http.HandlerFunc(ok))
			if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); n != line+tt.extra {
				t.Errorf("%s: %v allocations, %v by hand", tt.name, n, line)
			}
		}
	}
}

// HTTP-20: no two requests share a writer, whichever of them are still under way,
// and none keeps hold of the server's after its end.
func TestWritersAreNotUsedAgain(t *testing.T) {
	seen := map[http.ResponseWriter]bool{}
	h := AccessLog(slog.New(slog.DiscardHandler), matcher(t), AccessResponseBody(100))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[w] = true
		io.WriteString(w, "text")
	}))
	const n = 100
	for range n {
		h.ServeHTTP(&nullWriter{h: http.Header{}}, httptest.NewRequest("GET", "/", nil))
	}
	if len(seen) != n {
		t.Errorf("%d writers for %d requests", len(seen), n)
	}
	for w := range seen {
		if w := w.(*http1Writer); w.ResponseWriter != nil || w.body != nil {
			t.Fatal("the server's writer, or the body, is kept")
		}
	}
}

// HTTP-38: chi's own logger and recoverer with our LogFormatter.
func TestLogFormatter(t *testing.T) {
	l := new(logs)
	f := LogFormatter(l.logger(), matcher(t), AccessRequestHeaders("Authorization"))
	r := chi.NewRouter()
	r.Use(middleware.RequestLogger(f), middleware.Recoverer)
	r.Get("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		if fmt.Sprintf("%v %+v %#v", middleware.GetLogEntry(r), r.Context(), middleware.GetLogEntry(r)) == "" {
			t.Error("nothing printed")
		}
		noLeak(t, "the entry printed", fmt.Sprintf("%v %+v %#v", middleware.GetLogEntry(r), middleware.GetLogEntry(r), middleware.GetLogEntry(r)))
		io.WriteString(w, "12345")
	})
	r.Get("/panic", func(http.ResponseWriter, *http.Request) { panic(errors.New("dial " + canary)) })
	serve := func(target string) map[string]any {
		l.buf.Reset()
		req := httptest.NewRequest("GET", target, nil)
		req.Header.Set("Authorization", "x")
		r.ServeHTTP(httptest.NewRecorder(), req)
		noLeak(t, "log", l.String())
		lines := l.lines(t)
		return lines[len(lines)-1]
	}
	line := serve("/users/7?q=" + url.QueryEscape(canary))
	if line["route"] != "/users/{id}" || line["status"] != 200.0 || line["bytes"] != 5.0 || line["query"] != "q="+canaryTag ||
		line["request_headers"].(map[string]any)["Authorization"] != "[REDACTED:key/authorization]" {
		t.Errorf("%v", line)
	}
	line = serve("/panic")
	if line["status"] != 500.0 || !strings.Contains(l.String(), "dial "+canaryTag) {
		t.Errorf("%s", l)
	}
}

// HTTP-29: misuse panics where it happens.
func TestNilArguments(t *testing.T) {
	m, l := matcher(t), slog.New(slog.DiscardHandler)
	for name, f := range map[string]func(){
		"AccessLog source":    func() { AccessLog(l, nil) },
		"AccessLog logger":    func() { AccessLog(nil, m) },
		"Recoverer source":    func() { Recoverer(l, nil) },
		"Recoverer logger":    func() { Recoverer(nil, m) },
		"Guard":               func() { Guard(nil) },
		"ErrorLog source":     func() { ErrorLog(l, nil) },
		"ErrorLog logger":     func() { ErrorLog(nil, m) },
		"LogFormatter source": func() { LogFormatter(l, nil) },
		"LogFormatter logger": func() { LogFormatter(nil, m) },
		"Transport":           func() { Transport(nil, nil) },
		"NewClient":           func() { NewClient(nil, nil) },
		"RedactError":         func() { RedactError(nil, nil) },
		"StatusPage source":   func() { StatusPage(nil, func(*http.Request) bool { return true }) },
		"StatusPage authorize": func() {
			StatusPage(StatusSourceFunc(func() []SecretStatus { return nil }), nil)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nil was taken", name)
				}
			}()
			f()
		}()
	}
}
