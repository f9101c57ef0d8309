package httpmw

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// framing are the headers that delimit a message. Their values are a grammar of
// numbers that the server checks.
var framing = map[string]bool{"Content-Length": true, "Transfer-Encoding": true, "Content-Range": true}

// digests describe the bytes of a body, and no longer do once it is rewritten.
var digests = []string{"Content-Digest", "Content-Md5", "Digest", "Repr-Digest"}

func (g *guard) redactHeader(h http.Header) { redactHeader(g.sink.Event(), h, g.allow) }

// redactHeader redacts h, but for the allowed keys, in place. Value slices, which a
// handler may share, are replaced and not written to. A key that holds a secret is
// dropped.
func redactHeader(ev redact.Event, h http.Header, allow map[string]bool) {
	if ev.Matcher() == redact.Closed() {
		closeHeader(h)
		return
	}
	for k, vs := range h {
		if !framing[k] && !allow[k] {
			redactValues(ev, h, k, vs)
		}
	}
}

func redactValues(ev redact.Event, h http.Header, k string, vs []string) {
	if ev.String(k) != k {
		delete(h, k)
		return
	}
	if k == "Trailer" { // names
		dirty := func(v string) bool { return ev.String(v) != v }
		if slices.ContainsFunc(vs, dirty) {
			h[k] = slices.DeleteFunc(slices.Clone(vs), dirty)
		}
		return
	}
	cloned := false
	for i, v := range vs {
		s := ev.String(v)
		if s == v {
			continue
		}
		if !cloned {
			vs, cloned = slices.Clone(vs), true
			h[k] = vs
		}
		vs[i] = s
	}
}

// publishTrailers copies to out, redacted, what the server takes for trailers after
// the body: keys with the TrailerPrefix and those that were declared. What else has
// come to h since WriteHeader is not for sending.
func (g *guard) publishTrailers(out, h http.Header, changed bool) {
	ev := g.sink.Event()
	declared := h["Trailer"]
	for k := range out {
		if _, ok := h[k]; !ok && isTrailer(declared, k) {
			delete(out, k)
		}
	}
	for k, vs := range h {
		if !isTrailer(declared, k) {
			continue
		}
		name := http.CanonicalHeaderKey(strings.TrimPrefix(k, http.TrailerPrefix))
		if changed && slices.Contains(digests, name) {
			delete(out, k)
			continue
		}
		out[k] = vs
		if !g.allow[name] {
			redactValues(ev, out, k, vs)
		}
	}
}

func isTrailer(declared []string, key string) bool {
	return strings.HasPrefix(key, http.TrailerPrefix) || declares(declared, key)
}

func declares(trailer []string, key string) bool {
	for _, v := range trailer {
		for name := range strings.SplitSeq(v, ",") {
			if http.CanonicalHeaderKey(strings.TrimSpace(name)) == key {
				return true
			}
		}
	}
	return false
}

// closeHeader leaves what a response needs to be parsed when nothing can be
// vouched for.
func closeHeader(h http.Header) {
	ct := h.Get("Content-Type")
	for k := range h {
		if !framing[k] && k != "Connection" && k != "Upgrade" {
			delete(h, k)
		}
	}
	if media, _, err := mime.ParseMediaType(ct); err == nil && knownType[media] {
		h.Set("Content-Type", media)
	} else if ct != "" {
		h.Set("Content-Type", "text/plain")
	}
}

var knownType = map[string]bool{
	"text/plain": true, "text/html": true, "text/css": true, "text/event-stream": true,
	"application/json": true, "application/xml": true, "application/grpc": true,
}

// dropLength removes what a stream of unknown changes cannot promise.
func dropLength(h http.Header) {
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	for _, k := range digests {
		h.Del(k)
	}
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag)
	}
}

// dropIdentity removes what described a body that has been changed.
func dropIdentity(h http.Header) {
	h.Del("Accept-Ranges")
	h.Del("Etag")
	for _, k := range digests {
		h.Del(k)
	}
}

// noTransform reports whether Cache-Control forbids to change the body.
func noTransform(h http.Header) bool {
	for _, v := range h["Cache-Control"] {
		for d := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(d), "no-transform") {
				return true
			}
		}
	}
	return false
}
