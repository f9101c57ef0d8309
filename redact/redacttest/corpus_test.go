package redacttest

import (
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// Where the corpus asks for more than raw values, the oracle must not find it.
func TestOracleAgreesWithCorpus(t *testing.T) {
	beyond := map[string]bool{"white space around the value": true, "quotes around the value": true, "name that holds a value": true,
		"value that is part of its own name": true}
	for _, c := range Corpus(t) {
		if (c.File == "plain" || c.File == "tags") && !beyond[c.Name] {
			diff(t, c, "oracle", c.Oracle().Redact(c.Input), c.Want(redact.TagVersioned, true))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no reason":       "=== x\nsecret: a v1 12345678\n--- input\na\n--- want\na\n",
		"no secret":       "=== x\nwhy: y\n--- input\na\n--- want\na\n",
		"no input":        "=== x\nwhy: y\nsecret: a v1 12345678\n--- want\na\n",
		"no want":         "=== x\nwhy: y\nsecret: a v1 12345678\n--- input\na\n",
		"bad secret":      "=== x\nwhy: y\nsecret: a v1\n--- input\na\n--- want\na\n",
		"bad literal":     "=== x\nwhy: y\nsecret: a v1 \"\\q\"\n--- input\na\n--- want\na\n",
		"bad go section":  "=== x\nwhy: y\nsecret: a v1 12345678\n--- input go\na\n--- want\na\n",
		"unknown header":  "=== x\nwhy: y\nwhen: now\nsecret: a v1 12345678\n--- input\na\n--- want\na\n",
		"unknown section": "=== x\nwhy: y\nsecret: a v1 12345678\n--- input\na\n--- want\na\n--- output\na\n",
		"same name twice": "=== x\nwhy: y\nsecret: a v1 12345678\n--- input\na\n--- want\na\n=== x\nwhy: y\nsecret: a v1 12345678\n--- input\na\n--- want\na\n",
	} {
		if _, err := parse("f", text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
