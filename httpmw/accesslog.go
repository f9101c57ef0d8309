package httpmw

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// AccessLog logs one line for each request, after its handler: method, host,
// escaped path, route pattern, query, remote address, status, bytes, duration,
// and what the options add. Secrets that src knows are redacted in every text;
// values of headers, query parameters and route variables that are secret by
// their name ([KeyRules]) are hidden too. The request that the handler sees is
// the one that came in.
//
// Status and bytes are what this middleware saw go out: final status, body bytes
// (none for HEAD). A status of 0 means that none was sent: the handler panicked
// ("aborted" is true) or took over the connection ("hijacked" is true). The level
// is that of [AccessLevel].
//
// The middleware is safe for concurrent use. It panics if l or src is nil.
func AccessLog(l *slog.Logger, src redact.Source, opts ...AccessOption) func(http.Handler) http.Handler {
	if l == nil {
		panic("httpmw: nil Logger")
	}
	a := &accessLog{logger: l, sink: redact.NewSink(src, "http-access")}
	a.apply(opts)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(next, w, r) })
	}
}

type accessLog struct {
	logger *slog.Logger
	sink   *redact.Sink
	accessConfig
}

func (a *accessLog) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	line := a.begin(r)
	aw, seen := newAccessWriter(w)
	aw.head = r.Method == http.MethodHead
	if a.responseBody > 0 {
		line.out = newCapture(a.sink, a.responseBody)
		aw.body = line.out
	}
	if a.requestBody > 0 {
		original := r
		line.body, r = captureRequest(a.sink, r, a.requestBody)
		defer removeFiles(r, original)
	}
	done := false
	defer func() {
		aw.over()
		line.status, line.bytes = int(aw.status.Load()), aw.bytes.Load()
		line.hijacked = aw.hijacked.Load()
		if line.status == 0 && done && !line.hijacked {
			line.status = http.StatusOK
		}
		line.aborted = !done
		line.duration = time.Since(start)
		if len(a.responseHeaders) > 0 {
			line.header = w.Header()
		}
		a.end(&line, r)
	}()
	next.ServeHTTP(seen, r)
	done = true
}

// accessLine is what one line will say. Texts are raw until end.
type accessLine struct {
	method, host, path, query, remote string
	headers                           []slog.Attr

	status            int
	bytes             int64
	duration          time.Duration
	hijacked, aborted bool
	body, out         *capture
	header            http.Header // of the response, if chosen
}

// begin takes what the handler may change.
func (c *accessConfig) begin(r *http.Request) accessLine {
	line := accessLine{
		method: r.Method, host: r.Host, remote: r.RemoteAddr,
		path: r.URL.EscapedPath(), query: r.URL.RawQuery,
	}
	if len(c.requestHeaders) > 0 {
		line.headers = rawHeaders(r.Header, c.requestHeaders)
	}
	return line
}

// end logs the line under one snapshot.
func (a *accessLog) end(line *accessLine, r *http.Request) {
	ctx := r.Context()
	level := a.level(line.status)
	if !a.logger.Enabled(ctx, level) {
		return
	}
	ev := a.sink.Event()
	var buf [18]slog.Attr
	attrs := a.appendAttrs(buf[:0], ev, line, routePattern(r))
	a.logger.LogAttrs(ctx, level, "request", attrs...)
}

func (c *accessConfig) appendAttrs(attrs []slog.Attr, ev redact.Event, line *accessLine, route string) []slog.Attr {
	attrs = append(attrs,
		slog.String("method", ev.String(line.method)),
		slog.String("host", ev.String(line.host)),
		slog.String("path", redactPath(ev, c.keys, line.path, route)),
		slog.Int("status", line.status),
		slog.Int64("bytes", line.bytes),
		slog.Duration("duration", line.duration),
		slog.String("remote", ev.String(line.remote)),
	)
	if route != "" {
		attrs = append(attrs, slog.String("route", ev.String(route)))
	}
	if line.query != "" {
		attrs = append(attrs, slog.String("query", redactQuery(ev, c.keys, line.query)))
	}
	if line.hijacked {
		attrs = append(attrs, slog.Bool("hijacked", true))
	}
	if line.aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if len(line.headers) > 0 {
		attrs = append(attrs, slog.Attr{Key: "request_headers", Value: c.headerGroup(ev, line.headers)})
	}
	if len(c.responseHeaders) > 0 && line.header != nil {
		if h := rawHeaders(line.header, c.responseHeaders); len(h) > 0 {
			attrs = append(attrs, slog.Attr{Key: "response_headers", Value: c.headerGroup(ev, h)})
		}
	}
	attrs = line.body.appendAttrs(attrs, "request_body", ev, c.keys)
	return line.out.appendAttrs(attrs, "response_body", ev, c.keys)
}
