package census

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf16"
)

// inBase64 encodes before+v+after and marks the characters that carry bits of v.
func inBase64(enc *base64.Encoding, before, v, after string) Spelling {
	s := enc.EncodeToString([]byte(before + v + after))
	start := len(before) * 8 / 6
	end := min(((len(before)+len(v))*8+5)/6, len(s))
	return Spelling{Before: s[:start], Text: s[start:end], After: s[end:]}
}

// aligned spells a value at all three alignments inside a longer text.
func aligned(enc *base64.Encoding) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for _, before := range []string{"key", "next", "value"} {
			all = append(all, inBase64(enc, before+"=", v, "; and so on"), inBase64(enc, before+"=", v, ""))
		}
		return all
	}
}

func wrapped(width int, eol string) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for _, before := range []string{"", "some text that goes before it, "} {
			s := inBase64(base64.StdEncoding, before, v, "")
			all = append(all, wrapSpelling(s, width, eol))
		}
		return all
	}
}

// wrapSpelling breaks the lines of the whole text and keeps the marks.
func wrapSpelling(s Spelling, width int, eol string) Spelling {
	col := 0
	wrap := func(t string) string {
		var b strings.Builder
		for i := range len(t) {
			if col == width {
				b.WriteString(eol)
				col = 0
			}
			b.WriteByte(t[i])
			col++
		}
		return b.String()
	}
	return Spelling{Before: wrap(s.Before), Text: wrap(s.Text), After: wrap(s.After)}
}

func wraps(width int, f func(string) []Spelling) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for _, s := range f(v) {
			if strings.ContainsAny(s.Text, "\n") && len(s.Text) > width/4 {
				all = append(all, s)
			}
		}
		return all
	}
}

// basic is what http.Request.SetBasicAuth sends.
func basic(enc *base64.Encoding) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for _, user := range []string{"", "ci", "app", "root", "alice"} {
			all = append(all, inBase64(enc, user+":", v, ""))
		}
		return all
	}
}

func then(f func(string) []Spelling, encode func(string) string) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for _, s := range f(v) {
			e := Spelling{Before: encode(s.Before), Text: encode(s.Text), After: encode(s.After)}
			if e.Text != s.Text {
				all = append(all, e)
			}
		}
		return all
	}
}

func b64(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }

func utf16Bytes(v string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(v)) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		b.WriteByte(lo)
		b.WriteByte(hi)
	}
	return b.String()
}

func form(family, name, made string, spell func(string) []Spelling) Form {
	return Form{Family: family, Name: name, Made: made, Spell: spell}
}

func encoded64(enc *base64.Encoding) func(string) string {
	return func(v string) string { return enc.EncodeToString([]byte(v)) }
}

// gsonEscape is what Gson and other HTML-safe encoders do to base64.
func gsonEscape(s string) string {
	return strings.NewReplacer("=", `\u003d`, "+", `\u002b`, "/", `\/`).Replace(s)
}

var base64Forms = []Form{
	one("base64", "standard", "base64.StdEncoding", encoded64(base64.StdEncoding)),
	one("base64", "standard, no padding", "base64.RawStdEncoding", encoded64(base64.RawStdEncoding)),
	one("base64", "URL", "base64.URLEncoding", encoded64(base64.URLEncoding)),
	one("base64", "URL, no padding", "base64.RawURLEncoding", encoded64(base64.RawURLEncoding)),
	form("base64", "standard, inside a longer text", "base64.StdEncoding, 3 alignments", aligned(base64.StdEncoding)),
	form("base64", "URL, inside a longer text", "base64.RawURLEncoding, 3 alignments", aligned(base64.RawURLEncoding)),
	form("base64", "Basic credentials", "http.Request.SetBasicAuth", basic(base64.StdEncoding)),
	form("base64", "Basic credentials, URL alphabet", "OAuth clients", basic(base64.URLEncoding)),
	form("base64", "with a line end", "echo SECRET | base64", func(v string) []Spelling { return []Spelling{inBase64(base64.StdEncoding, "", v, "\n")} }),
	form("base64", "percent-escaped", "url.QueryEscape", then(basic(base64.StdEncoding), url.QueryEscape)),
	form("base64", "percent-escaped, inside a longer text", "url.QueryEscape", then(aligned(base64.StdEncoding), url.QueryEscape)),
	form("base64", "JSON-escaped", "json_encode of PHP, Gson", then(basic(base64.StdEncoding), gsonEscape)),
	form("base64", "JSON-escaped, inside a longer text", "json_encode of PHP, Gson", then(aligned(base64.StdEncoding), gsonEscape)),
	one("base64", "of base64", "a Kubernetes secret of an encoded value", func(v string) string { return b64(b64(v)) }),
	form("base64", "wrapped at 64 columns", "openssl base64", wraps(64, wrapped(64, "\n"))),
	form("base64", "wrapped at 76 columns", "base64(1)", wraps(76, wrapped(76, "\n"))),
	form("base64", "wrapped at 76 columns, CRLF", "MIME", wraps(76, wrapped(76, "\r\n"))),
	form("base64", "wrapped and escaped", `"\n" in JSON`, then(wraps(64, wrapped(64, "\n")), jsonPlain)),
	one("base64", "of UTF-16LE", "powershell -enc", func(v string) string { return b64(utf16Bytes(v, false)) }),
	form("base64", "of UTF-16LE, inside a longer text", "powershell -enc", func(v string) []Spelling {
		var all []Spelling
		for _, before := range []string{"$p='", "$pw='", "$key='"} {
			all = append(all, inBase64(base64.StdEncoding, utf16Bytes(before, false), utf16Bytes(v, false), utf16Bytes("'; .\\go.ps1", false)))
		}
		return all
	}),
	form("base64", "gRPC -bin metadata", "grpc-go", func(v string) []Spelling {
		return []Spelling{{Before: "x-key-bin: ", Text: encoded64(base64.RawStdEncoding)(v)}}
	}),
}
