package redact

import (
	"io"
	"sync"
)

// A StreamWriter redacts a stream in which secrets may span writes. It holds
// back only bytes that may still begin a secret or a tag; everything before
// them goes out at once. Any split of a stream into writes gives the same
// bytes. Each Write uses the snapshot current at that moment, and bytes held
// back from earlier writes are scanned anew under it.
//
// A StreamWriter is not safe for concurrent use. After an error of the
// underlying writer every call returns that error.
type StreamWriter struct {
	hidden
	open func() *streamState
}

// streamState is what a StreamWriter opens to.
type streamState struct {
	w    io.Writer
	sink *Sink
	sc   *scanner // nil before the first write, while unavailable, and after Close
	m    *Matcher // the snapshot that sc uses
	held []byte   // the text from sc.base on
	run  uint8    // the hexRun before held: under another snapshot, an offset goes on
	out  []byte   // what goes out next
	bufs *streamBuffers

	unavailable bool // the tag for an unavailable snapshot was the last thing written
	closed      bool
	err         error
}

// NewStreamWriter returns a StreamWriter that writes to w. It panics if src is
// nil. Its sink name is "stream" unless [SinkName] sets another.
func NewStreamWriter(w io.Writer, src Source, opts ...SinkOption) *StreamWriter {
	st := &streamState{w: w, sink: NewSink(src, "stream", opts...)}
	return &StreamWriter{open: func() *streamState { return st }}
}

