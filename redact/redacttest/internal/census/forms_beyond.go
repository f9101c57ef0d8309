package census

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/url"
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
}
