package httpmw

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// registered is made up for the page.
func registered(now time.Time) []SecretStatus {
	return []SecretStatus{
		{Name: "payments/db/password", Version: "v7", State: "current", Since: now.Add(-3 * time.Hour), NextRefresh: now.Add(4 * time.Minute),
			Hits: []Hits{{"http-access", "raw", 12}, {"slog", "base64", 3}}},
		{Name: "payments/db/password", Version: "v6", State: "previous", Since: now.Add(-3 * time.Hour), Expires: now.Add(21 * time.Hour),
			Hits: []Hits{{"zap", "raw+json", 1}}},
		{Name: "stripe/api_key", Version: "h1f0c33aa", State: "current", Since: now.Add(-9 * 24 * time.Hour), NextRefresh: now.Add(-10 * time.Minute), Stale: true},
		{Name: "mail/<script>alert(1)</script>", State: "retired", Since: now.Add(-30 * time.Second)},
	}
}

func allow(*http.Request) bool { return true }

func statusServer(t testing.TB) *httptest.Server {
	var skips Skips
	skips.add(SkipEncoded)
	return startServer(t, StatusPage(StatusSourceFunc(func() []SecretStatus { return registered(time.Now().Truncate(time.Second)) }), allow, StatusSkips(&skips)), "HTTP/1.1")
}

// HTTP-70: HTML by default, JSON on request, the same content.
func TestStatusPage(t *testing.T) {
	s := statusServer(t)
	for _, tt := range []struct {
		path, accept, ct string
	}{
		{"/", "", "text/html; charset=utf-8"},
		{"/", "text/html,application/xhtml+xml,application/json;q=0.9", "text/html; charset=utf-8"},
		{"/", "application/json", "application/json"},
		{"/?format=json", "text/html", "application/json"},
		{"/?format=html", "application/json", "text/html; charset=utf-8"},
	} {
		a := get(t, s, tt.path, "Accept", tt.accept)
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != tt.ct {
			t.Errorf("%s, Accept %q: %d %q", tt.path, tt.accept, a.StatusCode, a.Header.Get("Content-Type"))
		}
		for _, want := range []string{"payments/db/password", "v6", "h1f0c33aa", "previous", "http-access", "no-transform"} {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: no %q", tt.ct, want)
			}
		}
	}
	html := get(t, s, "/").body
	for _, want := range []string{"1 stale", "3h ago", "in 4m", "9 days ago", "12</li>", "&lt;script&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in\n%s", want, html)
		}
	}
	var data statusData
	if err := json.Unmarshal([]byte(get(t, s, "/?format=json").body), &data); err != nil || len(data.Secrets) != 4 || data.Secrets[0].Hits[1] != (Hits{"slog", "base64", 3}) || !data.Secrets[2].Stale {
		t.Errorf("%v %+v", err, data)
	}
}

// HTTP-71: nobody gets in without being authorized, by whatever method, and learns
// nothing.
func TestStatusPageAuthorizes(t *testing.T) {
	s := startServer(t, StatusPage(StatusSourceFunc(func() []SecretStatus {
		t.Error("asked for the rows")
		return nil
	}), func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer right" }), "HTTP/1.1")
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS"} {
		a := send(t, s, newRequest(t, method, s.URL, nil, "Authorization", "Bearer wrong"))
		if a.StatusCode != 403 || method != "HEAD" && a.body != "Forbidden\n" {
			t.Errorf("%s: %d %q", method, a.StatusCode, a.body)
		}
	}
	if a := send(t, s, newRequest(t, "POST", s.URL, nil, "Authorization", "Bearer right")); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", a.StatusCode)
	}
}

