package httpmw

import (
	"bytes"
	"context"
	"log"
	"log/slog"

	"github.com/seed-00b494d3/tagout/redact"
)

// ErrorLog returns a logger for the ErrorLog of an [http.Server] or a reverse
// proxy, which print panics with their values, URLs and malformed requests. Each
// message is redacted as one record and logged to l at level Error. It panics if
// l or src is nil.
func ErrorLog(l *slog.Logger, src redact.Source) *log.Logger {
	if l == nil {
		panic("httpmw: nil Logger")
	}
	return log.New(&errorWriter{logger: l, sink: redact.NewSink(src, "http-error")}, "", 0)
}

type errorWriter struct {
	logger *slog.Logger
	sink   *redact.Sink
}

// Write logs one message: log.Logger writes each in one call.
func (w *errorWriter) Write(p []byte) (int, error) {
	msg := w.sink.Event().String(string(bytes.TrimRight(p, "\n")))
	w.logger.LogAttrs(context.Background(), slog.LevelError, msg)
	return len(p), nil
}
