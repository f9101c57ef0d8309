package batch

import (
	"fmt"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// A value is seen at whatever place among however many texts, and what was asked
// about while there was no more room counts to the end.
func TestBatch(t *testing.T) {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("a", "v1", []byte("kestrel77moor"))})
	if err != nil {
		t.Fatal(err)
	}
	ev := redact.NewSink(m, "test").Event()
	for n := range 100 {
		for dirty := -1; dirty < n; dirty++ {
			var b Batch
			b.Begin(ev)
			for i := range n {
				s := fmt.Sprintf("text number %d", i)
				if i == dirty {
					s = "it is kestrel77moor"
				}
				b.Add(s)
			}
			if got := b.Clean(); got != (dirty < 0) {
				t.Fatalf("%d texts, the value in %d: %t", n, dirty, got)
			}
		}
	}
}
