package slogredact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/slogredact"
)

// FuzzHandler: a text reads the same as a message, a value, an error, a bound
// attribute and a member of a map: as the matcher has it.
func FuzzHandler(f *testing.F) {
	for _, s := range []string{"a kestrel-4471 b", "clean", "kestrel-4471kestrel-4471", `"kestrel\u002d4471"`, "a2VzdHJlbC00NDcx", "kestrel-\n4471"} {
		f.Add(s)
	}
	m := matcher(f, "v1", "kestrel-4471")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("JSON cannot carry it")
		}
		var b bytes.Buffer
		slog.New(slogredact.NewHandler(slog.NewJSONHandler(&b, nil), m)).With("bound", s).Info(s, "value", s, "err", errors.New(s), "map", map[string]string{"k": s})
		var got struct {
			Msg, Bound, Value, Err string
			Map                    map[string]string
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, b.Bytes())
		}
		want := m.String(s)
		for name, g := range map[string]string{"message": got.Msg, "bound": got.Bound, "value": got.Value, "error": got.Err} {
			if g != want {
				t.Errorf("%s of %q is %q, want %q", name, s, g, want)
			}
		}
		if bytes.Contains(b.Bytes(), []byte("kestrel-4471")) {
			t.Errorf("shown: %s", b.Bytes())
		}
	})
}
