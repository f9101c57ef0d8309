package httpmw

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/felixge/httpsnoop"

	"github.com/seed-00b494d3/tagout/redact"
)

// guarded starts a server of h behind a Guard.
func guarded(t testing.TB, start func(http.Handler) *httptest.Server, h http.HandlerFunc, opts ...GuardOption) *httptest.Server {
	t.Helper()
	return start(Guard(matcher(t), opts...)(h))
}

// HTTP-10: a body is held to its end if it says that it is short, and then has the
// right length; otherwise it goes without one. No client sees an unexpected EOF.
func TestContentLength(t *testing.T) {
	clean := strings.Repeat("clean ", 100)
	dirty := clean + canary + clean
	redacted := clean + "[REDACTED]" + clean
	big := strings.Repeat("0123456789abcdef", 8<<10) // 128 KiB
	tests := []struct {
		name     string
		body     string
		declare  bool
		want     string
		wantLen  int64 // -1: none
		wantETag string
	}{
		{"clean and declared", clean, true, clean, int64(len(clean)), `"v1"`},
		{"secret and declared", dirty, true, redacted, int64(len(redacted)), ""},
		{"clean, longer than the buffer", big, true, big, -1, `W/"v1"`},
		{"secret, longer than the buffer", big + canary, true, big + "[REDACTED]", -1, `W/"v1"`},
		{"empty and declared", "", true, "", 0, `"v1"`},
		{"secret, not declared", dirty, false, redacted, int64(len(redacted)), `W/"v1"`},
		{"longer, not declared", big + canary, false, big + "[REDACTED]", -1, `W/"v1"`},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, tt := range tests {
			for _, how := range []string{"one write", "small writes", "copy"} {
				s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					w.Header().Set("ETag", `"v1"`)
					for _, k := range bodyHeaders {
						w.Header().Set(k, "of the body")
					}
					if tt.declare {
						w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)))
					}
					switch how {
					case "one write":
						io.WriteString(w, tt.body)
					case "small writes":
						for i := 0; i < len(tt.body); i += 777 {
							io.WriteString(w, tt.body[i:min(i+777, len(tt.body))])
						}
					case "copy":
						io.Copy(w, strings.NewReader(tt.body))
					}
				})
				a := get(t, s, "/")
				if a.err != nil || a.body != tt.want {
					t.Errorf("%s, %s: %v, %d bytes, want %d", tt.name, how, a.err, len(a.body), len(tt.want))
				}
				if a.ContentLength != tt.wantLen {
					t.Errorf("%s, %s: Content-Length %d, want %d", tt.name, how, a.ContentLength, tt.wantLen)
				}
				if got := a.Header.Get("ETag"); got != tt.wantETag {
					t.Errorf("%s, %s: ETag %s, want %s", tt.name, how, got, tt.wantETag)
				}
				for _, k := range bodyHeaders {
					if changed := tt.wantETag != `"v1"`; (a.Header.Get(k) == "") != changed {
						t.Errorf("%s, %s: %s %q", tt.name, how, k, a.Header.Get(k))
					}
				}
			}
		}
	})
}

// bodyHeaders tell what is true of one body only.
var bodyHeaders = []string{"Accept-Ranges", "Content-Digest", "Content-MD5", "Digest", "Repr-Digest"}

// HTTP-10: ServeContent declares the length and copies.
func TestServeContent(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, size := range []int{10, 3000, 200 << 10} {
			body := strings.Repeat("x", size) + canary + strings.Repeat("y", size)
			s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
				http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(body))
			})
			a := get(t, s, "/")
			if want := strings.ReplaceAll(body, canary, "[REDACTED]"); a.err != nil || a.body != want {
				t.Errorf("%d: %v, %d bytes, want %d", size, a.err, len(a.body), len(want))
			}
			if a.Header.Get("Accept-Ranges") != "" {
				t.Errorf("%d: still offers ranges", size)
			}
			if a := get(t, s, "/", "If-Modified-Since", "Sun, 09 Sep 2001 01:46:40 GMT"); a.StatusCode != 304 || a.body != "" {
				t.Errorf("%d: revalidation got %d %q", size, a.StatusCode, a.body)
			}
		}
	})
}

