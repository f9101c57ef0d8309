package redact

import (
	"bytes"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// reference makes the text of a code by the standard encoders, in full: what the
// value alone does not decide at its end is cut off by decided.
func reference(c code, v []byte) []byte {
	join := func(format, sep string) []byte {
		var out []string
		for _, b := range v {
			out = append(out, fmt.Sprintf(format, b))
		}
		return []byte(strings.Join(out, sep))
	}
	core := func(c code, v []byte) []byte {
		enc := base64.RawStdEncoding
		if c >= 3 {
			enc = base64.RawURLEncoding
		}
		shift := int(c % 3)
		text := []byte(enc.EncodeToString(append(make([]byte, shift), v...)))
		if len(text) <= skip64[shift] {
			return nil
		}
		if (len(v)+shift)%3 != 0 {
			text = text[:len(text)-1]
		}
		return text[skip64[shift]:]
	}
	le := utf16LE(v)
	switch {
	case c == codeStored:
		return v
	case c == codeHex:
		return fmt.Appendf(nil, "%x", v)
	case c == codeHexUpper:
		return fmt.Appendf(nil, "%X", v)
	case c == codeHexSpaced:
		return fmt.Appendf(nil, "% x", v)
	case c == codeHexSpacedUpper:
		return fmt.Appendf(nil, "% X", v)
	case c == codeDecimal:
		return join("%d", " ")
	case c == codeDecimalComma:
		return join("%d", ",")
	case c == codeDecimalCommaSpace:
		return join("%d", ", ")
	case c == codeGoBytes:
		return join("%#x", ", ")
	case c == codeUTF16LE:
		return le
	case c == codeUTF16BE:
		return utf16BE(v)
	case c == codeASCII85:
		text := make([]byte, ascii85.MaxEncodedLen(len(v)))
		return text[:ascii85.Encode(text, v)]
	case c < codeBase64:
		enc := base32.StdEncoding
		if c >= codeBase32+2 {
			enc = base32.HexEncoding
		}
		text := []byte(enc.WithPadding(base32.NoPadding).EncodeToString(v))
		if (c-codeBase32)%2 == 1 {
			text = bytes.ToLower(text)
		}
		return text
	case c < codeBase64UTF16:
		return core(c-codeBase64, v)
	case c < codeBase64Twice:
		return core(c-codeBase64UTF16, le)
	}
	inner := (c - codeBase64Twice) / 3
	enc := []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding, base64.StdEncoding, base64.URLEncoding}
	text := core(inner, v)
	if inner >= innerRaw {
		text = []byte(enc[inner-innerRaw].EncodeToString(v))
	}
	return core((c-codeBase64Twice)%3, text)
}

// Every byte that a code makes is that of the standard encoder, made one by one,
// all together, from a prefix or as a piece; and what it says of lengths holds.
func TestCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	values := [][]byte{[]byte("~~~>>>???~~~>>>???~~~~"), bytes.Repeat([]byte{7}, 300), []byte(strings.Repeat("9a", 200))}
	for n := 1; n < 140; n += 1 + n/20 {
		ascii, anything := make([]byte, n), make([]byte, n)
		for i := range n {
			ascii[i], anything[i] = byte(1+r.IntN(127)), byte(1+r.IntN(255))
		}
		values = append(values, ascii, anything)
	}
	var m textMaker
	for _, v := range values {
		for c := range numCodes {
			utf16 := c == codeUTF16LE || c == codeUTF16BE || c >= codeBase64UTF16 && c < codeBase64Twice
			if utf16 && !isASCII(v) {
				continue
			}
			ts := texts{sources: []source{{bytes: v}}}
			ts.mark(0)
			want := reference(c, v)
			n := c.decided(v)
			if n > len(want) || n < len(want)-4 {
				t.Fatalf("code %d of %d bytes: length %d, want %d", c, len(v), n, len(want))
			}
			want = want[:n]
			got := make([]byte, n)
			for i := range got {
				got[i] = ts.at(0, c, i)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("code %d of %q, by bytes:\ngot  %q\nwant %q", c, v, got, want)
			}
			for k := 0; k <= n; k += 1 + k/3 {
				if got := m.text(&ts, 0, c, k); !bytes.Equal(got, want[:k]) {
					t.Fatalf("code %d of %q, %d of %d:\ngot  %q\nwant %q", c, v, k, n, got, want[:k])
				}
			}
			if n > 3 {
				ts.sources = append(ts.sources, source{bytes: v, skip: 3, marks: ts.sources[0].marks})
				if got := m.text(&ts, 1, c, n-3); !bytes.Equal(got, want[3:]) {
					t.Fatalf("code %d of %q, a piece:\ngot  %q\nwant %q", c, v, got, want[3:])
				}
			}
			// Of values that begin alike, the texts do.
			k := r.IntN(len(v))
			other := append(bytes.Clone(v[:k]), ^v[k])
			if utf16 {
				other[k] &= 0x7f
			}
			for d := range numCodes {
				if f := c.family(); d.family() == f && d != codeASCII85 {
					text := reference(d, append(other, "and more"...))
					if s := min(f.decided(v[:k]), n); s > len(text) || !bytes.Equal(text[:s], want[:s]) {
						t.Fatalf("codes %d and %d of %q and %q are not alike up to %d", c, d, v, other, s)
					}
				}
			}
		}
		if n := len(v); n%4 != 0 && !bytes.Contains(v, make([]byte, 4)) {
			ts := texts{sources: []source{{bytes: v}}}
			if got, want := m.text(&ts, 0, codeASCII85, n/4*5+n%4+1), reference(codeASCII85, v); !bytes.Equal(got, want) {
				t.Fatalf("all ASCII85 of %q:\ngot  %q\nwant %q", v, got, want)
			}
		}
	}
	m.wipe()
	if len(bytes.Trim(m.out[:cap(m.out)], "\x00"))+len(bytes.Trim(m.inner[:cap(m.inner)], "\x00")) > 0 {
		t.Error("wipe left something")
	}
}
