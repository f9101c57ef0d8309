package httpmw

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// loggedTypes are the media types whose bodies are logged.
var loggedTypes = newTypeSet(defaultTypes)

// capture keeps the first max bytes of a body in redacted spelling: a secret is
// replaced before anything is cut, and what comes after the last byte kept is not
// scanned. Only the stream writer inside ever holds raw bytes. It is safe for
// concurrent use.
type capture struct {
	mu   sync.Mutex
	sw   *redact.StreamWriter
	out  limitedBuffer
	why  string // not empty: the body is not logged
	ct   string // Content-Type
	seen bool   // its header has been looked at
}

func newCapture(sink *redact.Sink, max int) *capture {
	c := &capture{out: limitedBuffer{max: max}}
	c.sw = redact.NewStreamWriter(&c.out, sinkSource{sink}, redact.SinkName("http-access"))
	return c
}

// sinkSource makes the Sink of an adapter a Source for its streams.
type sinkSource struct{ sink *redact.Sink }

func (s sinkSource) Matcher() *redact.Matcher { return s.sink.Event().Matcher() }

func (c *capture) look(h http.Header) {
	c.seen = true
	ct, has := h["Content-Type"]
	switch {
	case encoded(h["Content-Encoding"]):
		c.why = "encoded"
	case has && len(ct) > 0 && !loggedTypes.match(ct[0]):
		c.why = "not text"
	case has && len(ct) > 0:
		c.ct = ct[0]
	}
}

// response takes bytes that were written.
func (c *capture) response(h http.Header, p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.seen {
		c.look(h)
	}
	c.write(p)
}

func (c *capture) write(p []byte) {
	if c.sw != nil && c.why == "" && !c.out.full {
		c.sw.Write(p)
	}
}

// appendAttrs adds the body under key. A nil capture adds nothing.
func (c *capture) appendAttrs(attrs []slog.Attr, key string, ev redact.Event, keys *keyrules.Rules) []slog.Attr {
	if c == nil {
		return attrs
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sw != nil {
		c.sw.Close() // the rule for cut values
		c.sw = nil
	}
	switch {
	case c.why != "":
		attrs = append(attrs, slog.String(key+"_skipped", c.why))
	case len(c.out.b) > 0:
		text := ev.String(string(c.out.b))
		attrs = append(attrs, slog.String(key, hideFields(keys, c.ct, text)))
		if c.out.full {
			attrs = append(attrs, slog.Bool(key+"_cut", true))
		}
	}
	return attrs
}

// captureRequest returns a request whose body is captured as it is read. A
// request without body is returned as it is.
func captureRequest(sink *redact.Sink, r *http.Request, max int) (*capture, *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, r
	}
	c := newCapture(sink, max)
	c.look(r.Header)
	if c.why != "" {
		return c, r
	}
	// A shallow copy: the server keeps its own request, with its own body.
	r2 := *r
	r2.Body = &capturedBody{ReadCloser: r.Body, c: c}
	return c, &r2
}

// removeFiles removes the files of a form that a handler parsed in a copy of its
// request: the server looks for them in the original only.
func removeFiles(copied, original *http.Request) {
	if f := copied.MultipartForm; f != nil && f != original.MultipartForm {
		f.RemoveAll()
	}
}

type capturedBody struct {
	io.ReadCloser
	c *capture
}

func (b *capturedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.c.mu.Lock()
		b.c.write(p[:n])
		b.c.mu.Unlock()
	}
	return n, err
}

// limitedBuffer keeps the first max bytes of what is written, whole runes, and
// notes whether there were more.
type limitedBuffer struct {
	b    []byte
	max  int
	full bool
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if room := l.max - len(l.b); len(p) <= room || l.full {
		if !l.full {
			l.b = append(l.b, p...)
		}
		return len(p), nil
	} else {
		l.b = append(l.b, p[:room]...)
	}
	l.full = true
	for i := 1; i < utf8.UTFMax && i <= len(l.b); i++ { // do not end inside a rune
		if c := l.b[len(l.b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(l.b[len(l.b)-i:]) {
				l.b = l.b[:len(l.b)-i]
			}
			break
		}
	}
	return len(p), nil
}