// HTTP-10: a body shorter than it said stays visibly broken, and one that is longer
// is cut as the server would do.
func TestWrongContentLength(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, size := range []int{2000, 100 << 10} {
			for _, secret := range []string{"", canary} {
				s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					w.Header().Set("Content-Length", strconv.Itoa(size))
					io.WriteString(w, "short "+secret)
				})
				if resp, err := s.Client().Get(s.URL); err == nil {
					b, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if err == nil {
						t.Errorf("%d bytes declared, %d written: the client saw nothing wrong", size, len(b))
					}
					noLeak(t, "body", string(b))
				}
				s = guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					w.Header().Set("Content-Length", "4")
					if _, err := io.WriteString(w, "more than four "+secret); err != http.ErrContentLength {
						t.Error("write beyond Content-Length:", err)
					}
				})
				send(t, s, newRequest(t, "HEAD", s.URL, nil))
			}
		}
	})
}

// HTTP-10, HTTP-13: HEAD has the Content-Length of GET, or none.
func TestHead(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"writes": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "a "+canary+" b")
		},
		"declares and writes": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", strconv.Itoa(len(canary)))
			io.WriteString(w, canary)
		},
		"ServeContent": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader("x"+canary))
		},
		"declares only": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", strconv.Itoa(len(canary)))
			if r.Method == "GET" {
				io.WriteString(w, canary)
			}
		},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, h := range handlers {
			s := guarded(t, start, h)
			head, full := send(t, s, newRequest(t, "HEAD", s.URL, nil)), get(t, s, "/")
			if head.body != "" || full.err != nil {
				t.Errorf("%s: HEAD body %q, GET %v", name, head.body, full.err)
			}
			if head.ContentLength != -1 && head.ContentLength != full.ContentLength {
				t.Errorf("%s: HEAD says %d, GET %d", name, head.ContentLength, full.ContentLength)
			}
		}
	})
}

// HTTP-11: a secret over two writes, over Flush, over the chunks of a copy.
func TestSplitSecrets(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for cut := 1; cut < len(canary); cut++ {
			s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				io.WriteString(w, "before "+canary[:cut])
				if r.URL.Path == "/flush" {
					w.(http.Flusher).Flush()
				}
				if r.URL.Path == "/copy" {
					io.Copy(w, struct{ io.Reader }{strings.NewReader(canary[cut:] + " after")})
					return
				}
				w.Write([]byte(canary[cut:] + " after"))
			})
			for _, path := range []string{"/", "/flush", "/copy"} {
				if a := get(t, s, path); a.body != "before [REDACTED] after" {
					t.Fatalf("cut at %d, %s: %q", cut, path, a.body)
				}
			}
			s.Close()
		}
	})
}

// HTTP-11: Flush sends what is safe at once; the rest stays held.
func TestFlushSendsTheSafePrefix(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		next := make(chan struct{})
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for _, part := range []string{"first;", "second;" + canary[:9], canary[9:] + ";third"} {
				io.WriteString(w, part)
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				<-next
			}
		})
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		read := func(want string) {
			t.Helper()
			b := make([]byte, len(want))
			if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != want {
				t.Errorf("read %q, %v, want %q", b, err, want)
			}
			next <- struct{}{}
		}
		read("first;")
		read("second;")
		read("[REDACTED];")
		if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "third" {
			t.Errorf("rest %q, %v", b, err)
		}
	})
}

