package keyrules

import (
	"bytes"
	"encoding/json"
	"strings"
)

// AppendJSON appends the JSON text src to dst, with the value under each key
// that is hit replaced by its tag as a string, objects and arrays as a whole.
// JSON that was valid stays valid. In a text that is not JSON, a quoted string
// before a colon counts as a key, and a value without end is replaced up to the
// end. dst and src must not overlap.
func (r *Rules) AppendJSON(dst, src []byte) []byte {
	if r == nil {
		return append(dst, src...)
	}
	done := 0 // src[:done] is appended
	for i := 0; i < len(src); {
		if src[i] != '"' {
			n := bytes.IndexByte(src[i:], '"')
			if n < 0 {
				break
			}
			i += n
		}
		end := stringEnd(src, i)
		colon := skipSpace(src, end)
		if colon >= len(src) || src[colon] != ':' {
			i = end
			continue
		}
		tag, ok := match(r, unquote(src[i:end]))
		i = skipSpace(src, colon+1)
		if !ok || i == len(src) {
			continue
		}
		dst = append(dst, src[done:i]...)
		dst = append(dst, '"')
		dst = append(dst, tag...)
		dst = append(dst, '"')
		i = valueEnd(src, i)
		done = i
	}
	return append(dst, src[done:]...)
}

// unquote returns what a JSON string says, itself if it is none.
func unquote(q []byte) []byte {
	if bytes.IndexByte(q, '\\') >= 0 {
		var s string
		if json.Unmarshal(q, &s) == nil {
			return []byte(s)
		}
	}
	return bytes.Trim(q, `"`)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the position after the string that opens at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// valueEnd returns the position after the value that starts at i.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case ',', ' ', '\t', '\n', '\r', ':':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			for i < len(b) && strings.IndexByte(",{}[]: \t\n\r\"", b[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return len(b)
}
