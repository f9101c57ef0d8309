package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// accessWriter counts what goes out. The counters are atomic because a handler
// may still write when its line is logged. What is called after that does not reach
// the inner writer: that of HTTP/2 would panic in a goroutine that nobody recovers.
type accessWriter struct {
	inner
	status   atomic.Int32 // final status that was sent, 0 for none
	bytes    atomic.Int64
	hijacked atomic.Bool
	over     atomic.Bool // the handler has returned
	head     bool
	body     *capture // nil unless bodies are logged
}

func (w *accessWriter) WriteHeader(code int) {
	if w.over.Load() {
		return
	}
	w.ResponseWriter.WriteHeader(code) // may panic, and then sends nothing
	if (code >= 200 || code == http.StatusSwitchingProtocols) && !w.hijacked.Load() {
		w.status.CompareAndSwap(0, int32(code))
	}
}

func (w *accessWriter) Write(p []byte) (int, error) {
	if w.over.Load() {
		return 0, errLate
	}
	n, err := w.ResponseWriter.Write(p)
	w.wrote(int64(n), err)
	if w.body != nil {
		w.body.response(w.Header(), p[:n])
	}
	return n, err
}

func (w *accessWriter) WriteString(s string) (int, error) {
	if w.over.Load() {
		return 0, errLate
	}
	n, err := w.inner.WriteString(s)
	w.wrote(int64(n), err)
	if w.body != nil {
		w.body.response(w.Header(), []byte(s[:n]))
	}
	return n, err
}

func (w *accessWriter) ReadFrom(src io.Reader) (int64, error) {
	if w.over.Load() {
		return 0, errLate
	}
	if w.body != nil {
		return io.Copy(writerOnly{w}, src)
	}
	n, err := w.inner.ReadFrom(src)
	w.wrote(n, err)
	return n, err
}

// wrote counts n body bytes. Writing implies 200, unless the connection has been
// taken over.
func (w *accessWriter) wrote(n int64, err error) {
	if err == http.ErrHijacked || w.hijacked.Load() {
		return
	}
	w.status.CompareAndSwap(0, http.StatusOK)
	if !w.head {
		w.bytes.Add(n)
	}
}

func (w *accessWriter) Flush() {
	if w.over.Load() {
		return
	}
	w.inner.Flush()
	w.wrote(0, nil)
}

func (w *accessWriter) FlushError() error {
	if w.over.Load() {
		return errLate
	}
	err := w.inner.FlushError()
	w.wrote(0, err)
	return err
}

func (w *accessWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.over.Load() {
		return nil, nil, errLate
	}
	c, rw, err := w.inner.Hijack()
	if err == nil {
		w.hijacked.Store(true)
	}
	return c, rw, err
}

// writerOnly hides the ReadFrom of a writer from io.Copy.
type writerOnly struct{ io.Writer }