// HTTP-12: in an event stream the end of an event releases what is held, although
// it may begin a secret.
func TestEventStream(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, end := range []string{"\n\n", "\r\n\r\n", "\r\r"} {
			next := make(chan struct{})
			s := start(Guard(matcher(t, end+"data: spans two events"))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for _, e := range []string{"data: one", "data: " + canary, "data: three"} {
					io.WriteString(w, e+end)
					w.(http.Flusher).Flush()
					<-next
				}
			})))
			resp, err := s.Client().Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"data: one", "data: [REDACTED]", "data: three"} {
				want += end
				b := make([]byte, len(want))
				if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != want {
					t.Errorf("event %q, %v, want %q", b, err, want)
				}
				next <- struct{}{}
			}
			resp.Body.Close()
		}
	})
}

// HTTP-14: no oracle. A reflected guess comes back unchanged unless it is all of the
// secret, and the tag names nothing.
func TestNoOracle(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("X-Echo", r.Header.Get("X-Guess"))
			io.WriteString(w, r.Header.Get("X-Guess"))
		})
		for n := 1; n <= len(canary); n++ {
			want := canary[:n]
			if n == len(canary) {
				want = "[REDACTED]"
			}
			if a := get(t, s, "/", "X-Guess", canary[:n]); a.body != want || a.Header.Get("X-Echo") != want {
				t.Fatalf("guess of %d bytes: body %q, header %q", n, a.body, a.Header.Get("X-Echo"))
			}
		}
	})
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.Bytes()
}

// HTTP-15, HTTP-16: what cannot be redacted is passed on, byte for byte, and counted;
// strictly, it is not sent.
func TestSkips(t *testing.T) {
	tests := []struct {
		name   string
		header map[string]string
		status int
		body   string
		why    Skip
		strict bool // refused under GuardStrict
	}{
		{"gzip", map[string]string{"Content-Type": "text/plain", "Content-Encoding": "gzip"}, 200, string(gzipped(canary)), SkipEncoded, true},
		{"br", map[string]string{"Content-Type": "text/plain", "Content-Encoding": "br"}, 200, "\x0b\x02", SkipEncoded, true},
		{"zstd", map[string]string{"Content-Type": "application/json", "Content-Encoding": "zstd"}, 200, "\x28\xb5", SkipEncoded, true},
		{"deflate after identity", map[string]string{"Content-Type": "text/css", "Content-Encoding": "identity, deflate"}, 200, "x", SkipEncoded, true},
		{"encoded without a type", map[string]string{"Content-Encoding": "gzip"}, 200, string(gzipped(canary)), SkipEncoded, true},
		{"range", map[string]string{"Content-Type": "text/plain", "Content-Range": "bytes 0-4/100"}, 206, "hello", SkipRange, true},
		{"byteranges", map[string]string{"Content-Type": "multipart/byteranges; boundary=x"}, 206, "--x\r\n", SkipRange, true},
		{"no-transform", map[string]string{"Content-Type": "text/plain", "Cache-Control": "public, No-Transform"}, 200, canary, SkipNoTransform, true},
		{"image", map[string]string{"Content-Type": "image/png"}, 200, "\x89PNG" + canary, SkipType, false},
		{"compressed image", map[string]string{"Content-Type": "image/svgz", "Content-Encoding": "gzip"}, 200, "x", SkipType, false},
		{"grpc", map[string]string{"Content-Type": "application/grpc+json"}, 200, "\x00\x00\x00\x00\x05" + "12345", SkipType, false},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, tt := range tests {
			for _, strict := range []bool{false, true} {
				var skips Skips
				opts := []GuardOption{GuardSkips(&skips)}
				if strict {
					opts = append(opts, GuardStrict())
				}
				s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
					for k, v := range tt.header {
						w.Header().Set(k, v)
					}
					w.Header().Set("ETag", `"v1"`)
					w.Header().Set("X-Note", canary)
					w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)))
					w.WriteHeader(tt.status)
					io.Copy(w, strings.NewReader(tt.body))
				}, opts...)
				a := send(t, s, newRequest(t, "GET", s.URL, nil, "Accept-Encoding", "gzip"))
				noLeak(t, tt.name, fmt.Sprint(a.Header))
				if strict && tt.strict {
					if a.StatusCode != 500 || a.body != "" || skips.Count(SkipRefused) != 1 {
						t.Errorf("%s, strict: %d %q, refused %d", tt.name, a.StatusCode, a.body, skips.Count(SkipRefused))
					}
					continue
				}
				if a.err != nil || a.StatusCode != tt.status || a.body != tt.body {
					t.Errorf("%s: %v %d %q", tt.name, a.err, a.StatusCode, a.body)
				}
				if a.Header.Get("ETag") != `"v1"` || a.ContentLength != int64(len(tt.body)) {
					t.Errorf("%s: header changed: %v", tt.name, a.Header)
				}
				if skips.Count(tt.why) != 1 {
					t.Errorf("%s: not counted as %s", tt.name, tt.why)
				}
			}
		}
	})
}

