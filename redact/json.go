package redact

import (
	"bytes"
	"encoding/json"
	"math/bits"
)

// writeJSON appends a whole record that is a JSON text, with the ranges
// replaced, such that it stays one: a range that touches a number or literal
// takes all of it and becomes a string. Where that does not suffice (a value
// that contains quotes or brackets took part of the structure), the record as a
// whole becomes one member, element or string with the tags. A record that was no JSON text to begin
// with is treated as plain text.
func (sc *scanner) writeJSON(dst []byte) []byte {
	src := sc.data
	start := len(dst)
	if sc.insideStrings() || !json.Valid(src) {
		return sc.write(dst, int64(len(src)))
	}
	tags := make([][]byte, 0, len(sc.ranges))
	spans := make([]span, 0, len(sc.ranges))
	tokens := jsonTokens{src: src}
	for n := 0; n < len(sc.ranges); n++ {
		r := sc.ranges[n]
		sc.whole(&r)
		tokens.keepQuotes(&r)
		bare := tokens.widen(&r)
		for n+1 < len(sc.ranges) && sc.ranges[n+1].start < r.end {
			n++
			next := sc.ranges[n]
			sc.whole(&next)
			tokens.keepQuotes(&next)
			bare = tokens.widen(&next) || bare
			r.start = min(r.start, next.start)
			r.end = max(r.end, next.end)
			r.hits = append(r.hits, next.hits...)
		}
		tag := sc.appendTag(nil, &r)
		if bare {
			tag = append(append([]byte{'"'}, tag...), '"')
		}
		tags = append(tags, tag)
		spans = append(spans, r)
	}
	at := 0
	for i, r := range spans {
		dst = append(dst, src[at:r.start]...)
		dst = append(dst, tags[i]...)
		at = int(r.end)
	}
	dst = append(dst, src[at:]...)
	if json.Valid(dst[start:]) {
		return dst
	}
	clear(dst[start:])
	before, after := `"`, `"`
	switch bytes.TrimLeft(src, " \t\r\n")[0] {
	case '{':
		before, after = `{"redacted":"`, `"}`
	case '[':
		before, after = `["`, `"]`
	}
	dst = append(dst[:start], before...)
	for i := range tags {
		dst = append(dst, bytes.Trim(tags[i], `"`)...)
	}
	dst = append(dst, after...)
	return append(dst, src[len(bytes.TrimRight(src, "\r\n")):]...)
}

// insideStrings reports whether every range lies within a string, its quotes not
// included. Then there is nothing to take care of, JSON or not: tags need no
// escapes.
func (sc *scanner) insideStrings() bool {
	t := jsonTokens{src: sc.data}
	for _, r := range sc.ranges {
		sc.whole(&r)
		t.walk(r.start)
		if !t.inside || t.at != int(r.start) {
			return false
		}
		t.walkInside(int(r.end))
		if !t.inside || t.at != int(r.end) {
			return false
		}
	}
	return true
}

// jsonTokens walks a valid JSON text forward.
type jsonTokens struct {
	src    []byte
	at     int  // first byte not yet walked
	inside bool // at is inside a string
}

// widen tells whether range r lies outside strings, and extends it to the whole
// of the numbers and literals that it touches. Ranges come in order.
func (t *jsonTokens) widen(r *span) (bare bool) {
	t.walk(r.start)
	if t.inside {
		return false
	}
	literal := func(c byte) bool { return isAlnum(c) || c == '-' || c == '+' || c == '.' }
	for r.start > 0 && literal(t.src[r.start]) && literal(t.src[r.start-1]) {
		r.start--
	}
	for int(r.end) < len(t.src) && literal(t.src[r.end-1]) && literal(t.src[r.end]) {
		r.end++
	}
	return true
}

// walk goes to an offset, or to the end of the escape that it is in.
func (t *jsonTokens) walk(to int64) {
	end := min(int(to), len(t.src))
	for t.at < end {
		if t.at+8 <= end {
			if w := load64(t.src, t.at); bytesIn(w, '\\') == 0 {
				t.inside = t.inside != (bits.OnesCount64(bytesIn(w, '"'))&1 != 0)
				t.at += 8
				continue
			}
		}
		switch c := t.src[t.at]; {
		case t.inside && c == '\\':
			t.at++
		case c == '"':
			t.inside = !t.inside
		}
		t.at++
	}
}

// walkInside is walk for as long as it is inside a string.
func (t *jsonTokens) walkInside(to int) {
	for t.inside && t.at < to {
		if n := min(to, len(t.src)) - t.at; n >= 8 {
			if w := load64(t.src, t.at); bytesIn(w, '\\')|bytesIn(w, '"') == 0 {
				t.at += 8
				continue
			}
		}
		t.walk(int64(t.at) + 1)
	}
}

// bytesIn returns the upper bit of each byte of w that is c.
func bytesIn(w uint64, c byte) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	w ^= uint64(c) * 0x0101010101010101
	return ^((w&low + low) | w | low)
}

// keepQuotes leaves the quotes around a string out of range r, where it is that
// string with one of them or both: the value itself begins or ends with a quote.
func (t *jsonTokens) keepQuotes(r *span) {
	u := *t
	u.walk(r.start)
	kept := *r
	if !u.inside && u.at == int(r.start) && t.src[u.at] == '"' {
		kept.start++
		u.walk(kept.start)
	}
	if !u.inside {
		return
	}
	u.walkInside(int(r.end))
	if !u.inside && u.at == int(r.end) {
		kept.end--
	} else if !u.inside {
		return // it goes on behind the string
	}
	if kept.start < kept.end {
		*r = kept
	}
}
