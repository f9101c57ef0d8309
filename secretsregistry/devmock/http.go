package devmock

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Handler serves the Manager as a small HTTP server for development, in the
// shape of a KV store:
//
//	GET  /v1/PATH           {"data": {...}, "version": "v2", "previous": [...], "pending": [...]}
//	POST /v1/PATH           {"field": "value"}: the next version
//	POST /rotate/PATH       makes up the next version
//	POST /fail/KIND         unavailable, throttled, denied, not-found, malformed, hang, none
//
// It has no authentication whatsoever and is for loopback only. Requests are
// logged by [WithLog], without values.
func (m *Manager) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/{path...}", m.serveRead)
	mux.HandleFunc("POST /v1/{path...}", func(w http.ResponseWriter, r *http.Request) {
		var fields map[string]string
		if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&fields) != nil || len(fields) == 0 {
			http.Error(w, "want a JSON object of strings", http.StatusBadRequest)
			return
		}
		m.Set(r.PathValue("path"), fields)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /rotate/{path...}", func(w http.ResponseWriter, r *http.Request) {
		m.Rotate(r.PathValue("path"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /fail/{kind}", func(w http.ResponseWriter, r *http.Request) {
		f, ok := faultNames[r.PathValue("kind")]
		if !ok {
			http.Error(w, "unknown fault", http.StatusBadRequest)
			return
		}
		m.Break(f)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

var faultNames = map[string]Fault{
	"none": FaultNone, "unavailable": FaultUnavailable, "throttled": FaultThrottled, "denied": FaultDenied,
	"not-found": FaultNotFound, "malformed": FaultMalformed, "hang": FaultHang,
}

// wire is a version as it is sent.
type wire struct {
	Data     map[string]string `json:"data"`
	Version  string            `json:"version"`
	Lease    float64           `json:"lease_seconds,omitempty"`
	Previous []wire            `json:"previous,omitempty"`
	Pending  []wire            `json:"pending,omitempty"`
}

func toWire(p *secretsregistry.Payload) wire {
	x := wire{Data: map[string]string{}, Version: p.Version(), Lease: p.Lease().Seconds()}
	for _, n := range p.Names() {
		x.Data[n], _ = p.Field(n)
	}
	for _, q := range p.Previous() {
		x.Previous = append(x.Previous, toWire(q))
	}
	for _, q := range p.Pending() {
		x.Pending = append(x.Pending, toWire(q))
	}
	return x
}

func (m *Manager) serveRead(w http.ResponseWriter, r *http.Request) {
	p, err := m.Fetch(r.Context(), r.PathValue("path"))
	status := http.StatusOK
	switch secretsregistry.ClassOf(err) {
	case secretsregistry.ClassOK:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(toWire(p))
		return
	case secretsregistry.ClassNotFound:
		status = http.StatusNotFound
	case secretsregistry.ClassDenied:
		status = http.StatusForbidden
	case secretsregistry.ClassMalformed:
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"data": {"pass`))
		return
	default:
		status = http.StatusServiceUnavailable
		var after secretsregistry.RetryAfterer
		if errors.As(err, &after) {
			status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", strconv.Itoa(int(after.RetryAfterHint().Seconds())))
		}
	}
	http.Error(w, strings.ToLower(http.StatusText(status)), status)
}