// HTTP-72: no script, nothing from elsewhere, no cache, no frame.
func TestStatusPageIsLocked(t *testing.T) {
	s := statusServer(t)
	a := get(t, s, "/")
	csp := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("CSP %q", csp)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
		t.Errorf("CSP %q", csp)
	}
	for k, v := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
		if a.Header.Get(k) != v {
			t.Errorf("%s: %q", k, a.Header.Get(k))
		}
	}
	for _, bad := range []string{"<script", "javascript:", "http://", "https://", "src=", "href=", "onload", "@import", "url("} {
		if strings.Contains(strings.ToLower(a.body), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	_, rest, _ := strings.Cut(a.body, "<style>")
	css, _, _ := strings.Cut(rest, "</style>")
	if !strings.Contains(csp, "'sha256-"+hashBase64(css)+"'") {
		t.Error("the policy's hash is not that of the style sheet that is sent")
	}
}

// HTTP-73: there is no room for a value.
func TestStatusHasNoFieldForValues(t *testing.T) {
	for f := range reflect.TypeFor[SecretStatus]().Fields() {
		if n := strings.ToLower(f.Name); strings.Contains(n, "value") || f.Type.Kind() == reflect.Func {
			t.Error(f.Name)
		}
	}
}

// HTTP-70: an empty registry is said loudly.
func TestStatusOfNothing(t *testing.T) {
	s := startServer(t, StatusPage(StatusSourceFunc(func() []SecretStatus { return nil }), allow), "HTTP/1.1")
	if a := get(t, s, "/"); !strings.Contains(a.body, "No secret is registered") {
		t.Error(a.body)
	}
	if a := get(t, s, "/?format=json"); !strings.Contains(a.body, `"secrets": []`) {
		t.Error(a.body)
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m1s", 10 * time.Minute: "10m", time.Hour: "1h", 3*time.Hour + 5*time.Minute + time.Second: "3h5m", 49 * time.Hour: "2 days",
		-time.Second: "-1s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// HTTP-74: a real browser shows the page, with its style, under its policy. Set
// STATUS_SCREENSHOT to a file to keep what it sees.
func TestStatusPageInABrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			browser = p
			break
		}
	}
	if browser == "" {
		if os.Getenv("TAGOUT_BROWSER") == "required" {
			t.Fatal("no browser")
		}
		t.Skip("no Chromium is installed: .ci/browser installs one and runs this test")
	}
	// A sentinel that only runs if the policy lets a script run, or a request out.
	asked := make(chan string, 16)
	page := StatusPage(StatusSourceFunc(func() []SecretStatus { return registered(time.Now().Truncate(time.Second)) }), allow, StatusSkips(new(Skips)))
	s := startServer(t, handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			page.ServeHTTP(w, r)
		case "/usual": // for the documentation
			StatusPage(StatusSourceFunc(func() []SecretStatus { return registered(time.Now().Truncate(time.Second))[:3] }), allow, StatusSkips(new(Skips))).ServeHTTP(w, r)
		case "/injected":
			// The page as it would be if a script had got into it.
			rec := httptest.NewRecorder()
			page.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			io.WriteString(w, strings.Replace(rec.Body.String(), "</body>",
				`<script>document.title="owned"</script><img src="/stolen" onerror="document.title='owned'"><style>h1{display:none}</style></body>`, 1))
		default:
			asked <- r.URL.Path
		}
	}), "HTTP/1.1")
	run := func(path string, args ...string) string {
		t.Helper()
		args = append([]string{
			"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
			"--window-size=1180,740", "--user-data-dir=" + t.TempDir(),
		}, args...)
		cmd := exec.CommandContext(t.Context(), browser, append(args, s.URL+path)...)
		cmd.WaitDelay = 5 * time.Second
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", browser, err)
		}
		return string(out)
	}
	dom := run("/", "--dump-dom")
	for _, want := range []string{"payments/db/password", "Registered secrets", "&lt;script&gt;"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the browser's document has no %q", want)
		}
	}
	if dom := run("/injected", "--dump-dom"); strings.Contains(dom, "<title>owned") || !strings.Contains(dom, "<script>") {
		t.Errorf("a script ran under the policy, or the test did not inject one")
	}
	shot := filepath.Join(t.TempDir(), "status.png")
	if keep := os.Getenv("STATUS_SCREENSHOT"); keep != "" {
		shot = keep
	}
	run("/usual", "--screenshot="+shot)
	if b, err := os.ReadFile(shot); err != nil || len(b) < 5000 || string(b[1:4]) != "PNG" {
		t.Errorf("screenshot: %v, %d bytes", err, len(b))
	}
	close(asked)
	for path := range asked {
		if path != "/favicon.ico" {
			t.Errorf("the browser asked for %s", path)
		}
	}
}
