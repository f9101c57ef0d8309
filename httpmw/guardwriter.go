package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// guardWriter is what the handler of a guarded response writes to. Its methods
// are safe for concurrent use: a reverse proxy sends 1xx responses from another
// goroutine, and goroutines may outlive their handler.
type guardWriter struct {
	inner
	g      *guard
	head   bool // the request's method is HEAD
	tunnel bool // the request may be for one: CONNECT, in HTTP/2

	// The handler has a header of its own. Writers outside, such as those that
	// compress, may read theirs long after WriteHeader: what is in it must always be
	// fit to be sent.
	headerMu sync.Mutex // guards header, but not what is in it
	header   http.Header

	mu sync.Mutex // guards the rest, and calls of the inner writer that send
	guardState
}

func (w *guardWriter) Header() http.Header {
	w.headerMu.Lock()
	defer w.headerMu.Unlock()
	if w.header == nil {
		w.header = w.inner.Header().Clone()
	}
	return w.header
}

func (w *guardWriter) WriteHeader(code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(code, false)
}

func (w *guardWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write(p)
}

func (w *guardWriter) WriteString(s string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mode == passing {
		return w.inner.WriteString(s)
	}
	return w.write([]byte(s))
}

// ReadFrom leaves bodies that are passed on to the inner writer, which may have
// the kernel copy them.
func (w *guardWriter) ReadFrom(src io.Reader) (n int64, err error) {
	buf := copyBuffers.Get().(*[copyBuffer]byte)
	defer func() {
		clear(buf[:])
		copyBuffers.Put(buf)
	}()
	for {
		if w.passes() {
			m, err := w.inner.ReadFrom(src)
			return n + m, err
		}
		m, rerr := src.Read(buf[:])
		if m > 0 {
			k, werr := w.Write(buf[:m])
			n += int64(k)
			if werr != nil {
				return n, werr
			}
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

const copyBuffer = 32 << 10

// copyBuffers are cleared before they are put back.
var copyBuffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

func (w *guardWriter) passes() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mode == undecided {
		w.writeHeader(http.StatusOK, true)
	}
	return w.mode == passing
}

func (w *guardWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flush() == nil {
		w.inner.Flush()
	}
}

func (w *guardWriter) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.flush(); err != nil {
		return err
	}
	return w.inner.FlushError()
}

func (w *guardWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.hijack(w.inner.Hijack)
}

func (w *guardWriter) hijack(take func() (net.Conn, *bufio.ReadWriter, error)) (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.mode {
	case waiting, rewriting:
		if err := w.flush(); err != nil {
			return nil, nil, err
		}
	case finished:
		return nil, nil, errLate
	}
	c, rw, err := take()
	if err == nil {
		w.mode = hijacked
		w.g.skips.add(SkipUpgrade)
	}
	return c, rw, err
}

// Push refuses to promise what holds a secret: the promise goes to the peer.
func (w *guardWriter) Push(target string, opts *http.PushOptions) error {
	ev := w.g.sink.Event()
	if ev.String(target) != target {
		return http.ErrNotSupported
	}
	if opts != nil {
		for k, vs := range opts.Header {
			for _, v := range vs {
				if ev.String(k) != k || ev.String(v) != v {
					return http.ErrNotSupported
				}
			}
		}
	}
	return w.inner.Push(target, opts)
}

// Unwrap is for http.ResponseController and its like.
func (w *guardWriter) Unwrap() http.ResponseWriter { return guardView{w} }

// guardView stands where the raw writer would be. It sends through the guard, and
// finds what it has no method for, such as deadlines, further in.
type guardView struct{ w *guardWriter }

func (v guardView) Header() http.Header         { return v.w.Header() }
func (v guardView) WriteHeader(code int)        { v.w.WriteHeader(code) }
func (v guardView) Write(p []byte) (int, error) { return v.w.Write(p) }

func (v guardView) inner() *http.ResponseController {
	return http.NewResponseController(v.w.inner.Unwrap())
}

func (v guardView) FlushError() error {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	if !flushes(v.w.ResponseWriter) {
		return http.ErrNotSupported
	}
	if err := v.w.flush(); err != nil {
		return err
	}
	return v.inner().Flush()
}

// flushes reports whether a ResponseController finds a way to flush w.
func flushes(w http.ResponseWriter) bool {
	for {
		if capabilities(w)&(canFlush|canFlushError) != 0 {
			return true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}

func (v guardView) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return v.w.hijack(v.inner().Hijack)
}
func (v guardView) SetReadDeadline(t time.Time) error  { return v.inner().SetReadDeadline(t) }
func (v guardView) SetWriteDeadline(t time.Time) error { return v.inner().SetWriteDeadline(t) }
func (v guardView) EnableFullDuplex() error            { return v.inner().EnableFullDuplex() }
