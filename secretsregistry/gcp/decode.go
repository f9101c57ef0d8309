package gcp

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// decode splits a JSON object into its fields, one level deep: strings as they
// are, everything else as JSON. Any other text is one field.
func decode(s string) map[string]string {
	if s == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return map[string]string{"value": s}
	}
	if _, err := d.Token(); err != io.EOF {
		return map[string]string{"value": s}
	}
	m := make(map[string]string, len(object))
	for k, v := range object {
		switch v := v.(type) {
		case nil:
		case string:
			m[k] = v
		default:
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if enc.Encode(v) == nil {
				m[k] = strings.TrimSuffix(b.String(), "\n")
			}
		}
	}
	return m
}
