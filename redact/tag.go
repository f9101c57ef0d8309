package redact

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// tagFormat is the brackets of tags.
type tagFormat struct{ open, close string }

var defaultTagFormat = tagFormat{open: "[REDACTED", close: "]"}

const (
	unavailableTag = "[REDACTED:unavailable]"
	cutSuffix      = "~prefix"
	maxTagNames    = 3
	maxShownName   = 256 // longer names are shown as opaque ids
	maxTagBody     = maxTagNames*(maxShownName+1+maxVersionLen+len(cutSuffix)) + maxTagNames + 16
	maxTagOpen     = 32
)

func (f tagFormat) check() error {
	bad := func(reason string) error { return &TagFormatError{Open: f.open, Close: f.close, Reason: reason} }
	if len(f.open) < 4 || len(f.open) > maxTagOpen {
		return bad("open must have 4 to 32 bytes")
	}
	if len(f.close) != 1 {
		return bad("close must have one byte")
	}
	for _, s := range []string{f.open, f.close} {
		for i := range len(s) {
			if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"'\&<>%=:,@~+`+"`", c) >= 0 {
				return bad("bytes must be printable and need no escapes in JSON, HTML, URLs or logfmt")
			}
		}
	}
	if strings.IndexByte(f.open[1:], f.open[0]) >= 0 {
		return bad("the first byte of open must occur in it once")
	}
	if nameByte[f.open[0]] || nameByte[f.close[0]] || f.close[0] == f.open[0] {
		return bad("brackets must differ and be outside the name alphabet")
	}
	return nil
}

// A shown is one name in a tag.
type shown struct {
	name, version string
	cut           bool
}

func (s shown) append(dst []byte, style TagStyle) []byte {
	dst = append(dst, s.name...)
	if s.version != "" && style != TagNamed {
		dst = append(dst, '@')
		dst = append(dst, s.version...)
	}
	if s.cut {
		dst = append(dst, cutSuffix...)
	}
	return dst
}

// appendTag appends the tag for the names, leftmost first. Names that look alike
// count once.
func (f tagFormat) appendTag(dst []byte, names []shown, style TagStyle) []byte {
	dst = append(dst, f.open...)
	if style == TagConstant {
		return append(dst, f.close...)
	}
	if style == TagNamed {
		for i := range names {
			names[i].version = ""
		}
	}
	names = distinct(names)
	sep := byte(':')
	for _, n := range names[:min(len(names), maxTagNames)] {
		dst = append(dst, sep)
		dst = n.append(dst, style)
		sep = ','
	}
	if more := len(names) - maxTagNames; more > 0 {
		dst = append(dst, ",+"...)
		dst = strconv.AppendInt(dst, int64(more), 10)
	}
	return append(dst, f.close...)
}

// distinct removes repeated names in place, and cut names of which the whole
// is there too, keeping the order.
func distinct(names []shown) []shown {
	if len(names) < 2 {
		return names
	}
	if len(names) <= 8 {
		return distinctFew(names)
	}
	seen := make(map[shown]bool, len(names))
	for _, n := range names {
		if !n.cut {
			seen[n] = true
		}
	}
	out := names[:0]
	done := make(map[shown]bool, len(names))
	for _, n := range names {
		whole := n
		whole.cut = false
		if done[n] || n.cut && seen[whole] {
			continue
		}
		done[n] = true
		out = append(out, n)
	}
	return out
}

// distinctFew is distinct without a map.
func distinctFew(names []shown) []shown {
	out := names[:0]
	for i, n := range names {
		whole := n
		whole.cut = false
		// What comes before i in names may have been overwritten, by itself or by
		// one that is in out too.
		if slices.Contains(out, n) || n.cut && (slices.Contains(out, whole) || slices.Contains(names[i+1:], whole)) {
			continue
		}
		out = append(out, n)
	}
	return out
}

// A tagReader recognises the tags that a snapshot can emit, byte by byte, so
// that they are passed over. The zero tagReader has seen nothing.
type tagReader struct {
	n    int // bytes of the candidate so far; 0: none
	body []byte
}

type tagStatus uint8

const (
	tagNone tagStatus = iota // no tag ends or goes on here
	tagMore                  // may be one
	tagDone                  // the byte closed a tag
)

// next takes one byte. known tells whether the snapshot shows such a name; the
// version is empty in a tag without one.
func (t *tagReader) next(f tagFormat, c byte, e *engine) tagStatus {
	if t.n < len(f.open) {
		if c != f.open[t.n] {
			t.n = 0
			if c != f.open[0] {
				return tagNone
			}
		}
		t.n++
		t.body = t.body[:0]
		return tagMore
	}
	switch {
	case c == f.close[0]:
		body := t.body
		t.n = 0
		if len(body) == 0 || body[0] == ':' && e.knowsTagBody(body[1:]) {
			return tagDone
		}
		return tagNone
	case len(t.body) == 0 && c == ':', len(t.body) > 0 && len(t.body) < maxTagBody && (nameByte[c] || c == '@' || c == ',' || c == '~' || c == '+'):
		t.body = append(t.body, c)
		t.n++
		return tagMore
	}
	t.n = 0
	if c == f.open[0] {
		t.n = 1
		t.body = t.body[:0]
		return tagMore
	}
	return tagNone
}

// knowsTagBody reports whether the snapshot can emit a tag with that body: one
// to three names that it shows, and a count after three.
func (e *engine) knowsTagBody(body []byte) bool {
	if string(body) == "unavailable" {
		return true
	}
	for n := 0; ; n++ {
		item, rest, more := bytes.Cut(body, []byte{','})
		if n == maxTagNames {
			return !more && isCount(item)
		}
		name, version, versioned := bytes.Cut(bytes.TrimSuffix(item, []byte(cutSuffix)), []byte{'@'})
		if versioned && len(version) == 0 || !e.shows(name, version) {
			return false
		}
		if !more {
			return true
		}
		body = rest
	}
}

// isCount reports whether b is "+" and a positive number as tags spell it.
func isCount(b []byte) bool {
	if len(b) < 2 || len(b) > 10 || b[0] != '+' || b[1] == '0' {
		return false
	}
	for _, c := range b[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
