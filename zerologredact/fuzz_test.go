//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// FuzzWriter: whatever comes in, the length is that of the input, valid JSON
// stays valid, and a second writer changes nothing.
func FuzzWriter(f *testing.F) {
	for _, s := range []string{`{"k":"kestrel-4471"}`, `{"kestrel-4471":{"password":[1,2]}}` + "\n", `{"n":90210447,"u":"\u006bestrel-4471"}`, "kestrel-4471", `"kestrel-4471`, "{}\n{}"} {
		f.Add([]byte(s))
	}
	m := matcher(f, "v1", "kestrel-4471")
	rules := zerologredact.WithKeyRules(keyrules.New())
	f.Fuzz(func(t *testing.T, in []byte) {
		var once, twice bytes.Buffer
		keep := bytes.Clone(in)
		if n, err := zerologredact.NewWriter(&once, m, rules).Write(in); n != len(in) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
		if !bytes.Equal(in, keep) {
			t.Fatal("the input was changed")
		}
		if bytes.Contains(once.Bytes(), []byte("kestrel-4471")) {
			t.Errorf("%q: %q", in, once.Bytes())
		}
		if json.Valid(in) {
			if !json.Valid(once.Bytes()) {
				t.Errorf("%q became invalid: %q", in, once.Bytes())
			}
			if _, err := zerologredact.NewWriter(zerologredact.NewWriter(&twice, m, rules), m, rules).Write(in); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Errorf("%q: once %q, twice %q, %v", in, once.Bytes(), twice.Bytes(), err)
			}
		}
	})
}
