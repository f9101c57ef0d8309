package census

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strconv"
	"strings"
)

// beyondList is the family of forms that the published list does not have. They
// are measured, and not counted.
const beyondList = "beyond the list"

var beyond = []Form{
	{Family: beyondList, Name: "plain, LF for CRLF", Made: "dos2unix", Register: func(v string) string { return strings.ReplaceAll(v, "\n", "\r\n") },
		Spell: func(v string) []Spelling {
			if !multiline(v) {
				return nil
			}
			return []Spelling{{Text: v}}
		}},
	one(beyondList, "Go, hexadecimal with spaces, in capitals", "% X", verb("% X")),
	one(beyondList, "Go, hexadecimal with 0x", "%#x", verb("%#x")),
	one(beyondList, "Go, hexadecimal with spaces and 0x", "%# x", verb("%# x")),
	{Family: beyondList, Name: "JSON, invalid UTF-8 as U+FFFD", Made: "strings.ToValidUTF8, json/v2", Register: broken, Spell: replaced("\ufffd", func(v string) string { return v })},
	one(beyondList, "URL, query three times", "a URL in a URL in a URL", func(v string) string { return url.QueryEscape(url.QueryEscape(url.QueryEscape(v))) }),
	one(beyondList, "markup, JavaScript with \\u{…}", "ECMAScript 6", func(v string) string {
		return eachRune(v, func(r rune) string {
			if letterOrDigit(r) {
				return string(r)
			}
			return fmt.Sprintf(`\u{%x}`, r)
		})
	}),
	form(beyondList, "base64, of Basic credentials", "a Docker configuration in a Kubernetes secret", func(v string) []Spelling {
		var all []Spelling
		for _, user := range []string{"ci", "app", "root"} {
			s := inBase64(base64.StdEncoding, user+":", v, "")
			all = append(all, inBase64(base64.StdEncoding, `{"auth":"`+s.Before, s.Text, s.After+`"}`))
		}
		return all
	}),
	one(beyondList, "base64, as bytes in decimal", "%v of an encoded []byte", func(v string) string { return strings.Trim(fmt.Sprint([]byte(b64(v))), "[]") }),
	form(beyondList, "other, base32, inside a longer text", "base32.StdEncoding, 5 alignments", aligned32(base32.StdEncoding)),
	form(beyondList, "shell, a colour code at any place", "syntax highlighting", func(v string) []Spelling {
		var all []Spelling
		for i := range v {
			if i > 1 && len(v) <= 80 { // one character could be anything
				all = append(all, Spelling{Text: v[:i] + "\x1b[0;1;32m" + v[i:]})
			}
		}
		return all
	}),
	form(beyondList, "shell, carets before other signs", "cmd", func(v string) []Spelling {
		var all []Spelling
		for _, signs := range []string{"&|<>^", `&|<>^"`, "&|<>^()", `&|<>^()"`, "&|<>^()%!"} {
			all = append(all, Spelling{Text: eachRune(v, func(r rune) string {
				if strings.ContainsRune(signs, r) {
					return "^" + string(r)
				}
				return string(r)
			})})
		}
		return all
	}),
	form(beyondList, "other, quoted-printable by other writers", "mime.QEncoding, gateways that know no ASCII", func(v string) []Spelling {
		if strings.ContainsAny(v, "\r\n") {
			return nil
		}
		q := func(also string) string {
			return eachByte(v, func(c byte) string {
				if c < ' ' || c >= 0x7f || c == '=' || strings.IndexByte(also, c) >= 0 {
					return fmt.Sprintf("=%02X", c)
				}
				return string(rune(c))
			})
		}
		return []Spelling{{Text: q("!\"#$@[\\]^`{|}~")}, {Text: strings.ReplaceAll(q("?_"), " ", "_")}}
	}),
	form(beyondList, "an escape in an escape", "encoders one after the other", func(v string) []Spelling {
		escapes := []func(string) string{
			jsonHTML, jsonPlain, url.QueryEscape, url.PathEscape, encodeURIComponent, html.EscapeString, xmlText, template.JSEscapeString,
			func(v string) string { return unquoted(strconv.Quote(v)) },
		}
		var all []Spelling
		for _, a := range escapes {
			for _, b := range escapes {
				all = append(all, Spelling{Text: b(a(v))})
			}
		}
		return all
	}),
}
