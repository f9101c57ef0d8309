package census

import (
	"bytes"
	"os"
	"testing"
)

// REDACT-20: the published share of spellings.
func TestShares(t *testing.T) {
	r, err := Run(Forms(), Secrets())
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Forms {
		for j, c := range r.Cells[i] {
			if c.Applies() && !c.Full() {
				t.Logf("%s, %s, of the %s: %d of %d masked; not: %s", f.Family, f.Name, r.Secrets[j].Name, c.Masked, c.Tried, c.Failure)
			}
		}
	}
	for _, family := range Complete {
		if s := r.Share(family); s.Full != s.Of {
			t.Errorf("family %s: %d of %d, want all", family, s.Full, s.Of)
		}
	}
	if s := r.Share(""); s.Percent() < 95 {
		t.Errorf("all forms: %d of %d (%.1f %%), want 95 %%", s.Full, s.Of, s.Percent())
	}
	t.Run("published", func(t *testing.T) {
		var want bytes.Buffer
		if err := r.WriteMarkdown(&want); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../../../docs/forms.md")
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/forms.md is out of date (%v): run go generate ./redact/redacttest/internal/census", err)
		}
	})
}
