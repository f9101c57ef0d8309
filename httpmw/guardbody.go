package httpmw

import (
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// A response goes through these modes, downwards:
//
//	undecided ── WriteHeader, Write, Flush ──┬─▶ passing     body as it is
//	                                         ├─▶ refusing    no body; see GuardStrict
//	                                         ├─▶ waiting     header and body are held
//	                                         │      │ type known, length exceeded, Flush
//	                                         └──────┴──▶ rewriting
//
// and ends finished or hijacked.
type guardMode uint8

const (
	undecided guardMode = iota
	waiting
	passing
	rewriting
	refusing
	hijacked
	finished
)

// sniffLen is how much of a body the server looks at to guess its type.
const sniffLen = 512

type guardState struct {
	mode     guardMode
	code     int         // final status, once the handler has said it
	held     http.Header // waiting: the header as it was at WriteHeader
	sniff    bool        // waiting: for bytes that tell the type
	declared int64       // Content-Length, -1 if none or not enforced
	written  int64       // body bytes the handler wrote
	buf      []byte      // waiting: body
	sw       *redact.StreamWriter
	events   *eventEnds // text/event-stream
}

func (w *guardWriter) writeHeader(code int) {
	switch w.mode {
	case undecided:
	case passing, rewriting:
		w.ResponseWriter.WriteHeader(code) // superfluous: the server says so
		return
	default:
		return
	}
	h := w.Header()
	if code >= 100 && code < 200 {
		w.g.redactHeader(h)
		w.ResponseWriter.WriteHeader(code)
		if code == http.StatusSwitchingProtocols {
			w.code, w.mode = code, passing
			w.g.skips.add(SkipUpgrade)
		}
		return
	}
	if code < 100 || code > 999 {
		w.ResponseWriter.WriteHeader(code) // the server's own complaint
		return
	}
	w.code = code
	w.decide(h)
}

// decide chooses the mode by status and header.
func (w *guardWriter) decide(h http.Header) {
	ct, hasType := h["Content-Type"]
	enc := encoded(h["Content-Encoding"])
	switch {
	case w.code == http.StatusNoContent || w.code == http.StatusNotModified:
		w.pass(h)
	case w.method == http.MethodConnect && w.code < 300:
		w.skip(h, SkipUpgrade)
	case hasType && len(ct) > 0 && isByteranges(ct[0]):
		w.cannot(h, SkipRange)
	case hasType && len(ct) > 0 && !w.g.types.match(ct[0]):
		w.skip(h, SkipType)
	case enc:
		w.cannot(h, SkipEncoded)
	case w.code == http.StatusPartialContent || h.Get("Content-Range") != "" && w.code < 300:
		w.cannot(h, SkipRange)
	case noTransform(h):
		w.cannot(h, SkipNoTransform)
	default:
		w.sniff = !hasType && h.Get("Transfer-Encoding") == ""
		w.rewrite(h)
	}
}

func isByteranges(ct string) bool {
	const t = "multipart/byteranges"
	return len(ct) >= len(t) && strings.EqualFold(ct[:len(t)], t)
}

func (w *guardWriter) pass(h http.Header) {
	w.mode = passing
	w.send(h)
}

func (w *guardWriter) skip(h http.Header, why Skip) {
	w.g.skips.add(why)
	w.pass(h)
}

// cannot meets a body of a chosen type that cannot be redacted.
func (w *guardWriter) cannot(h http.Header, why Skip) {
	if !w.g.strict {
		w.skip(h, why)
		return
	}
	w.g.skips.add(SkipRefused)
	w.mode, w.code = refusing, http.StatusInternalServerError
	clear(h)
	h.Set("Cache-Control", "no-store")
	w.ResponseWriter.WriteHeader(w.code)
}

// rewrite begins a body that will be redacted. It is held while its type is
// unknown, or while it may fit the buffer as a whole.
func (w *guardWriter) rewrite(h http.Header) {
	if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.declared = n
	}
	if w.sniff || w.fits() {
		w.mode, w.held = waiting, h.Clone()
		if w.held == nil {
			w.held = http.Header{}
		}
		return
	}
	w.stream(h)
}

func (w *guardWriter) fits() bool { return 0 <= w.declared && w.declared <= int64(w.g.buffer) }

// stream sends the header and what was held, and goes on without holding.
func (w *guardWriter) stream(h http.Header) error {
	w.mode = rewriting
	dropLength(h)
	if strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		w.events = new(eventEnds)
	}
	w.send(h)
	w.open()
	held := w.buf
	w.buf = nil
	_, err := w.feed(held)
	return err
}

func (w *guardWriter) open() {
	w.sw = redact.NewStreamWriter(writerOnly{w.ResponseWriter}, w.g.src,
		redact.SinkName("http-guard"), redact.SinkTagStyle(redact.TagConstant), redact.SinkNoCut())
}

// send redacts h and sends it with the final status. A held header takes the
// place of the handler's for that moment: what the handler has changed since
// WriteHeader is for trailers only.
func (w *guardWriter) send(h http.Header) {
	w.g.redactHeader(h)
	if w.held == nil {
		w.ResponseWriter.WriteHeader(w.code)
		return
	}
	live := w.Header()
	later := maps.Clone(live)
	clear(live)
	maps.Copy(live, h)
	w.held = nil
	w.ResponseWriter.WriteHeader(w.code)
	clear(live)
	maps.Copy(live, later)
}

