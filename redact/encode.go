package redact

import (
	"bytes"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The encoders of the block forms. Each returns what it makes of the value
// alone.

func hexLower(v []byte) []byte { return []byte(hex.EncodeToString(v)) }
func hexUpper(v []byte) []byte { return bytes.ToUpper(hexLower(v)) }

func hexSpacedLower(v []byte) []byte { return joinBytes(v, " ", hexDigits) }
func hexSpacedUpper(v []byte) []byte { return bytes.ToUpper(hexSpacedLower(v)) }

func decimalSpaces(v []byte) []byte      { return joinBytes(v, " ", decimalDigits) }
func decimalCommas(v []byte) []byte      { return joinBytes(v, ",", decimalDigits) }
func decimalCommaSpaces(v []byte) []byte { return joinBytes(v, ", ", decimalDigits) }

func goBytes(v []byte) []byte      { return joinBytes(v, ", ", goHex) }
func goBytesUpper(v []byte) []byte { return joinBytes(v, ", ", goHexUpper) }

func hexDigits(dst []byte, b byte) []byte { return hex.AppendEncode(dst, []byte{b}) }
func decimalDigits(dst []byte, b byte) []byte {
	return strconv.AppendUint(dst, uint64(b), 10)
}

// goHex spells a byte as %#v does: without a leading zero.
func goHex(dst []byte, b byte) []byte {
	return strconv.AppendUint(append(dst, "0x"...), uint64(b), 16)
}

func goHexUpper(dst []byte, b byte) []byte {
	n := len(dst) + 2
	dst = goHex(dst, b)
	copy(dst[n:], bytes.ToUpper(dst[n:]))
	return dst
}

func joinBytes(v []byte, sep string, one func([]byte, byte) []byte) []byte {
	out := make([]byte, 0, len(v)*(len(sep)+4))
	for i, b := range v {
		if i > 0 {
			out = append(out, sep...)
		}
		out = one(out, b)
	}
	return out
}

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

// A core is the part of an encoded text that the value alone decides.
type core struct {
	text []byte
	ext  alphabet
	left leftBits
}

// base64Cores returns the cores of v at the three alignments that it can have
// in a longer text, in the standard alphabet and, where that differs, in the
// URL alphabet. Characters that mix bits of v with a neighbour's are left out
// and marked by ext.
func base64Cores(v []byte) []core {
	var out []core
	for shift := range 3 {
		buf := append(make([]byte, shift, shift+len(v)), v...)
		for i, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := make([]byte, enc.EncodedLen(len(buf)))
			enc.Encode(text, buf)
			ext := alpha64
			// The first shift bytes are a neighbour's: shift*8 bits, which end
			// inside a character unless shift is 0.
			var left leftBits
			if len(text) < shift+2 {
				continue // too short to leave anything
			}
			if shift > 0 {
				// The low 4 or 2 bits of the character before are the value's.
				n := 6 - 2*shift
				left = leftBits(n)<<4 | leftBits(v[0]>>(8-n))
				text = text[shift+1:]
			}
			if len(buf)%3 != 0 && len(text) > 0 {
				text = text[:len(text)-1]
				ext |= extRight
			}
			if i == 1 && len(out) > 0 && bytes.Equal(text, out[len(out)-1].text) {
				continue
			}
			out = append(out, core{text, ext, left})
		}
	}
	return out
}

type base32Form struct {
	core func([]byte) []byte
	ext  alphabet
}

// base32Forms are the alphabets and cases of base32, at the alignment of a text
// that begins with the value.
var base32Forms = func() (out []base32Form) {
	for _, enc := range []*base32.Encoding{base32.StdEncoding, base32.HexEncoding} {
		enc := enc.WithPadding(base32.NoPadding)
		whole := func(v []byte) []byte {
			text := []byte(enc.EncodeToString(v))
			if len(v)%5 != 0 && len(text) > 0 {
				text = text[:len(text)-1]
			}
			return text
		}
		out = append(out,
			base32Form{whole, alpha32 | extRight},
			base32Form{func(v []byte) []byte { return bytes.ToLower(whole(v)) }, alpha32 | extRight})
	}
	return
}()

// ascii85Whole encodes v as a text of its own.
func ascii85Whole(v []byte) []byte {
	text := make([]byte, ascii85.MaxEncodedLen(len(v)))
	return text[:ascii85.Encode(text, v)]
}

// ascii85Core encodes the groups of v that nothing after v changes.
func ascii85Core(v []byte) []byte { return ascii85Whole(v[:len(v)/4*4]) }

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
// depend on what is before it; nil if that changes nothing.
func quotedPrintable(v []byte) []byte {
	var out []byte
	changed := false
	for i, c := range v {
		keep := c > ' ' && c < 0x7f && c != '=' || c == '\n' || c == '\r' ||
			(c == ' ' || c == '\t') && i+1 < len(v) && v[i+1] != '\n' && v[i+1] != '\r'
		if keep || (c == ' ' || c == '\t') && i+1 == len(v) {
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

// latin1 spells v in ISO 8859-1, one byte for each character; nil if it cannot
// be, or if that changes nothing.
func latin1(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for _, r := range string(v) {
		if r > 0xff {
			return nil
		}
		out = append(out, byte(r))
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
