package secretsregistry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Put of one more version of a name of which some are retained: with a pause
// before each, as rotations have it, and in a row, while the set is rebuilt in
// the background. Use a -benchtime of 100x or so: each adds a version.
func BenchmarkPut(b *testing.B) {
	value := func(n int) string { return fmt.Sprintf("a-password-of-version-%08d", n) }
	version := func(n int) redact.Secret {
		return redact.NewSecret("payments/db/password", fmt.Sprint("v", n), []byte(value(n)))
	}
	for _, retained := range []int{0, 1500, 10_000} {
		for _, pause := range []time.Duration{50 * time.Millisecond, 0} {
			name := fmt.Sprintf("retained=%d/paced", retained)
			if pause == 0 {
				name = fmt.Sprintf("retained=%d/row", retained)
			}
			b.Run(name, func(b *testing.B) {
				reg := secretsregistry.New()
				var all []redact.Secret
				for n := range retained {
					all = append(all, version(n))
				}
				if err := reg.Put(all...); err != nil {
					b.Fatal(err)
				}
				n := retained
				for b.Loop() {
					if pause > 0 {
						b.StopTimer()
						time.Sleep(pause)
						b.StartTimer()
					}
					if err := reg.Put(version(n)); err != nil {
						b.Fatal(err)
					}
					n++
				}
				if got, want := reg.Matcher().String("it is "+value(n-1)+"."), fmt.Sprintf("it is [REDACTED:payments/db/password@v%d].", n-1); got != want {
					b.Fatalf("got %s, want %s", got, want)
				}
				if k := reg.Matcher().Len(); k != n {
					b.Fatalf("%d values in force, want %d", k, n)
				}
			})
		}
	}
}
