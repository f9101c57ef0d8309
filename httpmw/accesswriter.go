package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// accessWriter counts what goes out. The counters are atomic because a handler
// may still write when its line is logged.
type accessWriter struct {
	inner
	status   atomic.Int32 // final status that was sent, 0 for none
	bytes    atomic.Int64
	hijacked atomic.Bool
	head     bool
	body     *capture // nil unless bodies are logged
}

// newAccessWriter returns a writer over w and what the handler is to see of it:
// exactly the interfaces of w.
//
// For the writers of net/http both are one object, of which a batch is allocated at
// a time. One that a long request keeps in memory keeps the others of its batch, but
// not what they stood for: see over.
func newAccessWriter(w http.ResponseWriter) (aw *accessWriter, seen http.ResponseWriter) {
	switch have := capabilities(w); have {
	case http1Capabilities:
		x := http1Writers.next()
		aw, seen = &x.accessWriter, x
	case http2Capabilities:
		x := http2Writers.next()
		aw, seen = &x.accessWriter, x
	default:
		aw = new(accessWriter)
		seen = expose(have, aw)
	}
	aw.ResponseWriter = w
	return aw, seen
}

// over ends the writer with its handler: no call of it reaches the server any more.
func (w *accessWriter) over() {
	if w.end() {
		w.ResponseWriter, w.body = nil, nil
	}
}

const (
	http1Capabilities = allCapabilities &^ canPush
	http2Capabilities = allCapabilities &^ (canHijack | canReadFrom)
)

// http1Writer and http2Writer lack what the servers' writers lack: of two methods of
// one name at one depth Go promotes neither. The interfaces are never set.
type (
	http1Writer struct {
		accessWriter
		lacksPush
	}
	http2Writer struct {
		accessWriter
		http.Hijacker
		io.ReaderFrom
	}
	lacksPush struct{ http.Pusher } // as deep as inner.Push
)

var (
	http1Writers batches[http1Writer]
	http2Writers batches[http2Writer]
)

// batches hands out values, each once: a goroutine that outlives its handler must
// not find the writer of another request in its hands.
type batches[T any] struct{ pool sync.Pool }

type batch[T any] struct {
	used   int
	values [16]T
}

func (b *batches[T]) next() *T {
	x, _ := b.pool.Get().(*batch[T])
	if x == nil {
		x = new(batch[T])
	}
	v := &x.values[x.used]
	if x.used++; x.used < len(x.values) {
		b.pool.Put(x)
	}
	return v
}

func (w *accessWriter) WriteHeader(code int) {
	if !w.enter() {
		return
	}
	defer w.leave()
	w.ResponseWriter.WriteHeader(code) // may panic, and then sends nothing
	if (code >= 200 || code == http.StatusSwitchingProtocols) && !w.hijacked.Load() {
		w.status.CompareAndSwap(0, int32(code))
	}
}

func (w *accessWriter) Write(p []byte) (int, error) {
	if !w.enter() {
		return 0, errLate
	}
	defer w.leave()
	n, err := w.ResponseWriter.Write(p)
	w.wrote(int64(n), err)
	if w.body != nil {
		w.body.response(w.ResponseWriter.Header(), p[:n])
	}
	return n, err
}

func (w *accessWriter) WriteString(s string) (int, error) {
	if !w.enter() {
		return 0, errLate
	}
	defer w.leave()
	n, err := w.ResponseWriter.(io.StringWriter).WriteString(s)
	w.wrote(int64(n), err)
	if w.body != nil {
		w.body.response(w.ResponseWriter.Header(), []byte(s[:n]))
	}
	return n, err
}

func (w *accessWriter) ReadFrom(src io.Reader) (int64, error) {
	if !w.enter() {
		return 0, errLate
	}
	captured := w.body != nil
	w.leave()
	if captured {
		return io.Copy(writerOnly{w}, src)
	}
	n, err := w.inner.ReadFrom(src)
	w.wrote(n, err)
	return n, err
}

// wrote counts n body bytes. Writing implies 200, unless the connection has been
// taken over or the handler has returned.
func (w *accessWriter) wrote(n int64, err error) {
	if err == http.ErrHijacked || err == errLate || w.hijacked.Load() {
		return
	}
	w.status.CompareAndSwap(0, http.StatusOK)
	if !w.head {
		w.bytes.Add(n)
	}
}

func (w *accessWriter) Flush() {
	w.inner.Flush()
	w.wrote(0, nil)
}

func (w *accessWriter) FlushError() error {
	err := w.inner.FlushError()
	w.wrote(0, err)
	return err
}

func (w *accessWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := w.inner.Hijack()
	if err == nil {
		w.hijacked.Store(true)
	}
	return c, rw, err
}

// writerOnly hides the ReadFrom of a writer from io.Copy.
type writerOnly struct{ io.Writer }
