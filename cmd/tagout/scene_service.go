package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-00b494d3/tagout/httpmw"
)

// sceneService sends two requests to a handler that leaks in every way that HTTP has,
// once as it is, with a logger by hand, and once behind httpmw.
func sceneService(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	key, pw := st.plant(api["key"]), st.plant(url.QueryEscape(db["password"]))
	dsn := "postgres://app:" + pw + "@db/payments"
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/pay" {
			panic("dial " + dsn + ": connection refused")
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Trailer", "X-Signed-With")
		w.Header().Set("X-Upstream", dsn)
		cut := len("config: ") + len(dsn)/2
		body := "config: " + dsn + "\n"
		io.WriteString(w, body[:cut]) // a write that ends inside the password
		io.WriteString(w, body[cut:])
		w.Header().Set("X-Signed-With", key)
	})
	guarded := func(l *slog.Logger) http.Handler {
		src := st.Source()
		return httpmw.AccessLog(l, src, httpmw.AccessRequestHeaders("Authorization"))(
			httpmw.Recoverer(l, src)(httpmw.Guard(src)(app)))
	}
	byHand := func(l *slog.Logger) http.Handler { return logByHand(l, app) }
	return st.show(exchange(byHand, key), exchange(guarded, key))
}

// logByHand is the middleware that a service has before it has ours.
func logByHand(l *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := 200
		defer func() {
			if v := recover(); v != nil {
				status = 500
				l.Error("panic in handler", "panic", v, "method", r.Method)
				http.Error(w, "Internal Server Error", status)
			}
			l.Info("request", "method", r.Method, "path", r.URL.Path, "status", status, "query", r.URL.RawQuery,
				slog.Group("request_headers", "Authorization", r.Header.Get("Authorization")))
		}()
		next.ServeHTTP(w, r)
	})
}

// exchange shows what a service answers and what it logs.
func exchange(service func(*slog.Logger) http.Handler, key string) string {
	var out strings.Builder
	varies := []string{"time", "duration", "stack", "bytes", "host", "remote"} // or is long
	h := service(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if slices.Contains(varies, a.Key) {
			return slog.Attr{}
		}
		return a
	}})))
	for _, path := range []string{"/debug", "/pay"} {
		r, err := http.NewRequest("GET", path+"?key="+url.QueryEscape(key), nil)
		if err != nil {
			panic(err) // they parse
		}
		r.Header.Set("Authorization", "Bearer "+key)
		w := &answer{header: http.Header{}}
		h.ServeHTTP(w, r)
		out.WriteString(w.String())
	}
	return out.String()
}

// An answer is a ResponseWriter without a connection.
type answer struct {
	header, sent http.Header
	status       int
	body         strings.Builder
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// String is what goes over the wire, but for the framing.
func (a *answer) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", a.status, http.StatusText(a.status))
	fields := func(h http.Header, names []string) {
		for _, k := range names {
			for _, v := range h[k] {
				fmt.Fprintf(&b, "%s: %s\n", k, v)
			}
		}
	}
	fields(a.sent, slices.Sorted(maps.Keys(a.sent)))
	b.WriteString("\n" + a.body.String())
	fields(a.header, a.sent["Trailer"])
	return b.String()
}
