package redact_test

import (
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// Check says beforehand what Update says afterwards.
func TestCheckAgreesWithUpdate(t *testing.T) {
	m, err := redact.NewMatcher(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []redact.Secret{
		{},
		redact.NewSecret("", "v1", []byte("long enough")),
		redact.NewSecret("a", "v1", []byte("short")),
		redact.NewSecret("a", "v1", []byte("short")).WithMinLength(4),
		redact.NewSecret("a", "v1", []byte("short")).WithMinLength(1),
		redact.NewSecret("a", "v1", []byte("          ")),
		redact.NewSecret("a", "v1", []byte("x [REDACTED x")),
		redact.NewSecret("a", "v1", []byte("long enough")),
		redact.NewSecret("a", "v1", make([]byte, redact.MaxLength+1)),
	} {
		check := m.Check(s)
		if _, err := m.Update([]redact.Secret{s}, nil); (err == nil) != (check == nil) || err != nil && err.Error() != check.Error() {
			t.Errorf("Check %v, Update %v", check, err)
		}
	}
	if err := redact.Closed().Check(redact.Secret{}); err != nil {
		t.Errorf("closed: %v", err)
	}
}
