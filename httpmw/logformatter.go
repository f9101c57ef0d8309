package httpmw

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/seed-00b494d3/tagout/redact"
)

// LogFormatter makes chi's own middleware.RequestLogger and middleware.Recoverer
// log what [AccessLog] and [Recoverer] do:
//
//	r.Use(middleware.RequestLogger(httpmw.LogFormatter(logger, src)))
//	r.Use(middleware.Recoverer)
//
// Without a LogFormatter chi's Recoverer prints panics, raw, to standard error.
// Bodies are not logged. It panics if l or src is nil.
func LogFormatter(l *slog.Logger, src redact.Source, opts ...AccessOption) middleware.LogFormatter {
	if l == nil {
		panic("httpmw: nil Logger")
	}
	a := &accessLog{logger: l, sink: redact.NewSink(src, "http-access")}
	a.apply(opts)
	return &logFormatter{a}
}

type logFormatter struct{ log *accessLog }

func (f *logFormatter) NewLogEntry(r *http.Request) middleware.LogEntry {
	line := f.log.begin(r)
	return logEntry{open: func() (*accessLog, *http.Request, accessLine) { return f.log, r, line }}
}

// logEntry belongs to one request. chi puts it into the request's context, from
// where anyone may print it, so that raw texts stay behind a closure.
type logEntry struct {
	open func() (*accessLog, *http.Request, accessLine)
}

// Write logs the line of the request. chi reports a status of 0 for one that the
// handler left to the server.
func (e logEntry) Write(status, bytes int, header http.Header, elapsed time.Duration, _ any) {
	a, r, line := e.open()
	line.status, line.bytes, line.duration = status, int64(bytes), elapsed
	if line.method == http.MethodHead {
		line.bytes = 0
	}
	line.header = header
	a.end(&line, r)
}

// Panic logs what chi's Recoverer recovered.
func (e logEntry) Panic(v any, stack []byte) {
	a, r, _ := e.open()
	ev := a.sink.Event()
	a.logger.LogAttrs(r.Context(), slog.LevelError, "panic in handler",
		slog.String("panic", panicText(ev, v)),
		slog.String("method", ev.String(r.Method)),
		slog.String("stack", cutText(ev.String(string(stack)))),
	)
}
