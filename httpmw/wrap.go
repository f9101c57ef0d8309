package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// capability is the set of optional interfaces of a ResponseWriter. The bits
// have the order of gen_expose.go.
type capability uint16

const (
	canFlush capability = 1 << iota
	canFlushError
	canCloseNotify
	canHijack
	canReadFrom
	canDeadline
	canFullDuplex
	canPush
	canWriteString

	allCapabilities = 1<<iota - 1
)

// The standard library has these interfaces without naming them, or has
// deprecated their name.
type (
	errorFlusher  interface{ FlushError() error }
	closeNotifier interface{ CloseNotify() <-chan bool }
	deadliner     interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
	}
	fullDuplexer interface{ EnableFullDuplex() error }
)

// baseWriter is what every writer of ours is.
type baseWriter interface {
	http.ResponseWriter
	Unwrap() http.ResponseWriter
}

// fullWriter has every method. Which of them a handler sees is up to expose.
type fullWriter interface {
	baseWriter
	http.Flusher
	errorFlusher
	closeNotifier
	http.Hijacker
	io.ReaderFrom
	deadliner
	fullDuplexer
	http.Pusher
	io.StringWriter
}

// capabilities returns the optional interfaces of w itself.
func capabilities(w http.ResponseWriter) (have capability) {
	if _, ok := w.(http.Flusher); ok {
		have |= canFlush
	}
	if _, ok := w.(errorFlusher); ok {
		have |= canFlushError
	}
	if _, ok := w.(closeNotifier); ok {
		have |= canCloseNotify
	}
	if _, ok := w.(http.Hijacker); ok {
		have |= canHijack
	}
	if _, ok := w.(io.ReaderFrom); ok {
		have |= canReadFrom
	}
	if _, ok := w.(deadliner); ok {
		have |= canDeadline
	}
	if _, ok := w.(fullDuplexer); ok {
		have |= canFullDuplex
	}
	if _, ok := w.(http.Pusher); ok {
		have |= canPush
	}
	if _, ok := w.(io.StringWriter); ok {
		have |= canWriteString
	}
	return have
}

// wrap gives w, which embeds an inner over next, exactly the interfaces of next.
//
// httpsnoop does the same with hooks. Its closures cost some twenty allocations
// where this costs one, and its Unwrap, which cannot be replaced, leads to the
// raw writer, past bytes that Guard holds back.
func wrap(next http.ResponseWriter, w fullWriter) http.ResponseWriter {
	return expose(capabilities(next), w)
}

// inner forwards every call to the writer that it embeds. A method is reachable
// only if that writer has it; see wrap.
type inner struct{ http.ResponseWriter }

func (w *inner) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w *inner) Flush()                      { w.ResponseWriter.(http.Flusher).Flush() }
func (w *inner) FlushError() error           { return w.ResponseWriter.(errorFlusher).FlushError() }
func (w *inner) CloseNotify() <-chan bool    { return w.ResponseWriter.(closeNotifier).CloseNotify() }
func (w *inner) EnableFullDuplex() error {
	return w.ResponseWriter.(fullDuplexer).EnableFullDuplex()
}
func (w *inner) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.ResponseWriter.(http.Hijacker).Hijack()
}
func (w *inner) ReadFrom(src io.Reader) (int64, error) {
	return w.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
}
func (w *inner) SetReadDeadline(t time.Time) error {
	return w.ResponseWriter.(deadliner).SetReadDeadline(t)
}
func (w *inner) SetWriteDeadline(t time.Time) error {
	return w.ResponseWriter.(deadliner).SetWriteDeadline(t)
}
func (w *inner) Push(target string, opts *http.PushOptions) error {
	return w.ResponseWriter.(http.Pusher).Push(target, opts)
}
func (w *inner) WriteString(s string) (int, error) {
	return w.ResponseWriter.(io.StringWriter).WriteString(s)
}
