package secretsregistry_test

import (
	"fmt"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Put of one more version of a name of which n are retained.
func BenchmarkPut(b *testing.B) {
	for _, retained := range []int{0, 100, 1500, 10_000} {
		b.Run(fmt.Sprint("retained=", retained), func(b *testing.B) {
			n := 0
			value := func(n int) string { return fmt.Sprintf("a-password-of-version-%08d", n) }
			put := func(r *secretsregistry.Registry) {
				n++
				if err := r.Put(redact.NewSecret("payments/db/password", fmt.Sprint("v", n), []byte(value(n)))); err != nil {
					b.Fatal(err)
				}
			}
			var reg *secretsregistry.Registry
			for i := 0; b.Loop(); i++ {
				if i%100 == 0 { // keep about as many retained
					b.StopTimer()
					reg, n = secretsregistry.New(), 0
					for range retained {
						put(reg)
					}
					b.StartTimer()
				}
				put(reg)
			}
			if got, want := reg.Matcher().String("it is "+value(n)+"."), fmt.Sprintf("it is [REDACTED:payments/db/password@v%d].", n); got != want {
				b.Fatalf("got %s, want %s", got, want)
			}
		})
	}
}
