// Package httpmw keeps registered secrets out of what an HTTP service logs and
// sends: middleware for net/http and chi, a client transport, and a status page
// for the people on call.
//
//	r := chi.NewRouter()
//	r.Use(
//		httpmw.AccessLog(logger, src), // one line per request
//		httpmw.Recoverer(logger, src), // panics, without their secrets
//		httpmw.Guard(src),             // responses
//	)
//
// A source of secrets is a [redact.Source]: a fixed *redact.Matcher or a
// registry. It is loaded once for every event, so that a rotated secret is
// covered from the next request on.
//
// # Order
//
// AccessLog goes first and sees what was really sent. Recoverer follows, so that
// a panic is turned into a 500 that is logged. Guard is next to the handlers.
// What compresses bodies goes outside Guard (before it in a chi stack): a body
// that reaches Guard encoded cannot be redacted and is passed on, counted; see
// [Skips] and [GuardStrict].
//
// # The writer that a handler sees
//
// It has exactly the optional interfaces of the writer inside, as one made by
// github.com/felixge/httpsnoop would have. That package is not used, because its
// Unwrap, which cannot be replaced, leads to the raw writer, past the bytes that
// Guard holds back, and because its hooks cost more than a dozen allocations for
// each request. Wrappers made by it stack with ours in any order.
//
// Once the handler has returned, no call of its writer reaches the server: where the
// server's own would panic, ours returns an error.
//
// # What a remote peer sees
//
// Guard replaces secrets by the constant tag [REDACTED] and never redacts cut
// values: a named tag would confirm a guess, and a redacted prefix would let a
// peer search for a value byte by byte. Logs name secret and version.
//
// # What it cannot do
//
// A body that is a part of a larger one (206 Partial Content) may begin inside a
// secret. http.Client makes its own *url.Error beyond the reach of a Transport:
// use [Client] or [RedactError]. http.MaxBytesReader tells the server to close
// the connection through an unexported method, which no wrapper can offer; the
// limit itself works.
package httpmw

//go:generate go run gen_expose.go
