package census

import (
	"encoding/ascii85"
	"encoding/base32"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

func inBase32(enc *base32.Encoding, before, v, after string) Spelling {
	s := enc.EncodeToString([]byte(before + v + after))
	start := len(before) * 8 / 5
	end := min(((len(before)+len(v))*8+4)/5, len(s))
	return Spelling{Before: s[:start], Text: s[start:end], After: s[end:]}
}

func aligned32(enc *base32.Encoding) func(string) []Spelling {
	return func(v string) []Spelling {
		var all []Spelling
		for n := 1; n <= 5; n++ {
			all = append(all, inBase32(enc, "keys="[:n], v, "; and"))
		}
		return all
	}
}

func encoded32(enc *base32.Encoding, f func(string) string) func(string) string {
	return func(v string) string { return f(enc.EncodeToString([]byte(v))) }
}

func same(s string) string { return s }

func ascii85Text(v string) string {
	b := make([]byte, ascii85.MaxEncodedLen(len(v)))
	return string(b[:ascii85.Encode(b, []byte(v))])
}

func quotedPrintable(v string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	w.Write([]byte(v))
	w.Close()
	return b.String()
}

// pythonBytes is repr(b"...") of Python.
func pythonBytes(v string) string {
	return eachByte(v, func(c byte) string {
		switch {
		case c == '\\' || c == '\'':
			return `\` + string(rune(c))
		case c == '\n':
			return `\n`
		case c == '\t':
			return `\t`
		case c < ' ' || c >= 0x7f:
			return fmt.Sprintf(`\x%02x`, c)
		}
		return string(rune(c))
	})
}

// cQuoted is quote_c_style of git.
func cQuoted(v string) string {
	return eachByte(v, func(c byte) string {
		switch {
		case c == '\\' || c == '"':
			return `\` + string(rune(c))
		case c == '\n':
			return `\n`
		case c == '\t':
			return `\t`
		case c < ' ' || c >= 0x7f:
			return fmt.Sprintf(`\%03o`, c)
		}
		return string(rune(c))
	})
}

var other = []Form{
	one("other", "base32", "base32.StdEncoding", encoded32(base32.StdEncoding, same)),
	one("other", "base32, no padding", "one-time-password URLs", encoded32(base32.StdEncoding.WithPadding(base32.NoPadding), same)),
	one("other", "base32 in lower case", "DNS labels", encoded32(base32.StdEncoding, strings.ToLower)),
	one("other", "base32, extended hexadecimal alphabet", "base32.HexEncoding", encoded32(base32.HexEncoding, same)),
	one("other", "base32, extended hexadecimal alphabet, in lower case", "NSEC3", encoded32(base32.HexEncoding, strings.ToLower)),
	one("other", "ascii85", "encoding/ascii85, Python", ascii85Text),
	one("other", "quoted-printable", "mime/quotedprintable", quotedPrintable),
	one("other", "UTF-16LE", "Windows", func(v string) string { return utf16Bytes(v, false) }),
	one("other", "UTF-16BE", "Java", func(v string) string { return utf16Bytes(v, true) }),
	one("other", "every byte in octal", "od, printf", func(v string) string { return eachByte(v, func(c byte) string { return fmt.Sprintf(`\%03o`, c) }) }),
	one("other", "not ASCII in octal", "git, quote_c_style", cQuoted),
	one("other", "every byte as \\xnn", "printf, Python", func(v string) string { return eachByte(v, func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) }),
	one("other", "every byte as \\xNN in capitals", "C escapers", func(v string) string { return eachByte(v, func(c byte) string { return fmt.Sprintf(`\x%02X`, c) }) }),
	one("other", "not ASCII as \\xnn", "repr of Python bytes", pythonBytes),
}

// bashQ is printf %q of bash in a UTF-8 locale: ANSI-C quotes if there is a
// control character, backslashes otherwise. (At the start of a word # and ~ get
// one too.)
func bashQ(v string) string {
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) {
		return "$'" + eachRune(v, func(r rune) string {
			switch r {
			case '\n':
				return `\n`
			case '\t':
				return `\t`
			case '\'', '\\':
				return `\` + string(r)
			}
			return string(r)
		}) + "'"
	}
	return eachRune(v, func(r rune) string {
		if letterOrDigit(r) || r >= 0x80 || strings.ContainsRune("_@%+=:./-#~", r) {
			return string(r)
		}
		return `\` + string(r)
	})
}

// grepColour marks the middle of a value as grep --color does.
func grepColour(v string) string {
	i, j := len(v)/3, 2*len(v)/3
	for !utf8.RuneStart(v[i]) {
		i++
	}
	for !utf8.RuneStart(v[j]) {
		j++
	}
	return v[:i] + "\x1b[01;31m\x1b[K" + v[i:j] + "\x1b[m\x1b[K" + v[j:]
}

var shell = []Form{
	when(contains("'"), one("shell", `single quotes spliced by '\''`, "sh, Go's shellescape", func(v string) string { return strings.ReplaceAll(v, "'", `'\''`) })),
	when(contains("'"), one("shell", `single quotes spliced by '"'"'`, "shlex.quote of Python", func(v string) string { return strings.ReplaceAll(v, "'", `'"'"'`) })),
	one("shell", "printf %q", "bash", bashQ),
	when(contains(`\`), one("shell", "backslashes eaten", "read without -r, unquoted words", func(v string) string { return strings.ReplaceAll(v, `\`, "") })),
	one("shell", "in double quotes", `\" \$ \\`, func(v string) string {
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(v)
	}),
	one("shell", `quotes as \"`, "naive escaping", func(v string) string { return strings.ReplaceAll(v, `"`, `\"`) }),
	one("shell", "dollars doubled", "make, docker compose", func(v string) string { return strings.ReplaceAll(v, "$", "$$") }),
	one("shell", "single quotes doubled", "SQL, YAML, PowerShell", func(v string) string { return strings.ReplaceAll(v, "'", "''") }),
	one("shell", "carets", "cmd", func(v string) string {
		return strings.NewReplacer("^", "^^", "&", "^&", "<", "^<", ">", "^>", "|", "^|", "(", "^(", ")", "^)", "%", "^%", "!", "^!", `"`, `^"`).Replace(v)
	}),
	one("shell", "colour codes inside", "grep --color", grepColour),
}

// cut shortens a value at a character.
func cutAt(v string, n int) string {
	for n < len(v) && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

// cuts are the lengths at which values are cut: far enough in to be
// distinctive, and one byte from the end.
func cuts(after string) func(string) []Spelling {
	return func(v string) []Spelling {
		v = strings.TrimSpace(v)
		if len(v) < 16 {
			return nil
		}
		var all []Spelling
		for _, n := range []int{len(v) * 7 / 10, len(v) - 1} {
			for _, before := range []string{"", "token is ", `{"token":"`, "a=1 token="} {
				all = append(all, Spelling{Before: before, Text: cutAt(v, n), After: after})
			}
		}
		return all
	}
}

var partial = []Form{
	{Family: "partial", Name: "cut at the end of the input", Made: "limits on length", Own: true, Spell: cuts("")},
	{Family: "partial", Name: "cut before three dots", Made: "shorteners", Own: true, Spell: cuts("... (truncated)")},
	{Family: "partial", Name: "cut before an ellipsis", Made: "shorteners", Own: true, Spell: cuts("… (truncated)")},
}
