package redact_test

import (
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// TestHitOnce: an occurrence is reported once, whatever the ways in which it
// can be decoded (REDACT-17).
func TestHitOnce(t *testing.T) {
	for text, form := range map[string]redact.Form{
		`x kestrel\u002d77\u002dMoor y`:     "raw+json",
		"x kestrel%2d77%2DMoor y":           "raw+percent",
		`"a":"kestrel\\u002d77\\u002dMoor"`: "",
		"kestrel-77-Moor":                   redact.FormRaw,
	} {
		obs := &observer{}
		m := matcher(t, []redact.Secret{secret("a", "kestrel-77-Moor")}, redact.WithObserver(obs))
		m.String(text)
		if len(obs.hits) != 1 || form != "" && obs.hits[0].Form != form {
			t.Errorf("%s: %v", text, obs.hits)
		}
	}
}