// Write redacts p as far as it is decided and holds back the rest. It returns
// len(p) unless the underlying writer fails. It neither changes nor keeps p.
func (w *StreamWriter) Write(p []byte) (int, error) {
	st := w.open()
	if st.closed && st.err == nil {
		return 0, io.ErrClosedPipe
	}
	if st.err != nil {
		return 0, st.err
	}
	st.use(current(st.sink.src))
	for rest := p; len(rest) > 0; {
		// In parts, so that memory does not follow the size of the write.
		n := min(len(rest), streamChunk)
		st.read(rest[:n])
		rest = rest[n:]
		if err := st.send(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Flush scans what is held back under the current snapshot and writes what has
// become safe. It is not the end of input: bytes that may still begin a secret
// stay held. If the underlying writer has a Flush method, with or without an
// error, that is called too.
func (w *StreamWriter) Flush() error {
	st := w.open()
	if st.err != nil {
		return st.err
	}
	if !st.closed {
		st.use(current(st.sink.src))
		st.read(nil)
		if err := st.send(); err != nil {
			return err
		}
	}
	switch f := st.w.(type) {
	case interface{ Flush() error }:
		st.err = f.Flush()
	case interface{ Flush() }:
		f.Flush()
	}
	return st.err
}

// releaseMax is how many held bytes Release may let go.
const releaseMax = 3

// Release writes up to 3 held bytes, for interactive use after an idle moment:
// a prompt must not wait for the byte that tells it from a secret. The match in
// progress goes on; if it completes, the bytes not yet released are redacted.
// More than 3 held bytes stay held.
func (w *StreamWriter) Release() error {
	st := w.open()
	if st.err != nil || st.closed || st.sc == nil {
		return st.err
	}
	sc := st.sc
	n := len(st.held) - int(sc.out-sc.base)
	if n == 0 || len(st.held) > releaseMax || len(sc.ranges) > 0 || len(sc.tentative) > 0 {
		return nil
	}
	st.out = append(st.out, st.held[sc.out-sc.base:]...)
	sc.out += int64(n)
	return st.send()
}

// Held returns how many bytes are held back.
func (w *StreamWriter) Held() int {
	st := w.open()
	if st.sc == nil {
		return 0
	}
	return len(st.held) - int(st.sc.out-st.sc.base)
}

// Close ends the stream: what is held back is scanned under the current
// snapshot as the end of the input, the rule for cut values included, and
// written. It does not close the underlying writer. Further calls of Close do
// nothing; Write after Close fails with [io.ErrClosedPipe].
func (w *StreamWriter) Close() error {
	st := w.open()
	if st.closed {
		return st.err
	}
	if st.err == nil {
		st.use(current(st.sink.src))
		st.finish()
		st.send()
	}
	st.closed = true
	st.drop()
	return st.err
}

// streamChunk is how much of one write is read before the result goes out.
const streamChunk = 64 << 10

// use switches to a snapshot. What is held is read anew under it.
func (st *streamState) use(m *Matcher) {
	if m == st.m {
		return
	}
	var held []byte
	var out, base int64
	if st.sc != nil {
		base, out = st.sc.base, st.sc.out
		held = st.held
		st.sc.release()
		st.sc = nil
	}
	st.m = m
	if m == closed {
		st.held, st.run = nil, 0
		st.unavailable = false
		if int64(len(held)) > out-base {
			st.read(held) // what is held becomes unavailable with the rest
		}
		clear(held)
		return
	}
	st.sc = newScanner(m.engine(), &st.sink.cfg)
	st.sc.reset(base)
	if held == nil && st.bufs == nil {
		st.bufs = streamPool.Get().(*streamBuffers)
		held, st.out = st.bufs.held, st.bufs.out
		*st.bufs = streamBuffers{}
	}
	if raw := &st.sc.views[viewRaw]; st.run != 0 {
		raw.hexRun = st.run
		if st.run == dumpReady {
			raw.lastByte = ' '
		}
	}
	st.sc.out = out
	st.held = held
	st.sc.data = st.held
	st.sc.run(0)
}

// read takes bytes of the text and puts into out what is decided.
func (st *streamState) read(p []byte) {
	if st.sc == nil {
		if len(p) > 0 && !st.unavailable {
			st.unavailable = true
			st.out = append(st.out, unavailableTag...)
		}
		return
	}
	if len(p) >= minPass && len(p) <= maxWhole && st.pass(p) {
		return
	}
	sc := st.sc
	if len(st.held) == 0 {
		// Nothing is held: read in place, and keep only what stays undecided.
		sc.data = p
	} else {
		st.held = append(st.held, p...)
		sc.data = st.held
	}
	sc.lazy = true
	sc.run(0)
	at := sc.settled()
	st.out = sc.write(st.out, at)
	from := max(0, min(int(sc.retain(at, st.run)-sc.base), len(sc.data)))
	rest := sc.data[from:]
	sc.base += int64(from)
	st.run = hexRunThrough(st.run, sc.data[:from])
	switch {
	case len(st.held) == 0:
		st.held = append(st.held, rest...)
	case from > 0:
		n := copy(st.held, rest)
		clear(st.held[n:])
		st.held = st.held[:n]
	}
	sc.data = st.held
}

// minPass is from which length pass is tried.
const minPass = 16

// pass is read for small writes in which nothing is found, to a stream in which
// nothing is in progress, where it takes half the time. Otherwise it does nothing
// and returns false.
func (st *streamState) pass(p []byte) bool {
	sc := st.sc
	raw := &sc.views[viewRaw]
	if len(st.held) > 3 || sc.out != sc.base || raw.depth != 0 || !sc.quiet() || sc.tag.n != 0 ||
		len(sc.ranges) != 0 || len(sc.tags) != 0 || len(sc.units) != 0 || len(sc.tentative) != 0 || len(sc.chains) != 0 {
		return false
	}
	data := p
	if len(st.held) > 0 {
		data = append(st.held, p...)
	}
	read := int(sc.pos - sc.base)
	n, ok := sc.e.passes(data)
	if !ok || raw.offsetAhead(data[read:]) {
		if len(st.held) > 0 {
			st.held = data[:len(st.held)] // it may have grown; read goes on with it
		}
		return false
	}
	// As settled and retain would say.
	out := n
	if sc.e.left[data[n-1]] {
		out--
	}
	raw.hexRun, st.run = hexRunThrough(raw.hexRun, data[read:n]), hexRunThrough(st.run, data[:out])
	raw.lastByte, raw.eqDepth = data[n-1], 0
	raw.states = [maxSegments]position{}
	sc.pos = sc.base + int64(n)
	sc.base += int64(out)
	sc.out, sc.tagPos, raw.last = sc.base, sc.pos, sc.pos
	st.out = append(st.out, data[:out]...)
	if len(st.held) == 0 {
		st.held = append(st.held, data[out:]...)
	} else {
		k := copy(data, data[out:])
		clear(data[k:])
		st.held = data[:k]
	}
	sc.data = st.held
	return true
}

// finish decides everything that is held.
func (st *streamState) finish() {
	if sc := st.sc; sc != nil {
		sc.lazy = false
		sc.run(0)
		sc.end()
		st.out = sc.write(st.out, sc.pos)
	}
}

// send writes what is decided.
func (st *streamState) send() error {
	if len(st.out) == 0 {
		return nil
	}
	n, err := st.w.Write(st.out)
	if err == nil && n < len(st.out) {
		err = io.ErrShortWrite
	}
	st.out = st.out[:0]
	if cap(st.out) > 4*streamChunk {
		st.out = nil
	}
	if err != nil {
		st.err = err
		st.drop()
	}
	return err
}

// drop wipes what is held.
func (st *streamState) drop() {
	if st.sc != nil {
		st.sc.release()
		st.sc = nil
	}
	clear(st.held[:cap(st.held)])
	if b := st.bufs; b != nil && cap(st.held)+cap(st.out) <= maxPooled {
		b.held, b.out = st.held[:0], st.out[:0]
		streamPool.Put(b)
	}
	st.held, st.out, st.bufs = nil, nil, nil
}

// streamBuffers are what one stream leaves to the next one: room for what is
// held, wiped, and for what goes out.
type streamBuffers struct{ held, out []byte }

var streamPool = sync.Pool{New: func() any { return new(streamBuffers) }}

// maxPooled is up to which size they are kept, in bytes.
const maxPooled = 64 << 10

// NewReader returns a reader of what r reads, redacted as by a [StreamWriter].
// It panics if src is nil. Its sink name is "reader" unless [SinkName] sets
// another. Errors of r are passed on after everything that was read before
// them; what is held back at an error other than io.EOF is scanned as the end
// of the input. The reader is not safe for concurrent use.
func NewReader(r io.Reader, src Source, opts ...SinkOption) io.Reader {
	rd := &reader{r: r}
	rd.w = NewStreamWriter(&rd.out, src, append([]SinkOption{SinkName("reader")}, opts...)...)
	return hiddenReader{open: func() *reader { return rd }}
}

type hiddenReader struct {
	hidden
	open func() *reader
}

func (h hiddenReader) Read(p []byte) (int, error) { return h.open().Read(p) }

type reader struct {
	r   io.Reader
	w   *StreamWriter
	out byteQueue
	buf []byte
	err error
}

const readerBuffer = 32 << 10

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.out.empty() {
		if r.err != nil {
			return 0, r.err
		}
		if r.buf == nil {
			r.buf = make([]byte, readerBuffer)
		}
		n, err := r.r.Read(r.buf)
		if n > 0 {
			r.w.Write(r.buf[:n])
		}
		if err != nil {
			r.w.Close()
			clear(r.buf)
			r.buf = nil
			r.err = err
		}
	}
	return r.out.read(p), nil
}

// byteQueue is a writer that keeps what was written until it is read.
type byteQueue struct {
	b   []byte
	off int
}

func (q *byteQueue) Write(p []byte) (int, error) { q.b = append(q.b, p...); return len(p), nil }
func (q *byteQueue) empty() bool                 { return q.off == len(q.b) }
func (q *byteQueue) read(p []byte) int {
	n := copy(p, q.b[q.off:])
	q.off += n
	if q.empty() {
		q.b, q.off = q.b[:0], 0
	}
	return n
}
