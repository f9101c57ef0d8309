package httpmw

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// FuzzGuardSplits writes a body in pieces, flushed or not, declared or not: what
// comes out is what one redaction of the whole gives. Each byte of cuts is the
// length of a piece; odd ones are followed by Flush.
func FuzzGuardSplits(f *testing.F) {
	f.Add("a "+canary+" b", []byte{3, 8, 1}, true)
	f.Add(canary+canary, []byte{27}, false)
	f.Add(url.QueryEscape(canary)+strings.Repeat("x", 600), []byte{1, 2, 3, 4, 5}, false)
	f.Add("\x89PNG\r\n\x1a\n"+canary, []byte{4, 4}, true)
	m := matcher(f)
	sink := redact.NewSink(m, "fuzz", redact.SinkTagStyle(redact.TagConstant), redact.SinkNoCut())
	f.Fuzz(func(t *testing.T, body string, cuts []byte, declare bool) {
		rec := httptest.NewRecorder()
		Guard(m, GuardTypes("*/*"))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if declare {
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			}
			rest := body
			for _, c := range cuts {
				n := min(int(c), len(rest))
				w.Write([]byte(rest[:n]))
				rest = rest[n:]
				if c&1 != 0 {
					w.(http.Flusher).Flush()
				}
			}
			w.Write([]byte(rest))
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		want := sink.Event().String(body)
		if got := rec.Body.String(); got != want {
			t.Errorf("cuts %v: got %q, want %q", cuts, got, want)
		}
		if cl := rec.Result().Header.Get("Content-Length"); cl != "" && cl != strconv.Itoa(len(want)) {
			t.Errorf("Content-Length %s of %d bytes", cl, len(want))
		}
	})
}

// FuzzRedactURL finds no panic, no canary, no password of a URL that parses, and no
// value under a hidden name.
func FuzzRedactURL(f *testing.F) {
	for _, s := range []string{
		"http://u:p@h/", "http://h:80/a@b", "://:@", "?token=", "http://a:b@c:d@e/?x#token=y", "http://u:p/q@h", "mailto:a:b@c", "http://h/?a=b;token=c&%74oken=d",
	} {
		f.Add(s, "secretvalue")
	}
	m := matcher(f)
	ev := redact.NewSink(m, "fuzz").Event()
	f.Fuzz(func(t *testing.T, raw, password string) {
		once := redactURL(ev, KeyRules(), raw)
		if twice := redactURL(ev, KeyRules(), once); twice != once {
			t.Errorf("%q: once %q, twice %q", raw, once, twice)
		}
		if len(password) < 4 || strings.Contains("[REDACTED:key/password]", password) {
			return
		}
		u := url.URL{Scheme: "http", User: url.UserPassword("user", password), Host: "host:80", Path: "/p", RawQuery: "access_token=" + url.QueryEscape(password)}
		if got := redactURL(ev, KeyRules(), u.String()); got != "http://user:[REDACTED:key/password]@host:80/p?access_token=[REDACTED:key/access_token]" {
			t.Errorf("%q: %q", u.String(), got)
		}
	})
}

// FuzzHideParameters compares the walk over parameters with net/url.
func FuzzHideParameters(f *testing.F) {
	f.Add("a=b&token=c", "x")
	f.Add("%74oken=c;a", "y%")
	f.Add("token[0]=a&user[password]=b&=c&d", "")
	f.Fuzz(func(t *testing.T, q, value string) {
		got := hideParameters(KeyRules(), q)
		if again := hideParameters(KeyRules(), got); again != got {
			t.Errorf("%q: %q, then %q", q, got, again)
		}
		if value == "" {
			return
		}
		q = q + "&client_secret=" + url.QueryEscape(value)
		if got := hideParameters(KeyRules(), q); !strings.HasSuffix(got, "&client_secret=[REDACTED:key/client_secret]") && !isTag(url.QueryEscape(value)) {
			t.Errorf("%q: %q", q, got)
		}
	})
}
