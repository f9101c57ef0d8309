package webhook_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/webhook"
)

type recorder []string

func (r *recorder) Invalidate(path string) { *r = append(*r, path) }

var key = []byte(strings.Repeat("k", 32))

func post(h http.Handler, ts, sig, body string) int {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set(webhook.TimestampHeader, ts)
	r.Header.Set(webhook.SignatureHeader, sig)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// CACHE-WEBHOOK: only an authentic, recent request counts, and counts once.
func TestHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const body = `{"paths":["a","b"],"path":"forbidden"}`
		second := []byte(strings.Repeat("q", 32))
		for _, c := range []struct {
			why  string
			age  time.Duration
			key  []byte
			body string
			edit func(ts, sig string) (string, string)
			code int
			want string
		}{
			{"authentic", 0, key, body, nil, 204, "[a b]"},
			{"under the second key", 0, second, body, nil, 204, "[a b]"},
			{"another key", 0, []byte(strings.Repeat("x", 32)), body, nil, 401, "[]"},
			{"too old", 5*time.Minute + time.Second, key, body, nil, 401, "[]"},
			{"from the future", -5*time.Minute - time.Second, key, body, nil, 401, "[]"},
			{"another time", 0, key, body, func(ts, sig string) (string, string) { return ts + "0", sig }, 401, "[]"},
			{"no signature", 0, key, body, func(ts, sig string) (string, string) { return ts, "" }, 401, "[]"},
			{"half a signature", 0, key, body, func(ts, sig string) (string, string) { return ts, sig[:20] }, 401, "[]"},
			{"no JSON", 0, key, "nope", nil, 400, "[]"},
			{"no path", 0, key, "{}", nil, 400, "[]"},
			{"too large", 0, key, strings.Repeat(" ", 65<<10), nil, 413, "[]"},
		} {
			rec := recorder{}
			h := webhook.Handler(&rec, func(p string) bool { return p != "forbidden" }, key, second)
			ts := fmt.Sprint(time.Now().Add(-c.age).Unix())
			sig := webhook.Sign(c.key, ts, []byte(c.body))
			if c.edit != nil {
				ts, sig = c.edit(ts, sig)
			}
			if code := post(h, ts, sig, c.body); code != c.code || fmt.Sprint(rec) != c.want {
				t.Errorf("%s: %d %v, want %d %s", c.why, code, rec, c.code, c.want)
			}
			if code := post(h, ts, sig, c.body); c.code == 204 && code != 401 {
				t.Errorf("%s: a replay was answered by %d", c.why, code)
			}
		}
	})
}

func TestMethodAndMisuse(t *testing.T) {
	w := httptest.NewRecorder()
	webhook.Handler(&recorder{}, nil, key).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
	for _, f := range []func(){
		func() { webhook.Handler(nil, nil, key) },
		func() { webhook.Handler(&recorder{}, nil) },
		func() { webhook.Handler(&recorder{}, nil, key[:31]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}

// The next Get after a webhook reads the new version.
func TestWithCache(t *testing.T) {
	m := devmock.New(devmock.WithPaths("payments/db"))
	c := secretsregistry.NewCache(m, secretsregistry.New())
	defer c.Close()
	if err := c.Start(t.Context(), "payments/db"); err != nil {
		t.Fatal(err)
	}
	m.Rotate("payments/db")
	ts := fmt.Sprint(time.Now().Unix())
	body := `{"path":"payments/db"}`
	if code := post(webhook.Handler(c, nil, key), ts, webhook.Sign(key, ts, []byte(body)), body); code != 204 {
		t.Fatal(code)
	}
	v, err := c.Get(t.Context(), "payments/db")
	if err != nil || v.Version() != "v2" {
		t.Error(v.Version(), err)
	}
}
