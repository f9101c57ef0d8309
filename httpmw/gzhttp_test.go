package httpmw

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"
)

// gzhttp compresses outside Guard, with what it knows to do to ETags and ranges.
func compressor(t *testing.T) func(http.Handler) http.Handler {
	t.Helper()
	gz, err := gzhttp.NewWrapper(gzhttp.MinSize(1000), gzhttp.SuffixETag("-z"))
	if err != nil {
		t.Fatal(err)
	}
	return func(next http.Handler) http.Handler { return gz(next) }
}

// content is longer than the least that gzhttp compresses.
var content = strings.Repeat("nothing to see here. ", 200)

// HTTP-15: gzhttp outside Guard. Whatever the handler does, what the client
// uncompresses is whole, redacted, and as long and as old as the headers say.
func TestGzhttpOutside(t *testing.T) {
	const dirty = " " + canary + " end"
	const clean = " [REDACTED] end"
	text := func(w http.ResponseWriter) http.Header {
		w.Header().Set("Content-Type", "text/plain")
		return w.Header()
	}
	tests := []struct {
		name     string
		h        http.HandlerFunc
		encoding string // of the response to a client that takes gzip
		body     string
		etag     string
	}{
		{"in one write", func(w http.ResponseWriter, r *http.Request) {
			text(w)
			io.WriteString(w, content+dirty)
		}, "gzip", content + clean, ""},
		{"over flushed writes", func(w http.ResponseWriter, r *http.Request) {
			text(w)
			io.WriteString(w, content+dirty[:9])
			w.(http.Flusher).Flush()
			io.WriteString(w, dirty[9:])
		}, "gzip", content + clean, ""},
		{"flushed before there is enough", func(w http.ResponseWriter, r *http.Request) {
			text(w)
			io.WriteString(w, "a"+dirty[:9])
			http.NewResponseController(w).Flush()
			io.WriteString(w, dirty[9:]+content)
		}, "gzip", "a" + clean + content, ""},
		{"copied", func(w http.ResponseWriter, r *http.Request) {
			text(w)
			io.Copy(w, struct{ io.Reader }{strings.NewReader(content + dirty)})
		}, "gzip", content + clean, ""},
		{"of a length, with an ETag", func(w http.ResponseWriter, r *http.Request) {
			h := text(w)
			h.Set("Etag", `"v1"`)
			h.Set("Content-Length", strconv.Itoa(len(content+dirty)))
			io.WriteString(w, content+dirty)
		}, "gzip", content + clean, ""},
		{"clean, with an ETag", func(w http.ResponseWriter, r *http.Request) {
			h := text(w)
			h.Set("Etag", `"v1"`)
			h.Set("Content-Length", strconv.Itoa(len(content)))
			io.WriteString(w, content)
		}, "gzip", content, `"v1-z-gzip"`},
		{"too short to compress", func(w http.ResponseWriter, r *http.Request) {
			text(w).Set("Content-Length", strconv.Itoa(len(dirty)))
			io.WriteString(w, dirty)
		}, "", clean, ""},
		{"an error", func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, content+dirty, http.StatusBadGateway)
		}, "gzip", content + clean + "\n", ""},
		{"no content", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Note", canary)
			w.WriteHeader(http.StatusNoContent)
		}, "", "", ""},
		{"not compressed by choice", func(w http.ResponseWriter, r *http.Request) {
			text(w).Set(gzhttp.HeaderNoCompression, "yes")
			io.WriteString(w, content+dirty)
		}, "", content + clean, ""},
		{"a file", func(w http.ResponseWriter, r *http.Request) {
			text(w).Set("Etag", `"v1"`)
			http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(content+dirty))
		}, "gzip", content + clean, ""},
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for _, tt := range tests {
			s := start(compressor(t)(Guard(matcher(t))(tt.h)))
			for _, accepted := range []string{"", "gzip", "zstd", "identity"} {
				for _, method := range []string{"GET", "HEAD"} {
					r := newRequest(t, method, s.URL, nil)
					if accepted != "" {
						r.Header.Set("Accept-Encoding", accepted)
					}
					a := send(t, s, r)
					noLeak(t, tt.name, a.body+strings.Join(a.Header["X-Note"], ""))
					if a.err != nil {
						t.Errorf("%s: %s %q: %v", tt.name, method, accepted, a.err)
					}
					if method == "HEAD" {
						continue
					}
					body, want := a.body, tt.encoding
					switch {
					case accepted == "": // the client asked for gzip by itself
						if a.Uncompressed != (want != "") {
							t.Errorf("%s: compressed %v", tt.name, a.Uncompressed)
						}
					case accepted == "identity" || want == "":
						want = ""
					default:
						want, body = accepted, uncompress(t, accepted, a.body)
					}
					if accepted != "" && a.Header.Get("Content-Encoding") != want {
						t.Errorf("%s: Content-Encoding %q of %q", tt.name, a.Header.Get("Content-Encoding"), accepted)
					}
					if body != tt.body {
						t.Errorf("%s, %q: %d bytes, want %d: %.200q", tt.name, accepted, len(body), len(tt.body), body)
					}
					if etag := a.Header.Get("Etag"); accepted == "gzip" && tt.name != "a file" && etag != tt.etag {
						t.Errorf("%s: ETag %s, want %s", tt.name, etag, tt.etag)
					}
					if tt.name == "a file" && a.Header.Get("Etag") == `"v1"` {
						t.Errorf("the ETag of a file that was changed is strong")
					}
				}
			}
		}
	})
}

