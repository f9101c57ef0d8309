package httpmw

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SecretStatus is what [StatusPage] shows of one version of one registered secret.
// It has no field for a value.
type SecretStatus struct {
	Name        string    `json:"name"`
	Version     string    `json:"version,omitempty"`
	State       string    `json:"state"`                 // such as "current", "previous" or "retired"
	Since       time.Time `json:"since,omitzero"`        // when it came into this state
	NextRefresh time.Time `json:"next_refresh,omitzero"` // zero: not planned
	Expires     time.Time `json:"expires,omitzero"`      // a current one: not served from then on, unless refreshed; any other: not redacted; zero: not known
	Stale       bool      `json:"stale"`                 // the secrets manager could not be asked in time
	Hits        []Hits    `json:"hits,omitempty"`        // by sink and form
}

// Hits counts how often a secret was redacted.
type Hits struct {
	Sink  string `json:"sink"`
	Form  string `json:"form"`
	Count uint64 `json:"count"`
}

// A StatusSource lists the registered secrets. It is called for each view of the
// page, by many goroutines at once, and returns a slice that the page may keep.
// A registry is adapted in a few lines; see examples/service.
type StatusSource interface{ SecretStatus() []SecretStatus }

// StatusSourceFunc makes a function a [StatusSource].
type StatusSourceFunc func() []SecretStatus

// SecretStatus calls f.
func (f StatusSourceFunc) SecretStatus() []SecretStatus { return f() }

// StatusPage serves the registered secrets, for people on call: names, versions,
// states, ages, next refresh, whether stale, hits by sink and form; as HTML, or as
// JSON with ?format=json or an Accept header that prefers it. It shows no values,
// runs no script, loads nothing and cannot be framed or cached.
//
// Names, versions and hit counts are of use to an attacker: authorize decides for
// each request and must not be nil, or StatusPage panics; so does a nil src.
// Whoever is not authorized gets 403 and no other word.
func StatusPage(src StatusSource, authorize func(*http.Request) bool, opts ...StatusOption) http.Handler {
	if src == nil {
		panic("httpmw: nil StatusSource")
	}
	if authorize == nil {
		panic("httpmw: StatusPage without authorize")
	}
	p := &statusPage{src: src, authorize: authorize}
	for _, o := range opts {
		o.applyStatus(p)
	}
	return p
}

// A StatusOption configures [StatusPage].
type StatusOption interface{ applyStatus(*statusPage) }

type statusOptionFunc func(*statusPage)

func (f statusOptionFunc) applyStatus(p *statusPage) { f(p) }

// StatusSkips also shows how many responses a [Guard] passed on unredacted.
func StatusSkips(s *Skips) StatusOption {
	return statusOptionFunc(func(p *statusPage) { p.skips = s })
}

type statusPage struct {
	src       StatusSource
	authorize func(*http.Request) bool
	skips     *Skips
}

// statusData is the JSON answer.
type statusData struct {
	Time    time.Time      `json:"time"`
	Secrets []SecretStatus `json:"secrets"`
	Skips   []skipRow      `json:"unredacted_bodies,omitempty"`
}

type skipRow struct {
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

func (p *statusPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", statusPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if !p.authorize(r) {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	data := statusData{Time: time.Now().UTC().Truncate(time.Second), Secrets: p.src.SecretStatus()}
	if data.Secrets == nil {
		data.Secrets = []SecretStatus{}
	}
	if p.skips != nil {
		for _, why := range AllSkips() {
			data.Skips = append(data.Skips, skipRow{why.String(), p.skips.Count(why)})
		}
	}
	var buf bytes.Buffer
	h.Add("Vary", "Accept")
	if wantsJSON(r) {
		h.Set("Content-Type", "application/json")
		enc := json.NewEncoder(&buf)
		enc.SetIndent("", "  ")
		if enc.Encode(data) != nil {
			http.Error(w, "the status cannot be encoded", http.StatusInternalServerError)
			return
		}
	} else {
		h.Set("Content-Type", "text/html; charset=utf-8")
		if statusTemplate.Execute(&buf, statusView{data}) != nil {
			http.Error(w, "the status cannot be shown", http.StatusInternalServerError)
			return
		}
	}
	w.Write(buf.Bytes())
}

// wantsJSON reports whether JSON comes before HTML in what the client takes.
func wantsJSON(r *http.Request) bool {
	switch r.URL.Query().Get("format") {
	case "json":
		return true
	case "html":
		return false
	}
	for _, v := range r.Header["Accept"] {
		for t := range strings.SplitSeq(v, ",") {
			t, _, _ = strings.Cut(t, ";")
			switch strings.ToLower(strings.TrimSpace(t)) {
			case "application/json":
				return true
			case "text/html":
				return false
			}
		}
	}
	return false
}

var (
	//go:embed statuspage.html
	statusHTML string
	//go:embed statuspage.css
	statusCSS string

	statusTemplate = template.Must(template.New("status").Parse(statusHTML))

	// statusPolicy allows the one style sheet, by its hash, and nothing else.
	statusPolicy = "default-src 'none'; style-src 'sha256-" + hashBase64(statusCSS) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func hashBase64(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// statusView is what the template sees.
type statusView struct{ statusData }

// CSS is our own constant.
func (v statusView) CSS() template.CSS { return template.CSS(statusCSS) }

// Ago formats the time since t, or until it.
func (v statusView) Ago(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	d := v.Time.Sub(t).Round(time.Second)
	switch {
	case d < 0:
		return "in " + shortDuration(-d)
	case d == 0:
		return "now"
	}
	return shortDuration(d) + " ago"
}

func (v statusView) Exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Total sums the hits of one secret.
func (v statusView) Total(s SecretStatus) (n uint64) {
	for _, h := range s.Hits {
		n += h.Count
	}
	return n
}

// AnyStale reports whether the page must warn.
func (v statusView) AnyStale() (n int) {
	for _, s := range v.Secrets {
		if s.Stale {
			n++
		}
	}
	return n
}

func shortDuration(d time.Duration) string {
	if d >= 48*time.Hour {
		return strconv.Itoa(int(d/(24*time.Hour))) + " days"
	}
	s := d.String()
	if d >= time.Hour {
		s = d.Round(time.Minute).String()
	}
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