// HTTP-16: under GuardStrict the handler is not asked for ranges or encodings, so
// that ranges and compressors inside do no harm.
func TestStrictAsksForTheWholeBody(t *testing.T) {
	body := strings.Repeat("x", 100) + canary
	var seen http.Header
	s := guarded(t, func(h http.Handler) *httptest.Server { return startServer(t, h, "HTTP/1.1") }, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(body))
	}, GuardStrict())
	r := newRequest(t, "GET", s.URL, nil, "Range", "bytes=90-", "If-Range", `"x"`, "Accept-Encoding", "br", "X-Other", "kept")
	a := send(t, s, r)
	if a.StatusCode != 200 || a.body != strings.Repeat("x", 100)+"[REDACTED]" {
		t.Errorf("%d %q", a.StatusCode, a.body)
	}
	if seen.Get("Range")+seen.Get("If-Range")+seen.Get("Accept-Encoding") != "" || seen.Get("X-Other") != "kept" {
		t.Errorf("handler saw %v", seen)
	}
}

// HTTP-16: without GuardStrict, ranges of a file are left alone, and counted.
func TestRangesOfAFile(t *testing.T) {
	body := strings.Repeat("0123456789", 50)
	tests := []struct{ name, rng, ifRange, want string }{
		{"one", "bytes=10-19", "", "0123456789"},
		{"suffix", "bytes=-5", "", "56789"},
		{"several", "bytes=0-1,4-5", "", ""},
		{"unsatisfiable", "bytes=900-", "", ""},
		{"If-Range that fails", "bytes=10-19", `"other"`, body},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		var skips Skips
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(body))
		}, GuardSkips(&skips))
		for _, tt := range tests {
			h := []string{"Range", tt.rng}
			if tt.ifRange != "" {
				h = append(h, "If-Range", tt.ifRange)
			}
			a := get(t, s, "/", h...)
			if a.err != nil || tt.want != "" && a.body != tt.want {
				t.Errorf("%s: %d %v %q", tt.name, a.StatusCode, a.err, a.body)
			}
		}
		if skips.Count(SkipRange) != 3 {
			t.Errorf("%d ranges counted", skips.Count(SkipRange))
		}
	})
}

// HTTP-13: where no body is allowed none is written, and the header is redacted.
func TestBodylessResponses(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, code := range []int{204, 304} {
			s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Note", canary)
				w.Header().Set("ETag", `"v1"`)
				w.WriteHeader(code)
				if _, err := io.WriteString(w, canary); err != http.ErrBodyNotAllowed {
					t.Errorf("%d: write: %v", code, err)
				}
			})
			a := get(t, s, "/")
			if a.StatusCode != code || a.err != nil || a.body != "" || a.Header.Get("X-Note") != "[REDACTED]" || a.Header.Get("ETag") != `"v1"` {
				t.Errorf("%d: %d %v %q %v", code, a.StatusCode, a.err, a.body, a.Header)
			}
		}
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Note", canary) })
		if a := get(t, s, "/"); a.StatusCode != 200 || a.Header.Get("X-Note") != "[REDACTED]" || a.ContentLength != 0 {
			t.Errorf("implicit 200: %d %v", a.StatusCode, a.Header)
		}
		s = guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(201)
			w.WriteHeader(500)
			io.WriteString(w, "first wins")
		})
		if a := get(t, s, "/"); a.StatusCode != 201 || a.body != "first wins" {
			t.Errorf("second WriteHeader: %d %q", a.StatusCode, a.body)
		}
	})
}