func uncompress(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader
	var err error
	if encoding == "gzip" {
		r, err = gzip.NewReader(strings.NewReader(body))
	} else {
		var z *zstd.Decoder
		z, err = zstd.NewReader(strings.NewReader(body))
		if err == nil {
			defer z.Close()
		}
		r = z
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// HTTP-16: behind gzhttp ranges of a file stay what they are, and are counted;
// under GuardStrict the client gets the whole file instead, compressed.
func TestGzhttpRanges(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		file := handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(content+canary))
		})
		var skips, strict Skips
		s := start(compressor(t)(Guard(matcher(t), GuardSkips(&skips))(file)))
		a := get(t, s, "/", "Range", "bytes=0-19", "Accept-Encoding", "gzip")
		if a.StatusCode != 206 || a.body != content[:20] || a.Header.Get("Content-Encoding") != "" || skips.Count(SkipRange) != 1 {
			t.Errorf("%d %q, %d counted", a.StatusCode, a.body, skips.Count(SkipRange))
		}
		s = start(compressor(t)(Guard(matcher(t), GuardStrict(), GuardSkips(&strict))(file)))
		a = get(t, s, "/", "Range", "bytes=0-19", "Accept-Encoding", "gzip")
		if a.StatusCode != 200 || a.Header.Get("Content-Encoding") != "gzip" || uncompress(t, "gzip", a.body) != content+"[REDACTED]" || strict.Count(SkipRange)+strict.Count(SkipRefused) != 0 {
			t.Errorf("strict: %d %q", a.StatusCode, a.Header)
		}
	})
}

// HTTP-15: in the wrong order, inside Guard, gzhttp hides bodies from it, which is
// counted; under GuardStrict the handlers are not asked to compress.
func TestGzhttpInside(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		h := compressor(t)(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, content+canary)
		}))
		var skips Skips
		if a := get(t, start(Guard(matcher(t), GuardSkips(&skips))(h)), "/"); !a.Uncompressed || a.body != content+canary || skips.Count(SkipEncoded) != 1 {
			t.Errorf("compressed %v, %d counted", a.Uncompressed, skips.Count(SkipEncoded))
		}
		if a := get(t, start(Guard(matcher(t), GuardStrict())(h)), "/"); a.Uncompressed || a.body != content+"[REDACTED]" {
			t.Errorf("strict: compressed %v, %.100q", a.Uncompressed, a.body)
		}
	})
}

// HTTP-1, HTTP-35: AccessLog outside gzhttp counts the compressed bytes, which are
// those that were sent.
func TestGzhttpLogged(t *testing.T) {
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		l := new(logs)
		m := matcher(t)
		s := start(chain(AccessLog(l.logger(), m), compressor(t), Recoverer(l.logger(), m), Guard(m))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, content+canary)
		})))
		a := get(t, s, "/", "Accept-Encoding", "gzip")
		s.Close() // the line is written
		if line := l.one(t); line["status"] != 200.0 || line["bytes"] != float64(len(a.body)) || uncompress(t, "gzip", a.body) != content+"[REDACTED]" {
			t.Errorf("%v, %d bytes received", line, len(a.body))
		}
	})
}

// HTTP-18: writers outside that read their header long after WriteHeader, when they
// compress, or when the handler has come back in time, find nothing in it that is
// not redacted, and what belongs to the body that goes out.
func TestHeaderOfADelayingWriter(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"header after WriteHeader": func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			h.Set("X-Late", canary)
			io.WriteString(w, "x"+canary)
		},
		"header after WriteHeader, of a length": func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "text/plain")
			h.Set("Content-Length", strconv.Itoa(1+len(canary)))
			h.Set("Etag", `"v1"`)
			w.WriteHeader(http.StatusAccepted)
			h.Set("X-Late", canary)
			io.WriteString(w, "x"+canary)
		},
		"header after a write": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, "x"+canary)
			w.Header().Set("X-Late", canary)
		},
		"deleted": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("X-Late", canary)
			w.Header().Del("X-Late")
			w.Header().Del("X-Outside")
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, "x"+canary)
		},
	}
	outside := map[string]func(http.Handler) http.Handler{
		"gzhttp":         compressor(t),
		"TimeoutHandler": func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") },
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		for outer, mw := range outside {
			for name, h := range tests {
				guarded := Guard(matcher(t))(h)
				a := get(t, start(mw(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("X-Outside", "yes")
					guarded.ServeHTTP(w, r)
				}))), "/")
				if a.err != nil || a.StatusCode != http.StatusAccepted || a.body != "x[REDACTED]" {
					t.Errorf("%s, %s: %d %q %v", outer, name, a.StatusCode, a.body, a.err)
				}
				if late, etag := a.Header["X-Late"], a.Header["Etag"]; late != nil || etag != nil {
					t.Errorf("%s, %s: X-Late %q, ETag %q", outer, name, late, etag)
				}
				if got := a.Header.Get("X-Outside"); (got == "yes") != (name != "deleted") {
					t.Errorf("%s, %s: X-Outside %q", outer, name, got)
				}
			}
		}
	})
}
