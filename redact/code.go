package redact

import (
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strconv"
)

// A code says how the text of a pattern is made from its source. Texts of block
// encodings are not kept: a secret has dozens of them, and each byte is found
// from the value when it is needed.
type code uint8

const (
	codeStored code = iota // the source as it is
	codeHex
	codeHexUpper
	codeHexSpaced
	codeHexSpacedUpper
	codeDecimal // 112 97 115
	codeDecimalComma
	codeDecimalCommaSpace
	codeGoBytes // 0x70, 0x61, 0x73
	codeUTF16LE // of ASCII
	codeUTF16BE
	codeASCII85                            // of values without four zeros in a row
	codeBase32                             // and the three that follow: base32Alphabets
	codeBase64      = codeBase32 + 4       // and five: alphabet*3 + alignment
	codeBase64UTF16 = codeBase64 + 6       // the same of UTF-16LE of ASCII
	codeBase64Twice = codeBase64UTF16 + 6  // inner*3 + alignment
	numCodes        = codeBase64Twice + 30 // ten inner texts
)

// The inner texts of base64 in base64: the cores of codeBase64, and what encodes
// the value from its first to its last bit.
const (
	innerRaw    = 6 // in the standard and the URL alphabet
	innerPadded = 8
)

// A source is what texts are made from: a value, or a spelling of one.
type source struct {
	bytes []byte
	skip  uint32 // the texts begin so far inside what the code makes
	marks uint32 // 1 + index into texts.marks; 0: the source is short
}

// texts makes the texts of patterns.
type texts struct {
	sources []source
	marks   []marks
}

// marks tell of every markEvery-th byte of a source how many digits are before
// it, in decimal and as %#v writes them.
type marks [2][]uint32

const markEvery = 32

// at returns byte i of a text.
func (t *texts) at(src uint32, c code, i int) byte {
	s := &t.sources[src]
	i += int(s.skip)
	if c == codeStored {
		return s.bytes[i]
	}
	return t.made(s, c, i)
}

func (t *texts) made(s *source, c code, i int) byte {
	v := s.bytes
	switch {
	case c <= codeHexSpacedUpper:
		digits := lowerhex
		if c == codeHexUpper || c == codeHexSpacedUpper {
			digits = upperhex
		}
		k, r := i>>1, i&1
		if c >= codeHexSpaced {
			k, r = i/3, i%3
		}
		switch r {
		case 0:
			return digits[v[k]>>4]
		case 1:
			return digits[v[k]&15]
		}
		return ' '
	case c <= codeGoBytes:
		k, off := t.itemAt(s, c, i)
		return lists[c-codeDecimal].byteAt(v[k], i-off)
	case c == codeUTF16LE:
		return v[i>>1] &^ -byte(i&1)
	case c == codeUTF16BE:
		return v[i>>1] & -byte(i&1)
	case c == codeASCII85:
		var x uint32
		for k := range 4 {
			x <<= 8
			if j := i/5*4 + k; j < len(v) {
				x |= uint32(v[j])
			}
		}
		for range 4 - i%5 {
			x /= 85
		}
		return '!' + byte(x%85)
	case c < codeBase64:
		b := 5 * i
		return base32Alphabets[c-codeBase32][bits16(v, b>>3)>>(11-b&7)&31]
	case c < codeBase64UTF16:
		b := bitAt(int(c-codeBase64)%3, i)
		return alphabet64(c - codeBase64)[bits16(v, b>>3)>>(10-b&7)&63]
	case c < codeBase64Twice:
		b := bitAt(int(c-codeBase64UTF16)%3, i)
		x := uint(0)
		if k := b >> 3; k&1 == 0 { // a character and a zero
			x = uint(v[k>>1]) << 8
		} else if k>>1+1 < len(v) {
			x = uint(v[k>>1+1])
		}
		return alphabet64(c - codeBase64UTF16)[x>>(10-b&7)&63]
	}
	inner := (c - codeBase64Twice) / 3
	b := bitAt(int(c-codeBase64Twice)%3, i)
	k := b >> 3
	x := uint(innerAt(v, inner, k)) << 8
	if b&7 > 2 {
		x |= uint(innerAt(v, inner, k+1))
	}
	return stdAlphabet[x>>(10-b&7)&63]
}

// innerAt returns byte i of an inner text.
func innerAt(v []byte, inner code, i int) byte {
	shift, alphabet := int(inner)%3, inner
	if inner >= innerRaw {
		shift, alphabet = 0, (inner-innerRaw)%2*3
	}
	b := bitAt(shift, i)
	if b >= 8*len(v) {
		return '='
	}
	return alphabet64(alphabet)[bits16(v, b>>3)>>(10-b&7)&63]
}

