package redact

import (
	"html"
	"unicode/utf8"
)

// This file decodes single escapes. Each decoder looks at the start of b, which
// holds at least the escape's first byte, and says how far it got.

type escapeStatus uint8

const (
	escapeNone escapeStatus = iota // not an escape: the first byte stands for itself
	escapeMore                     // may be one: undecided without more bytes
	escapeDone                     // n bytes spell the bytes that were appended to out
)

// An escapeSet is the kinds of escapes that a view decodes.
type escapeSet uint8

const (
	backslashEscapes escapeSet = 1 << iota // JSON, Go, C, JavaScript, shell
	percentEscapes                         // URLs, workflow commands
	entityEscapes                          // XML, HTML
)

// starts reports whether c may begin an escape of the set.
func (k escapeSet) starts(c byte) bool {
	switch c {
	case '\\':
		return k&backslashEscapes != 0
	case '%':
		return k&percentEscapes != 0
	case '&':
		return k&entityEscapes != 0
	}
	return false
}

// decode decodes the escape at the start of b. What it spells is appended to
// out, which has room for it.
func (k escapeSet) decode(b, out []byte) (n int, res []byte, st escapeStatus) {
	if k.starts(b[0]) {
		switch b[0] {
		case '\\':
			return decodeBackslash(b, out)
		case '%':
			return decodePercent(b, out)
		case '&':
			return decodeEntity(b, out)
		}
	}
	return 0, out, escapeNone
}

// maxEscape is the length of the longest escape: a named entity.
const maxEscape = 36

// decodeBackslash decodes the escapes of JSON, Go, C, JavaScript and of shells:
// \n \" \/ \x41 \101 \u0041 \u{41} \U00000041, surrogate pairs, a backslash
// before any other punctuation (that character), and before a line end
// (nothing).
func decodeBackslash(b, out []byte) (int, []byte, escapeStatus) {
	if len(b) < 2 {
		return 0, out, escapeMore
	}
	switch c := b[1]; c {
	case 'n':
		return 2, append(out, '\n'), escapeDone
	case 't':
		return 2, append(out, '\t'), escapeDone
	case 'r':
		return 2, append(out, '\r'), escapeDone
	case 'a':
		return 2, append(out, '\a'), escapeDone
	case 'b':
		return 2, append(out, '\b'), escapeDone
	case 'f':
		return 2, append(out, '\f'), escapeDone
	case 'v':
		return 2, append(out, '\v'), escapeDone
	case 'e', 'E':
		return 2, append(out, 0x1b), escapeDone
	case '\n':
		return 2, out, escapeDone
	case 'x':
		return hexEscape(b, out, 2, 2, false)
	case 'u':
		if len(b) > 2 && b[2] == '{' {
			return bracedEscape(b, out)
		}
		return unicodeEscape(b, out)
	case 'U':
		return hexEscape(b, out, 2, 8, true)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		digits := 3
		if c > '3' {
			digits = 2
		}
		v := 0
		for i := 1; i <= digits; i++ {
			if i == len(b) {
				return 0, out, escapeMore
			}
			if b[i] < '0' || b[i] > '7' {
				return i, append(out, byte(v)), escapeDone
			}
			v = v<<3 | int(b[i]-'0')
		}
		return 1 + digits, append(out, byte(v)), escapeDone
	default:
		if c >= ' ' && c < 0x7f && !isAlnum(c) {
			return 2, append(out, c), escapeDone
		}
	}
	return 0, out, escapeNone
}

// hexEscape decodes digits hexadecimal digits from b[from], as a byte or as a
// code point.
func hexEscape(b, out []byte, from, digits int, point bool) (int, []byte, escapeStatus) {
	v, st := hexValue(b, from, digits)
	if st != escapeDone {
		return 0, out, st
	}
	if point {
		return from + digits, utf8.AppendRune(out, rune(v)), escapeDone
	}
	return from + digits, append(out, byte(v)), escapeDone
}

func hexValue(b []byte, from, digits int) (v uint32, st escapeStatus) {
	for i := from; i < from+digits; i++ {
		if i >= len(b) {
			return 0, escapeMore
		}
		d := unhex[b[i]]
		if d < 0 {
			return 0, escapeNone
		}
		v = v<<4 | uint32(d)
	}
	return v, escapeDone
}

// unicodeEscape decodes \uXXXX, and two of them where they are a surrogate
// pair. A lone surrogate becomes U+FFFD, as decoders make it.
func unicodeEscape(b, out []byte) (int, []byte, escapeStatus) {
	v, st := hexValue(b, 2, 4)
	if st != escapeDone {
		return 0, out, st
	}
	if v < 0xd800 || v > 0xdbff {
		return 6, utf8.AppendRune(out, rune(v)), escapeDone
	}
	for i, want := range []byte{'\\', 'u'} {
		if len(b) <= 6+i {
			return 0, out, escapeMore
		}
		if b[6+i] != want {
			return 6, utf8.AppendRune(out, utf8.RuneError), escapeDone
		}
	}
	lo, st := hexValue(b, 8, 4)
	switch {
	case st == escapeMore:
		return 0, out, st
	case st == escapeNone || lo < 0xdc00 || lo > 0xdfff:
		return 6, utf8.AppendRune(out, utf8.RuneError), escapeDone
	}
	return 12, utf8.AppendRune(out, rune(0x10000+(v-0xd800)<<10+(lo-0xdc00))), escapeDone
}

