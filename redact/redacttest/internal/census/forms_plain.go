package census

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

func multiline(v string) bool { return strings.Contains(strings.TrimSpace(v), "\n") }

// eachLine rewrites every line; the first keeps what its context puts before it.
func eachLine(v, prefix string) string { return strings.ReplaceAll(v, "\n", "\n"+prefix) }

// fold breaks lines as fold -w does, and keeps to characters.
func fold(v string, width int, prefix string) string {
	var b strings.Builder
	col := 0
	for _, r := range v {
		if n := len(string(r)); col+n > width {
			b.WriteString("\n" + prefix)
			col = 0
		}
		b.WriteRune(r)
		if col += len(string(r)); r == '\n' {
			col = 0
		}
	}
	return b.String()
}

func folded(width int, prefix string) func(string) string {
	return func(v string) string { return fold(v, width, prefix) }
}

var plain = []Form{
	one("plain", "literal", "the value itself", func(v string) string { return v }),
	{Family: "plain", Name: "surrounding white space trimmed", Made: "strings.TrimSpace", Register: func(v string) string { return " \t" + v + "\n" },
		Spell: func(v string) []Spelling { return []Spelling{{Text: strings.TrimSpace(v)}} }},
	{Family: "plain", Name: "surrounding double quotes stripped", Made: "dotenv readers", Register: func(v string) string { return `"` + v + `"` },
		Spell: func(v string) []Spelling { return []Spelling{{Text: v}} }},
	{Family: "plain", Name: "surrounding single quotes stripped", Made: "dotenv readers", Register: func(v string) string { return `'` + v + `'` },
		Spell: func(v string) []Spelling { return []Spelling{{Text: v}} }},
	when(multiline, one("plain", "CRLF for LF", "net/textproto, unix2dos", func(v string) string { return strings.ReplaceAll(v, "\n", "\r\n") })),
	when(multiline, one("plain", "newlines as spaces", `tr '\n' ' '`, func(v string) string { return strings.ReplaceAll(strings.TrimSpace(v), "\n", " ") })),
	when(multiline, one("plain", "newlines removed", `tr -d '\n'`, func(v string) string { return strings.ReplaceAll(v, "\n", "") })),
	when(multiline, one("plain", "every line indented by spaces", "YAML block scalars", func(v string) string { return eachLine(v, "    ") })),
	when(multiline, one("plain", "every line indented by a tab", "Go stack traces", func(v string) string { return eachLine(v, "\t") })),
	when(multiline, one("plain", "every line after a timestamp", "log collectors", func(v string) string { return eachLine(v, "2026-01-02T03:04:05.678901234Z ") })),
	when(multiline, one("plain", "every line after a name", "docker compose", func(v string) string { return eachLine(v, "web-1  | ") })),
	when(multiline, one("plain", "every line after a mark", "email quotes, diffs", func(v string) string { return eachLine(v, "> ") })),
	one("plain", "wrapped at 16 columns", "fold -w 16", folded(16, "")),
	one("plain", "wrapped at 40 columns", "fold -w 40", folded(40, "")),
	one("plain", "wrapped at 76 columns", "fold -w 76", folded(76, "")),
	one("plain", "wrapped at 40 columns and indented", "YAML folded scalars, terminals", folded(40, "    ")),
}

// dumpPart is the part of a dump of before+v+after that shows v: from its first
// byte on the left to the end of its last line.
func dumpPart(before, v, after string) Spelling {
	dump := hex.Dump([]byte(before + v + after))
	const left = len("00000000  ")
	lineLen := strings.IndexByte(hex.Dump(make([]byte, 16)), '\n') + 1
	column := func(i int) int { // of byte i within its line
		c := left + 3*(i%16)
		if i%16 >= 8 {
			c++
		}
		return c
	}
	first, last := len(before), len(before)+len(v)-1
	start := first/16*lineLen + column(first)
	end := min(last/16*lineLen+lineLen, len(dump))
	s := Spelling{Before: dump[:start], Text: dump[start:end], After: dump[end:]}
	for i, line := range strings.Split(strings.TrimSuffix(s.Text, "\n"), "\n") {
		if bar := strings.IndexByte(line, '|'); bar >= 0 {
			gutter := strings.TrimSuffix(line[bar+1:], "|")
			if i == 0 {
				gutter = gutter[min(first%16, len(gutter)):]
			}
			if row := first/16 + i; row == last/16 && len(gutter) > last%16+1 {
				gutter = gutter[:last%16+1]
			}
			s.Parts = append(s.Parts, gutter)
		}
	}
	return s
}

func verb(format string) func(string) string {
	return func(v string) string { return fmt.Sprintf(format, v) }
}

var golang = []Form{
	one("Go", "quoted", "%q, strconv.Quote", func(v string) string { return unquoted(strconv.Quote(v)) }),
	one("Go", "quoted to ASCII", "%+q, strconv.QuoteToASCII", func(v string) string { return unquoted(fmt.Sprintf("%+q", v)) }),
	one("Go", "hexadecimal", "%x, encoding/hex", verb("%x")),
	one("Go", "hexadecimal in capitals", "%X", verb("%X")),
	one("Go", "hexadecimal with spaces", "% x", verb("% x")),
	one("Go", "[]byte as decimal numbers", "%v of a []byte", func(v string) string { return strings.Trim(fmt.Sprint([]byte(v)), "[]") }),
	one("Go", "[]byte as Go syntax", "%#v of a []byte", func(v string) string {
		return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(v)), "[]byte{"), "}")
	}),
	{Family: "Go", Name: "dump", Made: "hex.Dump", Spell: func(v string) []Spelling { return []Spelling{dumpPart("", v, "")} }},
	{Family: "Go", Name: "inside a longer dump", Made: "hex.Dump of a request", Spell: func(v string) []Spelling {
		const before = "POST /login HTTP/1.1\r\npw="
		return []Spelling{dumpPart(before, v, "&ok=1\r\n\r\n"), dumpPart(before[:16], v, "&ok=1\r\n\r\n"), dumpPart(before[:9], v, "&")}
	}},
}