// alphabet64 returns the alphabet of the codes that count 3 for the second.
func alphabet64(c code) string {
	if c%6 >= 3 {
		return urlAlphabet
	}
	return stdAlphabet
}

// bits16 returns two bytes of v, zeros after its end.
func bits16(v []byte, k int) uint {
	if k+1 < len(v) {
		return uint(v[k])<<8 | uint(v[k+1])
	}
	return uint(v[k]) << 8
}

// skip64 is how many characters of base64 at an alignment are another's.
var skip64 = [3]int{0, 2, 3}

// bitAt returns at which bit of the source digit i of a core begins.
func bitAt(shift, i int) int { return 6*(i+skip64[shift]) - 8*shift }

// digits64 is how many digits of a core n bytes decide.
func digits64(shift, n int) int { return max(0, 8*(shift+n)/6-skip64[shift]) }

// A list spells bytes as numbers.
type list struct {
	prefix, sep string
	digits      *[256]string
	marks       int // which of the marks
}

// lists are those of codeDecimal and the codes after it.
var lists = [...]list{
	0:                                   {"", " ", &decimals, 0},
	codeDecimalComma - codeDecimal:      {"", ",", &decimals, 0},
	codeDecimalCommaSpace - codeDecimal: {"", ", ", &decimals, 0},
	codeGoBytes - codeDecimal:           {"0x", ", ", &hexes, 1},
}

func (l *list) byteAt(b byte, i int) byte {
	if i < len(l.prefix) {
		return l.prefix[i]
	}
	i -= len(l.prefix)
	if d := l.digits[b]; i < len(d) {
		return d[i]
	}
	return l.sep[i-len(l.digits[b])]
}

// itemAt returns which byte of the source the character at i belongs to, and
// where its item begins.
func (t *texts) itemAt(s *source, c code, i int) (k, off int) {
	l := &lists[c-codeDecimal]
	fixed := len(l.prefix) + len(l.sep)
	if s.marks != 0 {
		m := t.marks[s.marks-1][l.marks]
		lo, hi := 0, len(m) // m[lo] is at or before i
		for hi-lo > 1 {
			if mid := int(uint(lo+hi) >> 1); int(m[mid])+fixed*mid*markEvery <= i {
				lo = mid
			} else {
				hi = mid
			}
		}
		k, off = lo*markEvery, int(m[lo])+fixed*lo*markEvery
	}
	for {
		n := fixed + len(l.digits[s.bytes[k]])
		if i < off+n {
			return k, off
		}
		k, off = k+1, off+n
	}
}

// mark adds marks to a source that needs them.
func (t *texts) mark(src uint32) {
	s := &t.sources[src]
	if len(s.bytes) <= 2*markEvery || s.marks != 0 {
		return
	}
	var m marks
	for j, digits := range []*[256]string{&decimals, &hexes} {
		sum := uint32(0)
		for k, b := range s.bytes {
			if k%markEvery == 0 {
				m[j] = append(m[j], sum)
			}
			sum += uint32(len(digits[b]))
		}
	}
	t.marks = append(t.marks, m)
	s.marks = uint32(len(t.marks))
}

// decided returns how many bytes of a text the first bytes of its value decide:
// all, if v is the whole value.
func (c code) decided(v []byte) int {
	n := len(v)
	switch {
	case c == codeStored:
		return n
	case c <= codeHexUpper:
		return 2 * n
	case c <= codeHexSpacedUpper:
		return max(0, 3*n-1)
	case c <= codeGoBytes:
		l := &lists[c-codeDecimal]
		sum := (len(l.prefix)+len(l.sep))*n - len(l.sep)
		for _, b := range v {
			sum += len(l.digits[b])
		}
		return max(0, sum)
	case c <= codeUTF16BE:
		return 2 * n
	case c == codeASCII85:
		return n / 4 * 5
	case c < codeBase64:
		return 8 * n / 5
	case c < codeBase64UTF16:
		return digits64(int(c-codeBase64)%3, n)
	case c < codeBase64Twice:
		return digits64(int(c-codeBase64UTF16)%3, 2*n)
	}
	return digits64(int(c-codeBase64Twice)%3, innerLen((c-codeBase64Twice)/3, n))
}

// innerLen is the length of an inner text.
func innerLen(inner code, n int) int {
	switch {
	case inner >= innerPadded:
		return (n + 2) / 3 * 4
	case inner >= innerRaw:
		return (8*n + 5) / 6
	}
	return digits64(int(inner)%3, n)
}

// family returns the code whose texts of the same value are alike up to the end,
// or nearly: for a base64 of all of base64, that of the core.
func (c code) family() code {
	if c < codeBase64Twice+3*innerRaw {
		return c
	}
	inner := (c - codeBase64Twice) / 3
	return codeBase64Twice + (inner-innerRaw)%2*9 + (c-codeBase64Twice)%3
}

