package keyrules

import (
	"encoding/json"
	"testing"
)

// FuzzMatch holds the prefilter against the whole-word check without it.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"password", "x-api-key", "APIKey", "cache_key", "pass_word", "tokentoken", "a\x80token"} {
		f.Add(s)
	}
	r := New(Except("csrf_token"))
	f.Fuzz(func(t *testing.T, s string) {
		k := split(s)
		want, hit := r.match(&k)
		tag, ok := r.Match(s)
		if ok != hit || ok && tag != want {
			t.Errorf("Match(%q) = %q, %v; without the prefilter %q, %v", s, tag, ok, want, hit)
		}
	})
}

// FuzzAppendJSON: valid JSON stays valid, and once is enough.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{`{"password":"x"}`, `{"a":{"token":[1,{"b":2}]}}`, `{"password":"cut`, `[{"pwd":1.5e3},"x"]`} {
		f.Add([]byte(s))
	}
	r := New()
	f.Fuzz(func(t *testing.T, b []byte) {
		got := r.AppendJSON(nil, b)
		if json.Valid(b) {
			if !json.Valid(got) {
				t.Errorf("%s became invalid: %s", b, got)
			}
			if again := r.AppendJSON(nil, got); string(again) != string(got) {
				t.Errorf("%s: twice gives %s", got, again)
			}
		}
	})
}
