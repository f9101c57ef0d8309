// Package webhook lets a secrets manager, or a rotation job, say that a secret
// has changed. The request carries no secret and is trusted with nothing but
// that hint: the cache reads the path again.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Invalidator is told which path has changed; a secretsregistry.Cache is
// one.
type Invalidator interface{ Invalidate(path string) }

const (
	// TimestampHeader carries the time of the request in seconds since 1970.
	TimestampHeader = "X-Tagout-Timestamp"
	// SignatureHeader carries Sign of timestamp and body.
	SignatureHeader = "X-Tagout-Signature"

	maxBody = 64 << 10
	maxSkew = 5 * time.Minute
)

// Sign returns the signature of a request: "v1=" and the HMAC-SHA-256 of
// timestamp, a dot and body, in hexadecimal digits.
func Sign(key []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, timestamp)
	mac.Write([]byte{'.'})
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Handler returns a handler for POST requests with the body
// {"path": "payments/db"} or {"paths": [...]}. A request is authentic if its
// signature fits under one of the keys, which are compared in constant time,
// and its timestamp is within 5 minutes; within these a signature is accepted
// once. Several keys allow a change of the key itself. It panics if there is
// none, or one of less than 32 bytes.
//
// Only paths that allowed returns true for are invalidated; nil allows all that
// the cache knows. The answer to an authentic request is 204 whether a path is
// known or not. The cache limits what it asks of the manager by itself.
func Handler(c Invalidator, allowed func(path string) bool, keys ...[]byte) http.Handler {
	if c == nil || len(keys) == 0 {
		panic("webhook: no cache or no key")
	}
	h := &handler{cache: c, allowed: allowed, seen: map[string]time.Time{}}
	for _, k := range keys {
		if len(k) < 32 {
			panic("webhook: key shorter than 32 bytes")
		}
		k = append([]byte(nil), k...)
		h.sign = append(h.sign, func(ts string, body []byte) string { return Sign(k, ts, body) })
	}
	return h
}

type handler struct {
	cache   Invalidator
	allowed func(string) bool
	sign    []func(timestamp string, body []byte) string // keys are behind closures

	mu   sync.Mutex
	seen map[string]time.Time // signatures, until when they would be accepted
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "body not readable or too large", http.StatusRequestEntityTooLarge)
		return
	}
	// One answer for all that is not authentic: it tells nothing about why.
	if !h.authentic(r.Header.Get(TimestampHeader), r.Header.Get(SignatureHeader), body) {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	var in struct {
		Path  string   `json:"path"`
		Paths []string `json:"paths"`
	}
	if json.Unmarshal(body, &in) != nil || in.Path == "" && len(in.Paths) == 0 {
		http.Error(w, "want a JSON object with path or paths", http.StatusBadRequest)
		return
	}
	if in.Path != "" {
		in.Paths = append(in.Paths, in.Path)
	}
	for _, p := range in.Paths {
		if h.allowed == nil || h.allowed(p) {
			h.cache.Invalidate(p)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *handler) authentic(ts, sig string, body []byte) bool {
	fits := false
	for _, sign := range h.sign {
		if hmac.Equal([]byte(sign(ts, body)), []byte(strings.ToLower(sig))) {
			fits = true // and go on: the time does not tell which key it was
		}
	}
	sec, err := strconv.ParseInt(ts, 10, 64)
	now := time.Now()
	if !fits || err != nil || sec < now.Add(-maxSkew).Unix() || sec > now.Add(maxSkew).Unix() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s, end := range h.seen {
		if now.After(end) {
			delete(h.seen, s)
		}
	}
	key := strings.ToLower(sig)
	if _, again := h.seen[key]; again {
		return false
	}
	h.seen[key] = time.Unix(sec, 0).Add(maxSkew + time.Second)
	return true
}