// HTTP-13: what a handler changes after WriteHeader does not go out, held or not.
func TestHeaderIsFixedByWriteHeader(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, length := range []string{"", "5"} {
			s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				w.Header().Set("X-Kept", "yes")
				w.WriteHeader(200)
				w.Header().Set("X-Late", "yes")
				w.Header().Del("X-Kept")
				io.WriteString(w, "hello")
				if w.Header().Get("X-Late") != "yes" {
					t.Error("the handler lost its header")
				}
			})
			if a := get(t, s, "/"); a.Header.Get("X-Late") != "" || a.Header.Get("X-Kept") != "yes" || a.body != "hello" {
				t.Errorf("length %q: %v %q", length, a.Header, a.body)
			}
		}
	})
}

// HTTP-17: a body without a type is redacted, whatever the server guesses that it is,
// and the guess stays the same.
func TestSniffedTypes(t *testing.T) {
	bodies := map[string]string{
		"html":  "<!DOCTYPE html><p>" + canary,
		"text":  "plain " + canary,
		"long":  strings.Repeat("plain text ", 200) + canary,
		"png":   "\x89PNG\r\n\x1a\n" + canary,
		"pnglg": "\x89PNG\r\n\x1a\n" + strings.Repeat("\x01", 3000) + canary,
		"empty": "",
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, body := range bodies {
			for _, step := range []int{1, 100, 1 << 20} {
				h := func(w http.ResponseWriter, r *http.Request) {
					for i := 0; i < len(body); i += step {
						io.WriteString(w, body[i:min(i+step, len(body))])
					}
				}
				plain, a := get(t, start(http.HandlerFunc(h)), "/"), get(t, guarded(t, start, h), "/")
				if want := strings.ReplaceAll(body, canary, "[REDACTED]"); a.body != want {
					t.Errorf("%s/%d: body %.100q", name, step, a.body)
				}
				// The server looks at what it was given first: 512 bytes of it at most.
				if got := a.Header.Get("Content-Type"); step > 1 && got != plain.Header.Get("Content-Type") {
					t.Errorf("%s/%d: type %q, the server alone says %q", name, step, got, plain.Header.Get("Content-Type"))
				}
			}
		}
		// Content-Type: nil switches the guess off; what has no type is redacted.
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, canary)
		})
		if a := get(t, s, "/"); a.body != "[REDACTED]" || a.Header.Get("Content-Type") != "" {
			t.Errorf("no type: %q %q", a.Header.Get("Content-Type"), a.body)
		}
	})
}

// HTTP-17: chosen types.
func TestGuardTypes(t *testing.T) {
	tests := []struct {
		patterns []string
		ct       string
		redacted bool
	}{
		{nil, "application/problem+json; charset=utf-8", true},
		{nil, "Application/JSON", true},
		{nil, "application/octet-stream", false},
		{nil, "not a type", true},
		{nil, "", true},
		{[]string{"application/json"}, "text/plain", false},
		{[]string{"*/*"}, "application/octet-stream", true},
		{[]string{"*/*"}, "application/grpc", false},
		{[]string{"+xml"}, "image/svg+xml", true},
		{[]string{"text/*"}, "text/csv;header=present", true},
	}
	for _, tt := range tests {
		var opts []GuardOption
		if tt.patterns != nil {
			opts = append(opts, GuardTypes(tt.patterns...))
		}
		rec := httptest.NewRecorder()
		Guard(matcher(t), opts...)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", tt.ct)
			io.WriteString(w, canary)
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if got := rec.Body.String() == "[REDACTED]"; got != tt.redacted {
			t.Errorf("%q, %q: redacted %v", tt.patterns, tt.ct, got)
		}
	}
	for _, bad := range []string{"", "json", "text/*/x", "*/json", "text/plain; x=y"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("pattern %q was taken", bad)
				}
			}()
			GuardTypes(bad)
		}()
	}
}

