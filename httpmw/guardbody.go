package httpmw

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// A response goes through these modes, downwards:
//
//	undecided ── WriteHeader, Write, Flush ──┬─▶ passing     body as it is
//	                                         ├─▶ bodyless    204, 304
//	                                         ├─▶ refusing    no body; see GuardStrict
//	                                         ├─▶ waiting     header and body are held ──▶ sent
//	                                         │      │ Flush
//	                                         └──────┴──▶ rewriting
//
// and ends finished or hijacked.
type guardMode uint8

const (
	undecided guardMode = iota
	waiting
	sent // as a whole: there is nothing to add
	passing
	bodyless
	rewriting
	refusing
	hijacked
	finished
)

type guardState struct {
	mode     guardMode
	code     int         // final status, once the handler has said it
	held     http.Header // waiting: the header as it was at WriteHeader
	declared int64       // Content-Length, -1 if none
	written  int64       // body bytes the handler wrote
	changed  bool        // the body that goes out may be another than the handler's
	buf      []byte      // waiting: body
	sw       *redact.StreamWriter
	events   *eventEnds // text/event-stream
}

// writeHeader begins the response. A status is implied if it is the handler's first
// write that asks for it.
func (w *guardWriter) writeHeader(code int, implied bool) {
	switch w.mode {
	case undecided:
	case passing, bodyless, rewriting, sent:
		w.ResponseWriter.WriteHeader(code) // superfluous: the server says so
		return
	default:
		return
	}
	h := w.Header()
	if code >= 100 && code < 200 {
		w.publish(h)
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
	w.decide(h, implied)
}

// decide chooses the mode by status and header. A body without a type is redacted:
// to guess it by its first bytes would let whoever chooses those, a peer whose words
// come back, switch redaction off.
func (w *guardWriter) decide(h http.Header, implied bool) {
	types := h["Content-Type"]
	switch {
	case w.code == http.StatusNoContent || w.code == http.StatusNotModified:
		w.mode = bodyless
		w.send(h)
	case w.tunnel && w.code < 300 && len(types) == 0 && !implied:
		w.skip(h, SkipUpgrade)
	case slices.ContainsFunc(types, isByteranges):
		w.cannot(h, SkipRange)
	case len(types) > 0 && !slices.ContainsFunc(types, w.g.types.match):
		w.skip(h, SkipType)
	case encoded(h["Content-Encoding"]):
		w.cannot(h, SkipEncoded)
	case w.code == http.StatusPartialContent || h.Get("Content-Range") != "" && w.code < 300:
		w.cannot(h, SkipRange)
	case noTransform(h):
		w.cannot(h, SkipNoTransform)
	default:
		w.rewrite(h)
	}
}

func isByteranges(ct string) bool {
	const t = "multipart/byteranges"
	return len(ct) >= len(t) && strings.EqualFold(ct[:len(t)], t)
}

func isEventStream(ct string) bool {
	const t = "text/event-stream"
	return len(ct) >= len(t) && strings.EqualFold(ct[:len(t)], t)
}

// skip passes the body on.
func (w *guardWriter) skip(h http.Header, why Skip) {
	w.g.skips.add(why)
	w.mode = passing
	w.send(h)
}

// cannot meets a body of a chosen type that cannot be redacted.
func (w *guardWriter) cannot(h http.Header, why Skip) {
	if !w.g.strict {
		w.skip(h, why)
		return
	}
	w.g.skips.add(SkipRefused)
	w.mode, w.code = refusing, http.StatusInternalServerError
	w.send(http.Header{"Cache-Control": {"no-store"}})
}

// rewrite begins a body that will be redacted. It is held if it says that it fits the
// buffer as a whole.
func (w *guardWriter) rewrite(h http.Header) {
	if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.declared = n
	}
	if 0 <= w.declared && w.declared <= int64(w.g.buffer) {
		w.mode, w.held = waiting, h.Clone()
		return
	}
	w.stream(h)
}

// stream sends the header and what was held, and goes on without holding.
func (w *guardWriter) stream(h http.Header) error {
	w.mode, w.changed = rewriting, true
	dropLength(h)
	if slices.ContainsFunc(h["Content-Type"], isEventStream) {
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

// send sends h, redacted, with the final status.
func (w *guardWriter) send(h http.Header) {
	w.publish(h)
	w.held = nil
	w.ResponseWriter.WriteHeader(w.code)
}

// publish makes the header of the inner writer that of h, redacted.
func (w *guardWriter) publish(h http.Header) {
	out := w.ResponseWriter.Header()
	for k := range out {
		if _, ok := h[k]; !ok {
			delete(out, k)
		}
	}
	maps.Copy(out, h)
	w.g.redactHeader(out)
}

func (w *guardWriter) write(p []byte) (int, error) {
	if w.mode == undecided {
		w.writeHeader(http.StatusOK, true)
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
	if len(p) == 0 {
		return 0, nil
	}
	if w.mode == bodyless {
		return 0, http.ErrBodyNotAllowed
	}
	w.written += int64(len(p))
	if w.declared >= 0 && w.written > w.declared {
		return 0, http.ErrContentLength
	}
	if w.mode == rewriting {
		return w.feed(p)
	}
	if w.written < w.declared {
		if w.buf == nil {
			w.buf = make([]byte, 0, w.declared)
		}
		w.buf = append(w.buf, p...)
		return len(p), nil
	}
	if len(w.buf) > 0 {
		w.buf = append(w.buf, p...)
		if err := w.whole(w.buf); err != nil {
			return 0, err
		}
	} else if err := w.whole(p); err != nil { // the usual case: one write, not copied
		return 0, err
	}
	return len(p), nil
}

// whole sends a body that is there to its end.
func (w *guardWriter) whole(raw []byte) error {
	h, out := w.held, raw
	w.buf = nil
	if ev := w.g.sink.Event(); !ev.Clean(raw) {
		out, w.changed = ev.Append(nil, raw), true
		dropIdentity(h)
		if w.declared >= 0 { // keeps a body that is too short too short
			h.Set("Content-Length", strconv.FormatInt(w.declared+int64(len(out)-len(raw)), 10))
		}
	}
	w.mode = sent
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
		w.writeHeader(http.StatusOK, false)
	case hijacked:
		return http.ErrHijacked
	case finished:
		return errLate
	}
	if w.mode == waiting {
		if err := w.stream(w.held); err != nil {
			return err
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
	switch w.mode {
	case hijacked, finished:
		return true
	case undecided: // the server will send 200 and no body
		w.publish(w.Header())
		if types := w.Header()["Content-Type"]; w.head && slices.ContainsFunc(types, w.g.types.match) {
			w.ResponseWriter.Header().Del("Content-Length") // GET may have another
		}
	case waiting:
		if w.head && w.written == 0 {
			w.held.Del("Content-Length")
			w.declared = -1
		}
		w.whole(w.buf)
	case rewriting:
		w.sw.Close()
		complete = w.declared < 0 || w.written == w.declared || w.head
	}
	if w.mode != refusing {
		w.g.publishTrailers(w.ResponseWriter.Header(), w.Header(), w.changed)
	}
	w.mode, w.buf = finished, nil
	return complete
}

// abandon ends the response of a handler that panicked: what is held back is never
// sent, and whoever recovers finds a header that may be.
func (w *guardWriter) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.mode {
	case hijacked, finished:
		return
	case refusing:
	case undecided, waiting:
		w.publish(w.Header())
	default:
		w.g.publishTrailers(w.ResponseWriter.Header(), w.Header(), true)
	}
	w.mode, w.held, w.buf, w.sw = finished, nil, nil, nil
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
