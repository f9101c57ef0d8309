package httpmw

import (
	"bufio"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"sync/atomic"
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
// Why not httpsnoop: see the package doc.
func wrap(next http.ResponseWriter, w fullWriter) http.ResponseWriter {
	return expose(capabilities(next), w)
}

// inner forwards every call to the writer that it embeds, until the handler has
// returned: that of HTTP/2 panics then, in a goroutine that nobody recovers. A
// method is reachable only if that writer has it; see wrap.
type inner struct {
	http.ResponseWriter
	calls atomic.Int64 // under way; negative once the handler has returned
}

// errLate is what a handler's goroutine gets that goes on after the handler has
// returned.
var errLate = errors.New("httpmw: response written after its handler returned")

// enter begins a call of the embedded writer; leave ends it.
func (w *inner) enter() bool {
	for {
		n := w.calls.Load()
		if n < 0 {
			return false
		}
		if w.calls.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (w *inner) leave() { w.calls.Add(-1) }

// end keeps further calls from the embedded writer, and reports whether none is
// still under way.
func (w *inner) end() (idle bool) { return w.calls.Or(math.MinInt64) == 0 }

func (w *inner) Header() http.Header {
	if !w.enter() {
		return http.Header{}
	}
	defer w.leave()
	return w.ResponseWriter.Header()
}

func (w *inner) Unwrap() http.ResponseWriter {
	if !w.enter() {
		return ended{}
	}
	defer w.leave()
	return w.ResponseWriter
}

func (w *inner) Flush() {
	if w.enter() {
		defer w.leave()
		w.ResponseWriter.(http.Flusher).Flush()
	}
}

func (w *inner) FlushError() error {
	if !w.enter() {
		return errLate
	}
	defer w.leave()
	return w.ResponseWriter.(errorFlusher).FlushError()
}

func (w *inner) CloseNotify() <-chan bool {
	if !w.enter() {
		gone := make(chan bool, 1)
		gone <- true
		return gone
	}
	defer w.leave()
	return w.ResponseWriter.(closeNotifier).CloseNotify()
}

func (w *inner) EnableFullDuplex() error {
	if !w.enter() {
		return errLate
	}
	defer w.leave()
	return w.ResponseWriter.(fullDuplexer).EnableFullDuplex()
}

func (w *inner) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.enter() {
		return nil, nil, errLate
	}
	defer w.leave()
	return w.ResponseWriter.(http.Hijacker).Hijack()
}

func (w *inner) ReadFrom(src io.Reader) (int64, error) {
	if !w.enter() {
		return 0, errLate
	}
	defer w.leave()
	return w.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
}

func (w *inner) SetReadDeadline(t time.Time) error {
	if !w.enter() {
		return errLate
	}
	defer w.leave()
	return w.ResponseWriter.(deadliner).SetReadDeadline(t)
}

func (w *inner) SetWriteDeadline(t time.Time) error {
	if !w.enter() {
		return errLate
	}
	defer w.leave()
	return w.ResponseWriter.(deadliner).SetWriteDeadline(t)
}

func (w *inner) Push(target string, opts *http.PushOptions) error {
	if !w.enter() {
		return errLate
	}
	defer w.leave()
	return w.ResponseWriter.(http.Pusher).Push(target, opts)
}

func (w *inner) WriteString(s string) (int, error) {
	if !w.enter() {
		return 0, errLate
	}
	defer w.leave()
	return w.ResponseWriter.(io.StringWriter).WriteString(s)
}

// ended stands for the writer of a response that is over.
type ended struct{}

func (ended) Header() http.Header       { return http.Header{} }
func (ended) WriteHeader(int)           {}
func (ended) Write([]byte) (int, error) { return 0, errLate }
