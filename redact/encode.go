package redact

import (
	"bytes"
	"encoding/ascii85"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An alphabet says whether the character after a match carries bits of it too,
// and what it can be: the characters of block encodings do not end where bytes
// end.
type alphabet uint8

const (
	extRight alphabet = 1 << iota // the character after the match
	alpha64                       // base64, standard and URL
	alpha32                       // base32, both, either case
)

func (a alphabet) contains(c byte) bool {
	switch {
	case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return true
	}
	return a&alpha64 != 0 && (c == '+' || c == '/' || c == '-' || c == '_')
}

// leftBits says which base64 digit before a match carries the first bits of the
// value: how many low bits of the digit, 4 or 2, in the upper half, and their
// value in the lower. Zero: none does.
type leftBits uint8

// carriedBy reports whether c is such a digit.
func (b leftBits) carriedBy(c byte) bool {
	d := digit64[c]
	return b != 0 && d >= 0 && leftBits(d)&(1<<(b>>4)-1) == b&15
}

// digit64 is the value of a digit of base64, in either alphabet, -1 for every
// other byte.
var digit64 = func() (t [256]int8) {
	for c := range t {
		t[c] = -1
	}
	for d := range 64 {
		t[stdAlphabet[d]], t[urlAlphabet[d]] = int8(d), int8(d)
	}
	return
}()

const (
	stdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// ascii85Whole encodes v as a text of its own.
func ascii85Whole(v []byte) []byte {
	text := make([]byte, ascii85.MaxEncodedLen(len(v)))
	return text[:ascii85.Encode(text, v)]
}

func utf16LE(v []byte) []byte { return utf16Bytes(v, binary.LittleEndian) }
func utf16BE(v []byte) []byte { return utf16Bytes(v, binary.BigEndian) }

func utf16Bytes(v []byte, order binary.AppendByteOrder) []byte {
	out := make([]byte, 0, 2*len(v))
	for _, u := range utf16.Encode([]rune(string(v))) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// quotedPrintable spells v in quoted-printable without soft line breaks, which
// depend on what is before it; nil if that changes nothing. also are characters
// to be escaped besides those that must be. A space among them is spelled "_".
func quotedPrintable(v []byte, also string) []byte {
	var out []byte
	changed := false
	for i, c := range v {
		last := i+1 == len(v)
		switch {
		case c == ' ' && strings.IndexByte(also, ' ') >= 0:
			out, changed = append(out, '_'), true
			continue
		case c > ' ' && c < 0x7f && c != '=' && strings.IndexByte(also, c) < 0, c == '\n', c == '\r',
			(c == ' ' || c == '\t') && (last || v[i+1] != '\n' && v[i+1] != '\r'):
			out = append(out, c)
			continue
		}
		changed = true
		const digits = "0123456789ABCDEF"
		out = append(out, '=', digits[c>>4], digits[c&15])
	}
	if !changed {
		return nil
	}
	return out
}

// replaceInvalid spells invalid UTF-8 as U+FFFD: each byte, as encoding/json
// and zerolog do, or each run of bytes, as strings.ToValidUTF8 does.
func replaceInvalid(v []byte, each bool) []byte {
	if !each {
		return bytes.ToValidUTF8(v, []byte("\uFFFD"))
	}
	var out []byte
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		out = utf8.AppendRune(out, r)
		v = v[n:]
	}
	return out
}

// latin1 spells v with one byte for each character that ISO 8859-1 has, as it
// reads where "\xe9" stands for a character and not for a byte; nil if that
// changes nothing.
func latin1(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for _, r := range string(v) {
		if r > 0xff {
			out = utf8.AppendRune(out, r)
		} else {
			out = append(out, byte(r))
		}
	}
	if len(out) == len(v) {
		return nil
	}
	return out
}

// eatBackslashes is what an unquoted word of a shell becomes.
func eatBackslashes(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		out = append(out, v[i])
	}
	return out
}

// rewritten returns v with the first of each pair replaced by the second, the
// pairs tried in their order; nil if that changes nothing. It is
// [strings.Replacer] without copies of v that nobody can overwrite.
func rewritten(v []byte, pairs []string) []byte {
	found := false
	for k := 0; k < len(pairs) && !found; k += 2 {
		found = bytes.Contains(v, []byte(pairs[k]))
	}
	if !found {
		return nil
	}
	out := make([]byte, 0, len(v)+grown(v, pairs))
	for i := 0; i < len(v); {
		if k := pairAt(v[i:], pairs); k >= 0 {
			out = append(out, pairs[k+1]...)
			i += len(pairs[k])
			continue
		}
		out = append(out, v[i])
		i++
	}
	if bytes.Equal(out, v) {
		return nil
	}
	return out
}

// grown returns by how many bytes rewritten makes v longer.
func grown(v []byte, pairs []string) int {
	n := 0
	for i := 0; i < len(v); {
		if k := pairAt(v[i:], pairs); k >= 0 {
			n += len(pairs[k+1]) - len(pairs[k])
			i += len(pairs[k])
			continue
		}
		i++
	}
	return n
}

// pairAt returns which pair's first v begins with, or -1.
func pairAt(v []byte, pairs []string) int {
	for k := 0; k < len(pairs); k += 2 {
		if from := pairs[k]; from[0] == v[0] && len(v) >= len(from) && string(v[:len(from)]) == from {
			return k
		}
	}
	return -1
}
