//go:build binary_log

package zerologredact_test

import (
	"io"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// ZERO-7: a binary build is refused where the writer is made, not at the first
// event, and lets nothing through.
func TestBinaryRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a binary build must be refused")
		}
	}()
	zerologredact.NewWriter(io.Discard, &redact.Matcher{})
}
