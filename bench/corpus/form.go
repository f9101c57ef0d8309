package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
)

// A Pattern is one spelling of a secret, as engines that know no forms need it.
type Pattern struct {
	Secret int // index
	Form   string
	Text   string
}

// Raw returns the values alone.
func Raw(secrets []Secret) []Pattern {
	out := make([]Pattern, len(secrets))
	for i, s := range secrets {
		out[i] = Pattern{Secret: i, Form: "raw", Text: s.Value}
	}
	return out
}

// Forms returns each value in about a dozen spellings, duplicates dropped: what
// somebody would list who gives encodings to an engine that looks for strings.
func Forms(secrets []Secret) []Pattern {
	seen := make(map[string]bool, 8*len(secrets))
	out := make([]Pattern, 0, 8*len(secrets))
	for i, s := range secrets {
		add := func(form, text string) {
			if len(text) >= 8 && !seen[text] {
				seen[text] = true
				out = append(out, Pattern{Secret: i, Form: form, Text: text})
			}
		}
		v := s.Value
		add("raw", v)
		add("json", inside(v))
		add("quoted", strings.Trim(strconv.Quote(v), `"`))
		add("html", html.EscapeString(v))
		add("query", url.QueryEscape(v))
		add("path", url.PathEscape(v))
		add("hex", hex.EncodeToString([]byte(v)))
		add("hex-upper", strings.ToUpper(hex.EncodeToString([]byte(v))))
		for at := range 3 {
			core := aligned(v, at)
			add("base64", core)
			add("base64-url", strings.NewReplacer("+", "-", "/", "_").Replace(core))
		}
	}
	return out
}

// inside returns v as it stands between the quotes of a JSON string.
func inside(v string) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // no string fails
	}
	return string(b[1 : len(b)-1])
}

// aligned returns the base64 characters that v alone decides when it begins at
// the given byte of a group of three.
func aligned(v string, at int) string {
	enc := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", at) + v))
	first := (at*8 + 5) / 6
	return enc[first : (at+len(v))*8/6]
}
