package census

import (
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
)

// encodeURIComponent is that of ECMAScript.
func encodeURIComponent(v string) string {
	return eachByte(v, func(c byte) string {
		if letterOrDigit(rune(c)) || strings.IndexByte("-_.!~*'()", c) >= 0 {
			return string(rune(c))
		}
		return fmt.Sprintf("%%%02X", c)
	})
}

func lower(s string) string { return replaceEscapes(s, strings.ToLower) }

// replaceEscapes rewrites each %XX.
func replaceEscapes(s string, f func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '%' && i+3 <= len(s) {
			b.WriteString(f(s[i : i+3]))
			i += 3
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// workflowData is the escaping of GitHub workflow commands for their data.
func workflowData(v string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(v)
}

func workflowProperty(v string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(v)
}

var urls = []Form{
	one("URL", "query", "url.QueryEscape", url.QueryEscape),
	one("URL", "path", "url.PathEscape", url.PathEscape),
	one("URL", "component", "encodeURIComponent", encodeURIComponent),
	one("URL", "query with %20 for space", "RFC 3986 libraries", func(v string) string { return strings.ReplaceAll(url.QueryEscape(v), "+", "%20") }),
	one("URL", "path with + for space", "form encoders", func(v string) string { return strings.ReplaceAll(url.PathEscape(v), "%20", "+") }),
	one("URL", "query in lower case", "nginx, Java", func(v string) string { return lower(url.QueryEscape(v)) }),
	one("URL", "query in mixed case", "rewriting proxies", func(v string) string { return mixedCase(url.QueryEscape(v), "%", 2) }),
	one("URL", "every byte", "curl --data-urlencode of old", func(v string) string { return eachByte(v, func(c byte) string { return fmt.Sprintf("%%%02X", c) }) }),
	one("URL", "every byte in lower case", "escaping libraries", func(v string) string { return eachByte(v, func(c byte) string { return fmt.Sprintf("%%%02x", c) }) }),
	one("URL", "query twice", "a URL in a URL", func(v string) string { return url.QueryEscape(url.QueryEscape(v)) }),
	one("URL", "path in query", "redirect parameters", func(v string) string { return url.QueryEscape(url.PathEscape(v)) }),
	{Family: "URL", Name: "password of a URL", Made: "url.UserPassword", Spell: func(v string) []Spelling {
		return []Spelling{{Before: "amqp://", Text: strings.TrimPrefix(url.UserPassword("app", v).String(), "app:"), After: "@mq.internal/"}}
	}},
	one("URL", "workflow command", "actions/toolkit, data", workflowData),
	one("URL", "workflow command property", "actions/toolkit, property", workflowProperty),
}

func xmlText(v string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(v)); err != nil {
		panic(err) // a Builder takes everything
	}
	return b.String()
}

// names are the entities that htmlentities and its kind write.
var names = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\'': "&apos;", 'é': "&eacute;", 'ü': "&uuml;"}

func named(latin bool) func(string) string {
	return func(v string) string {
		return eachRune(v, func(r rune) string {
			if n, ok := names[r]; ok && (latin || r < 0x80) {
				return n
			}
			return string(r)
		})
	}
}

func numeric(format string, all bool) func(string) string {
	return func(v string) string {
		return eachRune(v, func(r rune) string {
			if !all && (letterOrDigit(r) || r == ' ' || r == '\n') {
				return string(r)
			}
			return fmt.Sprintf(format, r)
		})
	}
}

// esapiJS is encodeForJavaScript of OWASP ESAPI.
func esapiJS(v string) string {
	return eachRune(v, func(r rune) string {
		switch {
		case letterOrDigit(r):
			return string(r)
		case r < 256:
			return fmt.Sprintf(`\x%02X`, r)
		}
		return units(r, `\u%04X`)
	})
}

// classicJS is escape_javascript of Rails and its kind.
func classicJS(v string) string {
	return strings.NewReplacer(`\`, `\\`, "</", `<\/`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`, `"`, `\"`, `'`, `\'`).Replace(v)
}

var markup = []Form{
	one("markup", "XML", "encoding/xml", xmlText),
	one("markup", "XML with &quot;", "libxml, Java", named(false)),
	one("markup", "HTML", "html.EscapeString", html.EscapeString),
	one("markup", "HTML with names", "htmlentities of PHP", named(true)),
	one("markup", "HTML, signs in decimal", "numeric escapers", numeric("&#%d;", false)),
	one("markup", "HTML, signs in hexadecimal", "numeric escapers", numeric("&#x%x;", false)),
	one("markup", "HTML, signs in hexadecimal capitals", "numeric escapers", numeric("&#x%X;", false)),
	one("markup", "HTML, every character in decimal", "numeric escapers", numeric("&#%d;", true)),
	one("markup", "HTML, every character in hexadecimal", "numeric escapers", numeric("&#x%x;", true)),
	one("markup", "JavaScript", "template.JSEscapeString", template.JSEscapeString),
	one("markup", "JavaScript with \\xNN", "OWASP ESAPI", esapiJS),
	one("markup", "JavaScript with backslashes", "escape_javascript of Rails", classicJS),
}
