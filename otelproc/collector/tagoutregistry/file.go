package tagoutregistry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// fileSource reads one file.
type fileSource struct{ path, format string }

func (s *fileSource) String() string { return "file " + s.path }

func (s *fileSource) load(_ context.Context, to *loaded) error {
	put := to.put
	b, err := readFile(s.path, maxFile)
	if err != nil {
		return err
	}
	switch s.format {
	case "raw":
		put("", trimNewline(b))
		return nil
	case "dotenv":
		return dotenv(b, put)
	default:
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		var v map[string]any
		if dec.Decode(&v) != nil || dec.More() { // its error may quote content
			return errors.New("not a JSON object")
		}
		return flatten("", v, 0, put)
	}
}

// flatten gives the strings and numbers of nested objects, under the path of
// their keys.
func flatten(path string, v any, depth int, put func(name, value string)) error {
	if depth > 16 {
		return errors.New("objects are nested deeper than 16")
	}
	switch v := v.(type) {
	case string:
		put(path, v)
	case json.Number:
		put(path, v.String())
	case map[string]any:
		for k, e := range v {
			if path != "" {
				k = path + "/" + k
			}
			if err := flatten(k, e, depth+1, put); err != nil {
				return err
			}
		}
	case []any:
		for i, e := range v {
			if err := flatten(path+"/"+strconv.Itoa(i), e, depth+1, put); err != nil {
				return err
			}
		}
	}
	return nil
}

// dotenv reads KEY=value lines, blank lines and comments. A value may be in
// single quotes, where it is literal, or in double quotes with Go's escapes.
func dotenv(b []byte, put func(name, value string)) error {
	line := 0
	for l := range strings.Lines(string(b)) {
		line++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(strings.TrimPrefix(l, "export "), "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return fmt.Errorf("line %d is not KEY=value", line)
		}
		value = strings.TrimSpace(value)
		if n := len(value); n >= 2 && value[0] == '\'' && value[n-1] == '\'' {
			value = value[1 : n-1]
		} else if n >= 2 && value[0] == '"' && value[n-1] == '"' {
			if u, err := strconv.Unquote(value); err == nil {
				value = u
			} else {
				value = value[1 : n-1]
			}
		}
		if value != "" {
			put(key, value)
		}
	}
	return nil
}

// trimNewline drops the line end that editors and echo leave.
func trimNewline(b []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
}
