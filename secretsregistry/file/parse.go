package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"gopkg.in/yaml.v3"
)

// malformed is an error in our own words: those of a decoder quote its input.
func malformed(what string) error {
	return fmt.Errorf("%s: %w", what, secretsregistry.ErrMalformed)
}

// parse takes the fields out of a file, by its extension.
func parse(name string, data []byte) (map[string]string, error) {
	switch path.Ext(name) {
	case ".json":
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var doc map[string]any
		if d.Decode(&doc) != nil {
			return nil, malformed("no JSON object")
		}
		if _, err := d.Token(); err != io.EOF {
			return nil, malformed("text after the JSON object")
		}
		return flat(doc)
	case ".yaml", ".yml":
		var doc map[string]any
		if yaml.Unmarshal(data, &doc) != nil {
			return nil, malformed("no YAML mapping")
		}
		return flat(doc)
	case ".env":
		return dotenv(data)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return map[string]string{"value": string(data)}, nil
}

// flat makes texts of the values; what is nested becomes JSON, which the
// classification looks into.
func flat(doc map[string]any) (map[string]string, error) {
	fields := make(map[string]string, len(doc))
	for k, v := range doc {
		switch v := v.(type) {
		case nil:
		case string:
			fields[k] = v
		default:
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if enc.Encode(v) != nil {
				return nil, malformed("a value that is no text")
			}
			fields[k] = strings.TrimSuffix(b.String(), "\n")
		}
	}
	return fields, nil
}

// dotenv reads NAME=value lines: comments, "export ", single quotes (as they
// are), double quotes (with \n, \t, \", \\ and \$) that may span lines.
func dotenv(data []byte) (map[string]string, error) {
	fields := map[string]string{}
	s := strings.TrimPrefix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\ufeff")
	for line := 1; s != ""; line++ {
		text, rest, _ := strings.Cut(s, "\n")
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			s = rest
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(text, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, malformed(fmt.Sprintf("line %d: no NAME=value", line))
		}
		value = strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(value, "'"), strings.HasPrefix(value, `"`):
			// From the quote on in the whole rest, since it may span lines.
			start := strings.IndexByte(s, '=')
			body := strings.TrimLeft(s[start+1:], " \t")
			v, n := quoted(body)
			if n < 0 {
				return nil, malformed(fmt.Sprintf("line %d: quote not closed", line))
			}
			fields[name] = v
			line += strings.Count(body[:n], "\n")
			_, s, _ = strings.Cut(body[n:], "\n")
		default:
			if i := strings.Index(value, " #"); i >= 0 {
				value = strings.TrimSpace(value[:i])
			}
			if value != "" {
				fields[name] = value
			}
			s = rest
		}
	}
	return fields, nil
}

// quoted returns the text of a quoted string at the start of s and where it
// ends, -1 if it does not.
func quoted(s string) (string, int) {
	q := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == q:
			return b.String(), i + 1
		case c == '\\' && q == '"' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case '"', '\\', '$':
				b.WriteByte(s[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", -1
}