func (w *guardWriter) write(p []byte) (int, error) {
	if w.mode == undecided {
		w.writeHeader(http.StatusOK)
	}
	switch w.mode {
	case passing:
		return w.ResponseWriter.Write(p)
	case refusing:
		return len(p), nil
	case hijacked:
		return 0, http.ErrHijacked
	case finished:
		return 0, errLate
	}
	w.written += int64(len(p))
	if w.declared >= 0 && w.written > w.declared {
		return 0, http.ErrContentLength
	}
	if w.mode == rewriting {
		return w.feed(p)
	}
	if len(w.buf) == 0 && w.written == w.declared && !w.sniff {
		if err := w.whole(p); err != nil { // the usual case: one write, not copied
			return 0, err
		}
		return len(p), nil
	}
	if w.buf == nil && w.fits() {
		w.buf = make([]byte, 0, w.declared)
	}
	w.buf = append(w.buf, p...)
	if w.sniff && len(w.buf) >= sniffLen {
		if err := w.resolve(); err != nil {
			return 0, err
		}
	}
	if w.mode == waiting && w.written == w.declared && !w.sniff {
		if err := w.whole(w.buf); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// resolve gives a body the type that the server would give it, and judges again.
func (w *guardWriter) resolve() error {
	w.sniff = false
	h := w.held
	if len(w.buf) > 0 {
		h.Set("Content-Type", http.DetectContentType(w.buf[:min(len(w.buf), sniffLen)]))
	}
	if ct := h.Get("Content-Type"); ct != "" && !w.g.types.match(ct) {
		held := w.buf
		w.buf = nil
		w.skip(h, SkipType)
		_, err := w.ResponseWriter.Write(held)
		return err
	}
	if w.fits() {
		return nil
	}
	return w.stream(h)
}

// whole sends a body that is there to its end.
func (w *guardWriter) whole(raw []byte) error {
	h, out := w.held, raw
	w.buf = nil
	if ev := w.g.sink.Event(); !ev.Clean(raw) {
		out = ev.Append(nil, raw)
		dropIdentity(h)
		if w.declared >= 0 { // keeps a body that is too short too short
			h.Set("Content-Length", strconv.FormatInt(w.declared+int64(len(out)-len(raw)), 10))
		}
	}
	w.mode, w.declared = passing, -1
	w.send(h)
	_, err := w.ResponseWriter.Write(out)
	return err
}

// feed redacts p, which counts as written.
func (w *guardWriter) feed(p []byte) (int, error) {
	if w.events == nil {
		return w.sw.Write(p)
	}
	n := 0
	for n < len(p) {
		end := w.events.next(p[n:])
		m, err := w.sw.Write(p[n : n+end])
		n += m
		if err != nil {
			return n, err
		}
		if w.events.ended() { // nothing goes on over the end of an event
			if err := w.sw.Close(); err != nil {
				return n, err
			}
			w.open()
		}
	}
	return n, nil
}

// flush sends what has become safe, up to the inner writer.
func (w *guardWriter) flush() error {
	switch w.mode {
	case undecided:
		w.writeHeader(http.StatusOK)
	case hijacked:
		return http.ErrHijacked
	case finished:
		return errLate
	}
	if w.mode == waiting {
		if w.sniff && len(w.buf) > 0 {
			if err := w.resolve(); err != nil {
				return err
			}
		}
		if w.mode == waiting {
			w.sniff = false
			if err := w.stream(w.held); err != nil {
				return err
			}
		}
	}
	if w.mode == rewriting {
		return w.sw.Flush()
	}
	return nil
}

// finish sends what is left when the handler has returned. It reports whether
// the body was as long as the handler had said.
func (w *guardWriter) finish() (complete bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	complete = true
	head := w.method == http.MethodHead
	rewritten := w.mode == rewriting
	switch w.mode {
	case hijacked, finished:
		return true
	case undecided: // the server will send 200 and no body
		w.g.redactHeader(w.Header())
		if ct := w.Header().Get("Content-Type"); head && ct != "" && w.g.types.match(ct) {
			w.Header().Del("Content-Length") // GET may have another
		}
	case waiting:
		if head && w.written == 0 {
			w.held.Del("Content-Length")
			w.declared = -1
		}
		if w.sniff {
			w.settle()
		}
		if w.mode == waiting {
			w.whole(w.buf)
		}
	case rewriting:
		w.sw.Close()
		complete = w.declared < 0 || w.written == w.declared || head
	}
	w.g.redactTrailers(w.Header(), rewritten)
	w.mode, w.buf = finished, nil
	return complete
}

// settle settles the type of a body shorter than sniffLen.
func (w *guardWriter) settle() {
	w.sniff = false
	if len(w.buf) == 0 {
		return
	}
	ct := http.DetectContentType(w.buf)
	w.held.Set("Content-Type", ct)
	if !w.g.types.match(ct) {
		h, raw := w.held, w.buf
		w.buf = nil
		w.skip(h, SkipType)
		w.ResponseWriter.Write(raw)
	}
}

// abandon ends the response of a handler that panicked: what is held back is
// never sent.
func (w *guardWriter) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mode != hijacked {
		w.mode = finished
	}
	w.buf, w.sw = nil, nil
}

// eventEnds finds the blank lines that end the events of an event stream, whose
// lines end in CR, LF or both.
type eventEnds struct {
	lines int  // line ends in a row
	cr    bool // the last byte was CR
}

// next returns the length of p up to and with the end of the current event, or
// that of p. An LF that follows the CR of an end is an end of its own.
func (e *eventEnds) next(p []byte) int {
	if e.ended() {
		if e.cr && p[0] == '\n' {
			e.cr = false
			return 1
		}
		e.lines = 0
	}
	for i, c := range p {
		switch {
		case c == '\n' && e.cr:
			e.cr = false
		case c == '\n' || c == '\r':
			e.lines++
			e.cr = c == '\r'
		default:
			e.lines, e.cr = 0, false
		}
		if e.ended() {
			return i + 1
		}
	}
	return len(p)
}

func (e *eventEnds) ended() bool { return e.lines >= 2 }
