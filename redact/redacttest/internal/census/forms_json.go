package census

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func jsonHTML(v string) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings always encode
	}
	return unquoted(string(b))
}

func jsonPlain(v string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings always encode
	}
	return unquoted(strings.TrimSuffix(b.String(), "\n"))
}

// units spells a rune as \uXXXX, by its UTF-16 units.
func units(r rune, format string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(&b, format, u)
	}
	return b.String()
}

// jsonASCII is json.dumps of Python, and with slash json_encode of PHP.
func jsonASCII(v, format string, slash bool) string {
	return eachRune(v, func(r rune) string {
		switch {
		case r == '/' && slash:
			return `\/`
		case r >= 0x7f:
			return units(r, format)
		}
		return jsonPlain(string(r))
	})
}

// jsonDotNet is System.Text.Json.
func jsonDotNet(v string) string {
	return eachRune(v, func(r rune) string {
		switch {
		case strings.ContainsRune("\"&'+<>`", r) || r >= 0x7f:
			return units(r, `\u%04X`)
		}
		return jsonPlain(string(r))
	})
}

func nest(encode func(string) string, depth int) func(string) string {
	return func(v string) string {
		for range depth {
			v = encode(v)
		}
		return v
	}
}

// broken puts bytes that are not UTF-8 into the middle of a value, between
// characters.
func broken(v string) string {
	i := len(v) / 2
	for !utf8.RuneStart(v[i]) {
		i++
	}
	return v[:i] + "\xff" + v[i:]
}

var jsonForms = []Form{
	one("JSON", "escaped for HTML", "encoding/json", jsonHTML),
	one("JSON", "not escaped for HTML", "json.Encoder without SetEscapeHTML", jsonPlain),
	one("JSON", "slash escaped", "json_encode of PHP", func(v string) string { return jsonASCII(v, `\u%04x`, true) }),
	one("JSON", "not ASCII as \\uxxxx", "json.dumps of Python", func(v string) string { return jsonASCII(v, `\u%04x`, false) }),
	one("JSON", "not ASCII as \\uXXXX in capitals", "Jackson, Newtonsoft", func(v string) string { return jsonASCII(v, `\u%04X`, false) }),
	one("JSON", "quotes and signs as \\uXXXX", "System.Text.Json", jsonDotNet),
	one("JSON", "every character as \\uxxxx", "escaping libraries", func(v string) string { return eachRune(v, func(r rune) string { return units(r, `\u%04x`) }) }),
	one("JSON", "every character as \\uXXXX in capitals", "escaping libraries", func(v string) string { return eachRune(v, func(r rune) string { return units(r, `\u%04X`) }) }),
	one("JSON", "every character as \\uXxXx", "escaping libraries", func(v string) string {
		return mixedCase(eachRune(v, func(r rune) string { return units(r, `\u%04x`) }), `\u`, 4)
	}),
	one("JSON", "in JSON, depth 2", "encoding/json twice", nest(jsonHTML, 2)),
	one("JSON", "in JSON, depth 3", "encoding/json three times", nest(jsonHTML, 3)),
	one("JSON", "in JSON, depth 2, not for HTML", "json.Encoder twice", nest(jsonPlain, 2)),
	one("JSON", "in JSON, depth 3, not for HTML", "json.Encoder three times", nest(jsonPlain, 3)),
	one("JSON", "inside %q", "%q of a JSON text", func(v string) string { return unquoted(strconv.Quote(jsonHTML(v))) }),
	one("JSON", "inside logfmt", "slog.TextHandler", func(v string) string { return unquoted(strconv.Quote(jsonPlain(v))) }),
	one("JSON", "inside logfmt, escaped as JSON", "go-logfmt", func(v string) string { return jsonPlain(jsonHTML(v)) }),
	{Family: "JSON", Name: "invalid UTF-8 as \\ufffd", Made: "encoding/json", Register: broken, Spell: replaced(`\ufffd`, jsonHTML)},
}

// replaced spells a broken value, where eight bytes stand on both sides.
func replaced(by string, encode func(string) string) func(string) []Spelling {
	return func(v string) []Spelling {
		a, b, _ := strings.Cut(broken(v), "\xff")
		if len(a) < 8 || len(b) < 8 {
			return nil
		}
		return []Spelling{{Text: encode(a) + by + encode(b)}}
	}
}
