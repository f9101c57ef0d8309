package httpmw

import (
	"testing"

	"go.uber.org/goleak"
)

// HTTP-62: no goroutine outlives its test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
