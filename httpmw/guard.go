package httpmw

import (
	"net/http"

	"github.com/seed-00b494d3/tagout/redact"
)

// Guard redacts responses: header values, trailers, and bodies of the chosen media
// types, as they stream. Secrets become the constant tag [REDACTED]; cut values
// are left alone (see the package doc for why).
//
// Of a body, only bytes that may still begin a secret are held back, over Flush
// too, until the next write decides or the handler returns. In an event stream
// (text/event-stream) the end of an event is such a decision.
//
// A body with a Content-Length of up to [GuardBuffer] is held as a whole: without a
// secret it goes out as it is; otherwise Content-Length is that of the new body,
// and its ETag and digests, which were those of the old one, are dropped. Other
// bodies go out at once, chunked: Content-Length, digests and Accept-Ranges are
// dropped, a strong ETag becomes weak. A body shorter than its Content-Length is
// aborted, as the server would do.
//
// Bodies that cannot be redacted are passed on and counted: those with a
// Content-Encoding (keep the compressor outside Guard), partial content, and
// Cache-Control: no-transform; see [Skips]. A client can bring that about where a
// handler serves ranges or compresses by itself, by asking for it: [GuardStrict]
// closes that. Other media types, upgraded connections and tunnels (CONNECT: taken
// over, or begun by WriteHeader or Flush in HTTP/2) are passed on, too. Headers and
// trailers are redacted in all of these.
//
// The handler's writer has the optional interfaces of the writer it wraps. Its
// header is a map of its own, of which the other gets, redacted, what is sent. Its
// Unwrap does not lead to the raw writer: nothing gets past the bytes held back.
//
// Guard panics if src is nil.
func Guard(src redact.Source, opts ...GuardOption) func(http.Handler) http.Handler {
	g := newGuard(src, opts)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(next, w, r) })
	}
}

// DefaultGuardBuffer is the longest body, in bytes, that is held as a whole.
const DefaultGuardBuffer = 64 << 10

// A GuardOption configures [Guard].
type GuardOption interface{ applyGuard(*guardConfig) }

type guardOptionFunc func(*guardConfig)

func (f guardOptionFunc) applyGuard(c *guardConfig) { f(c) }

// guardConfig is read-only once made.
type guardConfig struct {
	buffer int
	types  *typeSet
	allow  map[string]bool // canonical header names
	skips  *Skips
	strict bool
}

// GuardTypes chooses the media types whose bodies are redacted, instead of text,
// JSON, XML, YAML, JavaScript and forms: "text/html", "text/*", "+json" or "*/*".
// A body without a type is always redacted. gRPC and Connect frames are never
// rewritten unless their type is named in full. Guard panics on a malformed pattern.
func GuardTypes(patterns ...string) GuardOption {
	types := newTypeSet(patterns)
	return guardOptionFunc(func(c *guardConfig) { c.types = types })
}

// GuardBuffer sets the longest body, in bytes, that is held as a whole to keep its
// Content-Length, [DefaultGuardBuffer] by default. With 0 every body is streamed.
func GuardBuffer(max int) GuardOption {
	return guardOptionFunc(func(c *guardConfig) { c.buffer = max })
}

// GuardAllowHeaders leaves headers and trailers of these names as they are, such
// as a Set-Cookie that has to carry a registered value.
func GuardAllowHeaders(names ...string) GuardOption {
	return guardOptionFunc(func(c *guardConfig) {
		for _, n := range names {
			c.allow[http.CanonicalHeaderKey(n)] = true
		}
	})
}

// GuardSkips counts in s the bodies that were passed on without redaction.
func GuardSkips(s *Skips) GuardOption {
	return guardOptionFunc(func(c *guardConfig) { c.skips = s })
}

// GuardStrict fails closed: a body of a chosen type that cannot be redacted is not
// sent; the client gets an empty 500, and [SkipRefused] is counted. So that this
// does not happen, the handler sees a copy of the request without Range, If-Range
// and Accept-Encoding: it answers in full and unencoded.
func GuardStrict() GuardOption {
	return guardOptionFunc(func(c *guardConfig) { c.strict = true })
}

type guard struct {
	sink *redact.Sink
	src  redact.Source
	guardConfig
}

func newGuard(src redact.Source, opts []GuardOption) *guard {
	g := &guard{
		sink: redact.NewSink(src, "http-guard", redact.SinkTagStyle(redact.TagConstant), redact.SinkNoCut()),
		src:  src,
		guardConfig: guardConfig{
			buffer: DefaultGuardBuffer,
			types:  newTypeSet(defaultTypes),
			allow:  map[string]bool{},
		},
	}
	for _, o := range opts {
		o.applyGuard(&g.guardConfig)
	}
	return g
}

func (g *guard) newWriter(w http.ResponseWriter, r *http.Request) *guardWriter {
	return &guardWriter{
		inner: inner{ResponseWriter: w}, g: g, guardState: guardState{declared: -1},
		head:   r.Method == http.MethodHead,
		tunnel: r.Method == http.MethodConnect && r.ProtoMajor >= 2,
	}
}

func (g *guard) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	gw := g.newWriter(w, r)
	if g.strict {
		plain := g.plainRequest(r)
		defer removeFiles(plain, r)
		r = plain
	}
	done := false
	defer func() {
		if !done {
			gw.abandon()
		}
		gw.end()
	}()
	next.ServeHTTP(wrap(w, gw), r)
	complete := gw.finish()
	done = true
	if !complete {
		panic(http.ErrAbortHandler)
	}
}

// plainRequest returns a request that asks for nothing but the whole body.
func (g *guard) plainRequest(r *http.Request) *http.Request {
	for _, k := range []string{"Range", "If-Range", "Accept-Encoding"} {
		if _, ok := r.Header[k]; ok {
			r2 := *r
			r2.Header = r.Header.Clone()
			r2.Header.Del("Range")
			r2.Header.Del("If-Range")
			r2.Header.Del("Accept-Encoding")
			return &r2
		}
	}
	return r
}
