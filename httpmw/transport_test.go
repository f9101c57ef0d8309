package httpmw

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

func mustEmpty(t testing.TB) *redact.Matcher {
	t.Helper()
	m, err := redact.NewMatcher(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// HTTP-50: what is sent and received is untouched.
func TestTransportSendsAsIs(t *testing.T) {
	l := new(logs)
	var got *http.Request
	var body string
	s := startServer(t, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		w.Header().Set("X-Reply", canary)
		io.WriteString(w, canary)
	}), "HTTP/1.1")
	c := &http.Client{Transport: Transport(nil, matcher(t), TransportLog(l.logger()))}
	r := newRequest(t, "POST", s.URL+"/p?access_token=plain&q="+url.QueryEscape(canary), strings.NewReader(canary), "Authorization", "Bearer "+canary)
	getBody := r.GetBody
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	if body != canary || got.Header.Get("Authorization") != "Bearer "+canary || got.URL.Query().Get("q") != canary ||
		string(b) != canary || resp.Header.Get("X-Reply") != canary || getBody == nil || r.GetBody == nil || resp.Request.URL.Query().Get("q") != canary {
		t.Error("a message was changed")
	}
	line := l.one(t)
	if u := line["url"].(string); u != s.URL+"/p?access_token=[REDACTED:key/access_token]&q="+canaryTag || line["status"] != 200.0 || line["method"] != "POST" {
		t.Errorf("%v", line)
	}
}

// HTTP-51: errors of the transport keep what they are and lose what they say.
func TestTransportErrors(t *testing.T) {
	boom := errors.New("boom")
	timeout := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	tests := []struct {
		name  string
		err   error
		text  string
		check func(err error) bool
	}{
		{"clean stays itself", boom, "boom", func(err error) bool { return err == boom }},
		{"context", context.Canceled, "context canceled", func(err error) bool { return err == context.Canceled }},
		{"wrapped", fmt.Errorf("dial %s: %w", canary, syscall.ECONNREFUSED), "dial " + canaryTag + ": connection refused",
			func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
		{"url.Error", &url.Error{Op: "Get", URL: "http://x/?q=" + url.QueryEscape(canary), Err: boom}, `Get "http://x/?q=` + canaryTag + `": boom`,
			func(err error) bool {
				var ue *url.Error
				return errors.As(err, &ue) && ue.URL == "http://x/?q="+canaryTag && errors.Is(err, boom)
			}},
		{"url.Error by name", &url.Error{Op: "Get", URL: "http://x/?access_token=abc", Err: boom}, `Get "http://x/?access_token=[REDACTED:key/access_token]": boom`,
			func(err error) bool { return errors.Is(err, boom) }},
		{"url.Error inside", fmt.Errorf("fetch: %w", &url.Error{Op: "Get", URL: "http://x/?token=abc", Err: timeout}), `fetch: Get "http://x/?token=[REDACTED:key/token]": dial tcp: i/o timeout`,
			func(err error) bool {
				var ue *url.Error
				var oe *net.OpError
				t, ok := err.(interface{ Timeout() bool })
				return errors.As(err, &ue) && !strings.Contains(ue.URL, "abc") && ue.Timeout() && errors.As(err, &oe) && ok && t.Timeout()
			}},
		{"timeout inside a dirty url.Error", &url.Error{Op: canary, URL: "http://x", Err: &net.OpError{Op: canary, Err: os.ErrDeadlineExceeded}}, canaryTag + ` "http://x": ` + canaryTag + `: i/o timeout`,
			func(err error) bool {
				return err.(*url.Error).Timeout() && errors.Is(err, os.ErrDeadlineExceeded)
			}},
		{"uncomparable", uncomparable{[]string{"clean"}}, "clean", func(err error) bool { return err.Error() == "clean" }},
		{"uncomparable and dirty", uncomparable{[]string{canary}}, canaryTag, func(err error) bool { return true }},
		{"url.Error over uncomparable", &url.Error{Op: "Get", URL: "http://x", Err: uncomparable{[]string{"a"}}}, `Get "http://x": a`, func(err error) bool { return true }},
		{"url.Error over an error that panics", &url.Error{Op: "Get", URL: "http://x", Err: rudeError{}}, "", func(err error) bool { return !strings.Contains(fmt.Sprint(err), canary) }},
		{"url.Error that quotes", &url.Error{Op: "Get", URL: "http://x", Err: errors.New(`at "http://u:p@h/" or "a\"?token=x" or "?token=y`)}, `Get "http://x": at "http://u:[REDACTED:key/password]@h/" or "a\"?token=[REDACTED:key/token]" or "?token=[REDACTED:key/token]`, func(err error) bool { return true }},
		{"url.Error without error", &url.Error{Op: "Get", URL: "http://x?token=a"}, "", func(err error) bool { return err.(*url.Error).URL == "http://x?token=[REDACTED:key/token]" }},
	}
	for _, tt := range tests {
		_, err := Transport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, tt.err }), matcher(t)).
			RoundTrip(httptest.NewRequest("GET", "http://x/", nil))
		if tt.text != "" && err.Error() != tt.text {
			t.Errorf("%s: %q, want %q", tt.name, err, tt.text)
		}
		if !tt.check(err) {
			t.Errorf("%s: %#v lost what it was", tt.name, err)
		}
		if tt.text != "" {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				noLeak(t, tt.name+" "+verb, fmt.Sprintf(verb, err))
			}
		}
		if again := RedactError(err, matcher(t)); tt.text != "" && again.Error() != err.Error() {
			t.Errorf("%s: twice gives %q", tt.name, again)
		}
	}
}