// HTTP-18: headers and trailers, declared or not.
func TestHeadersAndTrailers(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		shared := []string{"keep " + canary}
		s := guarded(t, start, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h["X-Shared"] = shared
			h.Set("Set-Cookie", "session="+canary)
			h.Add("Set-Cookie", "theme=dark")
			h.Set("Location", "/next?token=zebra%2FQuill%2b4471%22marsh%26fen&x=1")
			h.Set("Www-Authenticate", `Basic realm="`+canary+`"`)
			h.Set("X-Allowed", canary)
			h.Set("Trailer", "X-Declared, Grpc-Message")
			h.Set("Content-Type", "text/plain")
			io.WriteString(w, "body")
			h.Set("X-Declared", canary)
			h.Set("Grpc-Message", "failed: zebra%2FQuill%2B4471%22marsh%26fen")
			h.Set(http.TrailerPrefix+"X-Undeclared", "t "+canary)
			h.Set(http.TrailerPrefix+"Repr-Digest", "sha-256=:stale:")
		}, GuardAllowHeaders("x-allowed"))
		a := get(t, s, "/")
		want := map[string]string{
			"X-Shared": "keep [REDACTED]", "Location": "/next?token=[REDACTED]&x=1",
			"Www-Authenticate": `Basic realm="[REDACTED]"`, "X-Allowed": canary,
		}
		for k, v := range want {
			if a.Header.Get(k) != v {
				t.Errorf("%s: %q, want %q", k, a.Header.Get(k), v)
			}
		}
		if c := a.Header["Set-Cookie"]; len(c) != 2 || c[0] != "session=[REDACTED]" || c[1] != "theme=dark" {
			t.Errorf("Set-Cookie %q", c)
		}
		for k, v := range map[string]string{"X-Declared": "[REDACTED]", "Grpc-Message": "failed: [REDACTED]", "X-Undeclared": "t [REDACTED]", "Repr-Digest": ""} {
			if a.Trailer.Get(k) != v {
				t.Errorf("trailer %s: %q, want %q", k, a.Trailer.Get(k), v)
			}
		}
		if shared[0] != "keep "+canary {
			t.Error("a slice of the handler's was written to")
		}
	})
}

// HTTP-18: a header whose name holds a secret is dropped, and framing is left alone.
func TestHeaderNamesAndFraming(t *testing.T) {
	m := matcher(t, "X-Quagga-Tapir-Key", "12345678")
	rec := httptest.NewRecorder()
	Guard(m)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Quagga-Tapir-Key", "1")
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "12345678")
		w.Header().Set("X-Length", "12345678")
		w.WriteHeader(200)
	})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	h := rec.Result().Header
	if _, ok := h["X-Quagga-Tapir-Key"]; ok || h.Get("Content-Length") != "12345678" || h.Get("X-Length") != "[REDACTED]" {
		t.Errorf("header %v", h)
	}
}

// HTTP-19: a Source that cannot vouch for its secrets closes bodies and headers, and
// the response can still be parsed.
func TestUnavailable(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, src := range map[string]redact.Source{"closed": redact.Closed(), "nil matcher": nilSource{}} {
			s := start(Guard(src)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.Header().Set("X-Note", "anything")
				w.Header().Set("Content-Length", "8")
				io.WriteString(w, "anything")
			})))
			a := get(t, s, "/")
			if a.err != nil || a.body == "" || strings.Contains(a.body, "anything") || a.Header.Get("X-Note") != "" || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %v %q %v", name, a.err, a.body, a.Header)
			}
		}
	})
}

type nilSource struct{}

