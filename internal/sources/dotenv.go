package sources

import (
	"bytes"
	"strings"
)

// parseDotenv reads lines of NAME=VALUE. "export" may stand in front; lines that
// begin with # are comments. In double quotes \n, \r, \t, \", \\ and \$ are
// escapes, in single quotes and back quotes nothing is; quoted values may go
// over lines. Unquoted values end at " #" or the end of the line. Variables are
// not expanded.
func parseDotenv(path string, data []byte) (*node, error) {
	root := &node{kind: mapping, line: 1}
	text := string(data)
	for line := 1; text != ""; line++ {
		cur, rest, _ := strings.Cut(text, "\n")
		trimmed := strings.TrimSpace(cur)
		if trimmed == "" || trimmed[0] == '#' {
			text = rest
			continue
		}
		name, _, ok := assignment([]byte(trimmed))
		if !ok {
			return nil, &Error{Path: path, Line: line, Msg: "not NAME=VALUE"}
		}
		value := strings.TrimLeft(text[strings.IndexByte(text, '=')+1:], " \t")
		item := &node{line: line}
		if value != "" && strings.IndexByte("\"'`", value[0]) >= 0 {
			body, end, ok := quoted(value)
			if !ok {
				return nil, &Error{Path: path, Line: line, Msg: "a quote that is not closed"}
			}
			after, next, _ := strings.Cut(value[end:], "\n")
			if after = strings.TrimSpace(after); after != "" && after[0] != '#' {
				return nil, &Error{Path: path, Line: line + strings.Count(value[:end], "\n"), Msg: "something follows the closing quote"}
			}
			line += strings.Count(value[:end], "\n")
			item.text, rest = body, next
		} else {
			_, value, _ = strings.Cut(cur, "=")
			item.text = strings.TrimSpace(uncomment(value))
		}
		if item.text == "" {
			item.skipped = "empty"
		}
		root.keys, root.items = append(root.keys, name), append(root.items, item)
		text = rest
	}
	return root, nil
}

// assignment splits NAME=VALUE.
func assignment(line []byte) (name, value string, ok bool) {
	k, v, ok := bytes.Cut(line, []byte("="))
	if !ok {
		return "", "", false
	}
	name = strings.TrimSpace(string(k))
	if after, ok := strings.CutPrefix(name, "export"); ok && after != "" && (after[0] == ' ' || after[0] == '\t') {
		name = strings.TrimSpace(after)
	}
	if name == "" || '0' <= name[0] && name[0] <= '9' {
		return "", "", false
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == '-') {
			return "", "", false
		}
	}
	return name, string(v), true
}

// quoted returns the content of the quoted string at the start of s and where it
// ends.
func quoted(s string) (body string, end int, ok bool) {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return b.String(), i + 1, true
		case c == '\\' && quote == '"' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case '"', '\\', '$', '`':
				b.WriteByte(s[i])
			default: // no escape: both bytes are meant
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// uncomment drops a comment that follows white space.
func uncomment(s string) string {
	for i := range len(s) {
		if s[i] == '#' && i > 0 && (s[i-1] == ' ' || s[i-1] == '\t') {
			return s[:i]
		}
	}
	return s
}
