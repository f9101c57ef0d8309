package httpmw

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// maxPanicText bounds the logged text of a panic and its stack, in bytes each.
const maxPanicText = 64 << 10

// Recoverer recovers panics of handlers, logs value and stack with every secret
// redacted, at level Error, and answers 500 with a constant text. What the handler
// had put into the header goes out redacted as by [Guard]. Nothing is printed to
// standard error.
//
// If the response has begun, it cannot become a 500: Recoverer panics with
// [http.ErrAbortHandler], so that the client sees a broken response and not one
// that looks complete. It does not write to a request for an upgrade, nor to a
// connection that was taken over. A panic with http.ErrAbortHandler goes on
// unchanged and is not logged.
//
// It panics if l or src is nil.
func Recoverer(l *slog.Logger, src redact.Source) func(http.Handler) http.Handler {
	if l == nil {
		panic("httpmw: nil Logger")
	}
	rec := &recoverer{
		logger: l, sink: redact.NewSink(src, "http-panic"),
		peer: redact.NewSink(src, "http-panic", redact.SinkTagStyle(redact.TagConstant), redact.SinkNoCut()),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { rec.serve(next, w, r) })
	}
}

type recoverer struct {
	logger *slog.Logger
	sink   *redact.Sink
	peer   *redact.Sink // for what the client gets
}

func (rec *recoverer) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	aw, seen := newAccessWriter(w)
	defer func() {
		aw.over()
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		ev := rec.sink.Event()
		rec.logger.LogAttrs(r.Context(), slog.LevelError, "panic in handler",
			slog.String("panic", panicText(ev, v)),
			slog.String("method", ev.String(r.Method)),
			slog.String("route", ev.String(routePattern(r))),
			slog.String("stack", cutText(ev.String(string(debug.Stack())))),
		)
		switch {
		case aw.hijacked.Load() || isUpgrade(r):
		case aw.status.Load() != 0:
			panic(http.ErrAbortHandler)
		default:
			redactHeader(rec.peer.Event(), w.Header(), nil)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}()
	next.ServeHTTP(seen, r)
}

// panicText formats the value of a panic. fmt survives values that panic when
// they are formatted.
func panicText(ev redact.Event, v any) string {
	return cutText(ev.String(fmt.Sprint(v)))
}

// cutText cuts redacted text.
func cutText(s string) string {
	if len(s) <= maxPanicText {
		return s
	}
	return strings.ToValidUTF8(s[:maxPanicText], "")
}

// isUpgrade reports whether the client asked to leave HTTP.
func isUpgrade(r *http.Request) bool {
	for _, v := range r.Header["Connection"] {
		for token := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(token), "upgrade") {
				return true
			}
		}
	}
	return false
}