func (nilSource) Matcher() *redact.Matcher { return nil }

// HTTP-20: what a handler that panicked had not yet sent is never sent.
func TestHeldBytesDieWithThePanic(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		s := start(Recoverer(new(logs).logger(), matcher(t))(Guard(matcher(t))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(canary)))
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, canary[:len(canary)-1])
			panic("stop")
		}))))
		a := get(t, s, "/")
		if a.StatusCode != 500 || a.err != nil {
			t.Errorf("%d %v", a.StatusCode, a.err)
		}
		noLeak(t, "body", a.body)
	})
}

// HTTP-20: a goroutine that outlives its handler gets an error, not a panic, from
// whatever it calls: the server's own writer of HTTP/2 panics.
func TestLateWrites(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for name, mw := range wrappers(t) {
			late := make(chan http.ResponseWriter, 1)
			s := start(mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
				late <- w
				io.WriteString(w, "in time")
			})))
			if a := get(t, s, "/"); a.body != "in time" {
				t.Errorf("%s: %q", name, a.body)
			}
			s.Close() // the handler has returned
			w := <-late
			w.Header().Set("X-Late", "yes")
			w.WriteHeader(500)
			w.(http.Flusher).Flush()
			select {
			case <-w.(closeNotifier).CloseNotify():
			default:
				t.Errorf("%s: a late CloseNotify does not tell", name)
			}
			if p, ok := w.(http.Pusher); ok && p.Push("/x", nil) != errLate {
				t.Errorf("%s: late Push", name)
			}
			rc := http.NewResponseController(w)
			for call, f := range map[string]func() error{
				"Write":          func() error { _, err := w.Write([]byte(canary)); return err },
				"WriteString":    func() error { _, err := io.WriteString(w, canary); return err },
				"FlushError":     func() error { return w.(errorFlusher).FlushError() },
				"ReadFrom":       func() error { _, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(canary)}); return err },
				"read deadline":  func() error { return rc.SetReadDeadline(time.Time{}) },
				"write deadline": func() error { return rc.SetWriteDeadline(time.Time{}) },
				"full duplex":    rc.EnableFullDuplex,
				"unwrapped":      func() error { _, err := w.(httpsnoop.Unwrapper).Unwrap().Write([]byte(canary)); return err },
			} {
				if err := f(); err != errLate {
					t.Errorf("%s: late %s: %v", name, call, err)
				}
			}
		}
	})
}

// HTTP-20: goroutines that write, flush and send hints while their handler returns:
// what arrives is redacted.
func TestWritesThatRaceWithTheEnd(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		l := new(logs)
		var wg sync.WaitGroup
		s := start(stack(t, l)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(200)
			for range 4 {
				wg.Go(func() {
					for {
						if _, err := io.WriteString(w, canary+";"); err != nil {
							return
						}
						w.(http.Flusher).Flush()
					}
				})
			}
			w.Write([]byte(canary + ";"))
		})))
		for range 10 {
			a := get(t, s, "/")
			if left := strings.ReplaceAll(a.body, "[REDACTED];", ""); left != "" || a.body == "" {
				t.Errorf("%q", left)
			}
		}
		wg.Wait()
	})
}

// HTTP-16: a body that is passed on costs four objects: the writer's state, the shape
// that the handler sees, and its header, a map of two.
func TestGuardAllocations(t *testing.T) {
	if testing.CoverMode() != "" || raceEnabled {
		t.Skip("instrumented code allocates otherwise")
	}
	png := []byte("\x89PNG\r\n\x1a\n")
	h := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = imageType
		w.Write(png)
	})
	w, r := &nullWriter{h: http.Header{}}, httptest.NewRequest("GET", "/", nil)
	guarded := Guard(matcher(t))(h)
	if n := testing.AllocsPerRun(100, func() { clear(w.h); guarded.ServeHTTP(w, r) }); n > 4 {
		t.Errorf("%v allocations", n)
	}
}

var imageType = []string{"image/png"}
