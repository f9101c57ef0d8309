package secretsregistry_test

import (
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Registry with guarded memory works as any other (REDACT-22).
func TestGuardedRegistry(t *testing.T) {
	reg := secretsregistry.New(secretsregistry.WithMatcherOptions(redact.WithGuardedMemory()))
	for _, version := range []string{"v1", "v2", "v3"} {
		s, err := redact.NewGuardedSecret("db/password", version, []byte("kestrel-"+version+"-Moor/Lane"))
		if err != nil {
			t.Fatal(err)
		}
		if err := reg.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	got := reg.Matcher().String("kestrel-v1-Moor/Lane kestrel-v2-Moor/Lane a2VzdHJlbC12My1Nb29yL0xhbmU=")
	if want := "[REDACTED:db/password@v1] [REDACTED:db/password@v2] [REDACTED:db/password@v3]="; got != want && got != want[:len(want)-1] {
		t.Errorf("got %q, want %q", got, want)
	}
}
