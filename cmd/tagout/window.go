package main

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/redact"
)

// A file is looked at in windows that overlap: as a whole up to the size of one
// window, and beyond that with an overlap in which the longest spelling of any
// value that people register has room. A spelling is at most a few dozen times
// as long as its value.
const (
	minWindow  = 32 << 20
	minOverlap = 2 << 20
	spelling   = 48
)

// windowSize returns the sizes for values of up to longest bytes.
func windowSize(longest int) (window, overlap int) {
	overlap = max(minOverlap, spelling*min(longest, redact.MaxLength))
	return max(minWindow, 4*overlap), overlap
}

// read finds secrets in r and returns how much it has read.
func (s *scan) read(r io.Reader, found func(finding)) (total int64, err error) {
	var (
		buf   = s.buf[:0]
		base  int64 // where buf begins in r
		at    = cursor{line: 1, column: 1, char: 1}
		shown = map[secretID]int64{} // where the last finding of a secret ended
	)
	defer func() { s.buf = buf }()
	for {
		var n int
		buf, n, err = fill(r, buf, s.window)
		total += int64(n)
		s.bar.read(n)
		last := err != nil
		limit := len(buf)
		if !last {
			limit = lineStart(buf, len(buf)-s.overlap)
		}
		for m := range s.matcher.Find(buf) {
			start, end := base+int64(m.Start), base+int64(m.End)
			id := secretID{m.Name, m.Version}
			if m.Start >= limit && !last || end <= shown[id] {
				continue // the next window has it, or it is part of what was reported
			}
			shown[id] = end
			at.to(buf, m.Start)
			from := at
			from.to(buf, m.End)
			found(finding{
				name: m.Name, version: m.Version, form: string(m.Form), cut: m.Cut, offset: start, size: end - start,
				start: at.position(), end: from.position(),
			})
		}
		if last {
			if err == io.EOF {
				err = nil
			}
			return total, err
		}
		at.to(buf, limit)
		at.at = 0
		base += int64(limit)
		buf = buf[:copy(buf, buf[limit:])]
	}
}

type secretID struct{ name, version string }

// fill reads until buf holds size bytes or r ends.
func fill(r io.Reader, buf []byte, size int) (_ []byte, n int, err error) {
	for len(buf) < size {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(size, max(64<<10, 4*cap(buf))))
			copy(grown, buf)
			buf = grown
		}
		m, err := r.Read(buf[len(buf):min(cap(buf), size)])
		buf = buf[:len(buf)+m]
		n += m
		if err != nil {
			return buf, n, err
		}
	}
	return buf, n, nil
}

// lineStart returns the start of a line shortly before limit, limit itself if
// there is none: a window should not begin inside an escape.
func lineStart(buf []byte, limit int) int {
	from := max(0, limit-64<<10)
	if i := bytes.LastIndexByte(buf[from:limit], '\n'); i >= 0 && from+i+1 > 0 {
		return from + i + 1
	}
	return limit
}

// A position is a place in a file, counted from 1.
type position struct {
	line   int64
	column int64 // in bytes
	char   int64 // in characters
}

// A cursor follows a position through a text.
type cursor struct {
	at                 int // in the window
	line, column, char int64
}

func (c *cursor) position() position { return position{c.line, c.column, c.char} }

// to moves the cursor forward to a place in the window.
func (c *cursor) to(buf []byte, at int) {
	if at <= c.at {
		return
	}
	text := buf[c.at:at]
	if n := bytes.Count(text, []byte("\n")); n > 0 {
		c.line += int64(n)
		c.column, c.char = 1, 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	c.column += int64(len(text))
	c.char += int64(utf8.RuneCount(text))
	c.at = at
}
