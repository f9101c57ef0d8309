package redact_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// Release after each byte, as when somebody types, lets no more than three
// bytes of a value out (REDACT-3).
func TestStreamWriterReleaseAlways(t *testing.T) {
	for text, four := range map[string]string{
		"<kestrel-77-Moor/Lane>":                     "kest",
		"<kestrel%2D77%2DMoor%2FLane>":               "kest",
		`<kestrel\u002d77\u002dMoor\/Lane>`:          "kest",
		"<%6bestrel-77-Moor/Lane>":                   "%6be",
		"<a2VzdHJlbC03Ny1Nb29yL0xhbmU=>":             "a2Vz",
		"<kekestrel-77-Moor/Lane>":                   "kest",
		"kestrel-kestrel-77-Moor/Lane":               "kestrel-7",
		"<6b65737472656c2d37372d4d6f6f722f4c616e65>": "6b65",
	} {
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, known(t))
		for _, c := range []byte(text) {
			w.Write([]byte{c})
			if err := w.Release(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), four) || strings.Contains(out.String(), "Lane") {
			t.Errorf("%q: %q", text, out.String())
		}
	}
}