const upperhex = "0123456789ABCDEF"

// base32Alphabets are the two alphabets in either case.
var base32Alphabets = [4]string{
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz234567",
	"0123456789ABCDEFGHIJKLMNOPQRSTUV", "0123456789abcdefghijklmnopqrstuv",
}

var base32Encodings = func() (e [4]*base32.Encoding) {
	for i, alphabet := range base32Alphabets {
		e[i] = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	}
	return
}()

// decimals and hexes spell every byte without leading zeros.
var decimals, hexes = func() (d, h [256]string) {
	for b := range 256 {
		d[b] = strconv.Itoa(b)
		h[b] = strconv.FormatInt(int64(b), 16)
	}
	return
}()

// A textMaker makes whole texts. What it returns is valid until its next call.
type textMaker struct{ out, inner []byte }

// wipe overwrites what was made.
func (m *textMaker) wipe() {
	clear(m.out[:cap(m.out)])
	clear(m.inner[:cap(m.inner)])
}

// text returns the first n bytes of a text.
func (m *textMaker) text(t *texts, src uint32, c code, n int) []byte {
	s := &t.sources[src]
	if c == codeStored {
		return s.bytes[s.skip:][:n]
	}
	m.out = slices.Grow(m.out[:0], n+16)
	out := m.out[:0]
	v := s.bytes
	switch {
	case s.skip > 0: // a piece of a long text
		for i := range n {
			out = append(out, t.made(s, c, i+int(s.skip)))
		}
	case c <= codeHexUpper:
		digits := lowerhex
		if c == codeHexUpper {
			digits = upperhex
		}
		for _, b := range v[:min(len(v), (n+1)/2)] {
			out = append(out, digits[b>>4], digits[b&15])
		}
	case c <= codeHexSpacedUpper:
		digits := lowerhex
		if c == codeHexSpacedUpper {
			digits = upperhex
		}
		for _, b := range v[:min(len(v), n/3+1)] {
			out = append(out, digits[b>>4], digits[b&15], ' ')
		}
	case c <= codeGoBytes:
		l := &lists[c-codeDecimal]
		for _, b := range v {
			if len(out) >= n {
				break
			}
			out = append(append(append(out, l.prefix...), l.digits[b]...), l.sep...)
		}
	case c == codeUTF16LE:
		for _, b := range v[:min(len(v), n/2+1)] {
			out = append(out, b, 0)
		}
	case c == codeUTF16BE:
		for _, b := range v[:min(len(v), n/2+1)] {
			out = append(out, 0, b)
		}
	case c == codeASCII85:
		v = v[:min(len(v), n+4)]
		out = slices.Grow(out, ascii85.MaxEncodedLen(len(v)))
		out = out[:ascii85.Encode(out[:cap(out)], v)]
	case c < codeBase64:
		out = base32Encodings[c-codeBase32].AppendEncode(out, v[:min(len(v), n)])
	case c < codeBase64UTF16:
		out = appendCore(out, v[:min(len(v), n+4)], c-codeBase64)
	case c < codeBase64Twice:
		m.inner = m.inner[:0]
		for _, b := range v[:min(len(v), n+4)] {
			m.inner = append(m.inner, b, 0)
		}
		out = appendCore(out, m.inner, c-codeBase64UTF16)
	default:
		// As much of the inner text as n digits are made from.
		if least := (n + 6) / 4 * 3; least < len(v) {
			v = v[:least]
		}
		switch inner := (c - codeBase64Twice) / 3; {
		case inner < innerRaw:
			m.inner = appendCore(m.inner[:0], v, inner)
		case inner < innerPadded:
			m.inner = rawEncodings[inner-innerRaw].AppendEncode(m.inner[:0], v)
		default:
			m.inner = paddedEncodings[inner-innerPadded].AppendEncode(m.inner[:0], v)
		}
		out = appendCore(out, m.inner, (c-codeBase64Twice)%3)
	}
	m.out = out
	return out[:n]
}

var (
	rawEncodings    = [2]*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding}
	paddedEncodings = [2]*base64.Encoding{base64.StdEncoding, base64.URLEncoding}
)

// appendCore appends the core of v in base64, and perhaps a digit that v alone
// does not decide.
func appendCore(dst, v []byte, c code) []byte {
	alphabet := alphabet64(c)
	if shift := int(c % 3); shift > 0 {
		// Up to the next group of three bytes.
		lead := min(3-shift, len(v))
		for i := range digits64(shift, lead) {
			b := bitAt(shift, i)
			dst = append(dst, alphabet[bits16(v, b>>3)>>(10-b&7)&63])
		}
		v = v[lead:]
	}
	return rawEncodings[c%6/3].AppendEncode(dst, v)
}