// bracedEscape decodes \u{1F600}.
func bracedEscape(b, out []byte) (int, []byte, escapeStatus) {
	v := uint32(0)
	for i := 3; i < 10; i++ {
		if i >= len(b) {
			return 0, out, escapeMore
		}
		if b[i] == '}' && i > 3 {
			return i + 1, utf8.AppendRune(out, rune(v)), escapeDone
		}
		d := unhex[b[i]]
		if d < 0 {
			break
		}
		v = v<<4 | uint32(d)
	}
	return 0, out, escapeNone
}

// decodePercent decodes %41 and JavaScript's %u0041.
func decodePercent(b, out []byte) (int, []byte, escapeStatus) {
	if len(b) < 2 {
		return 0, out, escapeMore
	}
	if b[1] == 'u' {
		return hexEscape(b, out, 2, 4, true)
	}
	return hexEscape(b, out, 1, 2, false)
}

// decodeEntity decodes &#65; &#x41; and the named entities of HTML.
func decodeEntity(b, out []byte) (int, []byte, escapeStatus) {
	if len(b) < 2 {
		return 0, out, escapeMore
	}
	if b[1] != '#' {
		for i := 1; i < maxEscape; i++ {
			if i >= len(b) {
				return 0, out, escapeMore
			}
			if b[i] == ';' && i > 1 {
				name := string(b[:i+1])
				if s := html.UnescapeString(name); s != name {
					return i + 1, append(out, s...), escapeDone
				}
				return 0, out, escapeNone
			}
			if !isAlnum(b[i]) {
				return 0, out, escapeNone
			}
		}
		return 0, out, escapeNone
	}
	i, base := 2, uint32(10)
	if len(b) > 2 && (b[2] == 'x' || b[2] == 'X') {
		i, base = 3, 16
	}
	v := uint32(0)
	for from := i; ; i++ {
		if i >= len(b) {
			return 0, out, escapeMore
		}
		if b[i] == ';' && i > from {
			return i + 1, utf8.AppendRune(out, rune(v)), escapeDone
		}
		d := unhex[b[i]]
		if d < 0 || uint32(d) >= base || i > from+8 {
			return 0, out, escapeNone
		}
		v = v*base + uint32(d)
	}
}

// jsonEscape reports whether the backslash escape b, of n bytes, is one of
// JSON's.
func jsonEscape(b []byte) bool {
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return len(b) == 2
	case 'u':
		return b[2] != '{'
	}
	return false
}

// unhex is the value of a hexadecimal digit, -1 for every other byte.
var unhex = func() (t [256]int8) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9':
			t[c] = int8(c - '0')
		case 'a' <= c && c <= 'f':
			t[c] = int8(c - 'a' + 10)
		case 'A' <= c && c <= 'F':
			t[c] = int8(c - 'A' + 10)
		default:
			t[c] = -1
		}
	}
	return
}()

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// unescape is what the view of mixed escapes makes of a whole value: escapes
// decoded once, then unfolded.
func unescape(v []byte) []byte {
	const all = backslashEscapes | percentEscapes | entityEscapes
	var once []byte
	for i := 0; i < len(v); {
		n, res, st := all.decode(v[i:], once)
		if st == escapeDone {
			once, i = res, i+n
			continue
		}
		once = append(once, v[i])
		i++
	}
	return unfold(once, true)
}

// unfold is what the views that read over gaps make of a value: line ends and
// soft line breaks removed, and where indents is set, indentation after them
// and ANSI control sequences too. At the very start they stay, as in the views.
func unfold(v []byte, indents bool) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case c == '\n' || c == '\r':
			if len(out) > wrapMin && out[len(out)-1] == '=' {
				out = out[:len(out)-1]
			}
			if len(out) < wrapMin {
				out = append(out, c)
				i++
				break
			}
			for i < len(v) && (v[i] == '\n' || v[i] == '\r' || indents && (v[i] == ' ' || v[i] == '\t')) {
				i++
			}
		case c == 0x1b && indents && len(out) >= colourMin:
			if n := controlSequence(v[i:]); n > 0 {
				i += n
				break
			}
			fallthrough
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// controlSequence returns the length of the ANSI control sequence (ECMA-48,
// 5.4) that b begins with, 0 if it is none.
func controlSequence(b []byte) int {
	if len(b) < 3 || b[0] != 0x1b || b[1] != '[' {
		return 0
	}
	for i := 2; i < len(b) && i < maxControl; i++ {
		switch c := b[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x7e:
			return 0
		}
	}
	return 0
}

// maxControl bounds a control sequence; those that terminals know are shorter.
const maxControl = 64