type uncomparable struct{ parts []string }

func (u uncomparable) Error() string { return strings.Join(u.parts, "") }

// HTTP-51: an error redacted under an older snapshot is redacted again.
func TestErrorUnderANewerSnapshot(t *testing.T) {
	other, _ := redact.NewMatcher([]redact.Secret{redact.NewSecret("other", "", []byte("quagga-tapir"))})
	err := fmt.Errorf("%s and %w", "quagga-tapir", errors.New(canary))
	if got := RedactError(RedactError(err, other), matcher(t)).Error(); got != "[REDACTED:other] and "+canaryTag {
		t.Error(got)
	}
}

// HTTP-52: http.Client puts the URL into an error of its own, beyond the Transport;
// Client and RedactError reach it.
func TestClient(t *testing.T) {
	m := matcher(t)
	raw := &http.Client{Transport: Transport(roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, syscall.ECONNREFUSED
	}), m), Timeout: time.Minute}
	target := "http://app:" + url.PathEscape(canary) + "@x.example/?access_token=abc&q=" + url.QueryEscape(canary)
	_, err := raw.Get(target)
	if !strings.Contains(err.Error(), "access_token=abc") {
		t.Error("http.Client no longer shows the URL: Client is not needed")
	}
	c := NewClient(raw, m)
	want := `"http://app:***@x.example/?access_token=[REDACTED:key/access_token]&q=` + canaryTag + `": connection refused`
	for name, call := range map[string]func() error{
		"Get": func() error { _, err := c.Get(target); return err },
		"Head": func() error {
			_, err := c.Head(target)
			return err
		},
		"Post": func() error { _, err := c.Post(target, "text/plain", strings.NewReader("x")); return err },
		"PostForm": func() error {
			_, err := c.PostForm(target, url.Values{"a": {"b"}})
			return err
		},
		"Do": func() error { _, err := c.Do(newRequest(t, "GET", target, nil)); return err },
	} {
		err := call()
		var ue *url.Error
		if err == nil || !strings.HasSuffix(err.Error(), want) || !errors.As(err, &ue) || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// HTTP-53: URLs that do not even parse show neither known values nor passwords.
func TestMalformedURLs(t *testing.T) {
	m := matcher(t)
	for _, raw := range []string{
		"http://app:pass word@host/x", "http://app:p%zz@host", "postgres://app:pa/ss@host:5432/db",
		"http://app:" + canary + "@host/%zz", "http://host/%zz?token=pass", "http://app:p@ss@host\x7f/",
	} {
		_, err := NewClient(nil, m).Get(raw)
		if err == nil {
			t.Errorf("%q was sent", raw)
			continue
		}
		noLeak(t, raw, err.Error())
		for _, part := range []string{"pass word", "pa/ss", "p%zz", "=pass", "p@ss"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v shows %q", raw, err, part)
			}
		}
	}
	ev := redact.NewSink(m, "test").Event()
	for raw, want := range map[string]string{
		"http://host:80/a@b":           "http://host:80/a@b",
		"http://user@host/":            "http://user@host/",
		"http://u:p@host/a:b@c":        "http://u:[REDACTED:key/password]@host/a:b@c",
		"mailto:a:b@c":                 "mailto:a:b@c",
		"http://host/?u=http://a:b@c":  "http://host/?u=http://a:b@c",
		"/relative?token=x#frag":       "/relative?token=[REDACTED:key/token]#frag",
		"http://u:[REDACTED:x]@host/":  "http://u:[REDACTED:x]@host/",
		"http://[::1]:80/?a=b":         "http://[::1]:80/?a=b",
		"http://u:p@[::1]:80/#token=x": "http://u:[REDACTED:key/password]@[::1]:80/#token=[REDACTED:key/token]",
	} {
		if got := redactURL(ev, KeyRules(), raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// HTTP-53: a redirect to a URL that does not parse, or in a circle, is quoted by
// http.Client with all that is in it.
func TestRedirects(t *testing.T) {
	m := matcher(t)
	for name, location := range map[string]string{
		"malformed":      "http://app:hunter2%zz@host/?token=hunter2&q=" + url.QueryEscape(canary),
		"control byte":   "http://app:hunter2@host/\x7f?token=hunter2",
		"to itself":      "/?token=hunter2&q=" + url.QueryEscape(canary),
		"to nowhere":     "http://app:hunter2@127.0.0.1:1/?token=hunter2",
		"to what is not": "ftp://app:hunter2@host/?token=hunter2",
	} {
		s := startServer(t, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Location"] = []string{location}
			w.WriteHeader(302)
		}), "HTTP/1.1")
		_, err := NewClient(s.Client(), m).Get(s.URL)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, verb := range []string{"%v", "%+v", "%#v"} {
				text := fmt.Sprintf(verb, e)
				noLeak(t, name, text)
				if strings.Contains(text, "hunter2") {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
		if again := RedactError(err, m); again.Error() != err.Error() {
			t.Errorf("%s: twice: %v", name, again)
		}
	}
}

// HTTP-50: what a request looks like to those who look at it on its way (httptrace,
// httputil.DumpRequestOut) is what is sent, and theirs to redact: a dump through the
// same source shows no secret, Basic credentials included.
func TestTraceAndDump(t *testing.T) {
	m := matcher(t)
	s := startServer(t, handlerFunc(ok), "HTTP/1.1")
	r := newRequest(t, "POST", s.URL+"/?q="+url.QueryEscape(canary), strings.NewReader("a="+url.QueryEscape(canary)), "X-Note", canary)
	r.SetBasicAuth("app", canary)
	dump, err := httputil.DumpRequestOut(r, true)
	if err != nil || !bytes.Contains(dump, []byte(canary)) {
		t.Fatalf("%v %q", err, dump)
	}
	noLeak(t, "dump", m.String(string(dump)))
	if user := base64.StdEncoding.EncodeToString([]byte("app:" + canary)); strings.Contains(m.String(string(dump)), user[8:24]) {
		t.Errorf("%q", m.String(string(dump)))
	}
	var note []string
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteHeaderField: func(key string, value []string) {
			if key == "X-Note" {
				note = value
			}
		},
	}))
	s.Client().Transport = Transport(s.Client().Transport, m)
	if resp, err := NewClient(s.Client(), m).Do(r); err != nil {
		t.Error(err)
	} else {
		resp.Body.Close()
	}
	if len(note) != 1 || note[0] != canary {
		t.Errorf("the trace saw %q", note)
	}
}

// HTTP-54: the line of a failed request, and idle connections.
func TestTransportLogsErrors(t *testing.T) {
	l := new(logs)
	rt := Transport(roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no " + canary) }), matcher(t), TransportLog(l.logger()))
	rt.RoundTrip(newRequest(t, "", "http://x/?q=1", nil))
	line := l.one(t)
	if line["level"] != "WARN" || line["error"] != "no "+canaryTag || line["method"] != "GET" {
		t.Errorf("%v", line)
	}
	closed := 0
	c := &http.Client{Transport: Transport(closer{&closed}, matcher(t))}
	c.CloseIdleConnections()
	if closed != 1 {
		t.Error("CloseIdleConnections did not arrive")
	}
}

type closer struct{ n *int }

func (c closer) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }
func (c closer) CloseIdleConnections()                           { *c.n++ }

// HTTP-50: nothing is allocated for a request that succeeds and is not logged.
func TestTransportAllocations(t *testing.T) {
	resp := &http.Response{StatusCode: 200}
	rt := Transport(roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil }), matcher(t))
	r := newRequest(t, "GET", "http://x/", nil)
	if n := testing.AllocsPerRun(100, func() { rt.RoundTrip(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
