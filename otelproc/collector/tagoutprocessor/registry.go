package tagoutprocessor

import (
	"github.com/seed-00b494d3/tagout/redact"
)

// A Registry is what the processor needs of the extension that holds the
// secrets. Its methods are safe for concurrent use and do not block.
type Registry interface {
	redact.Source

	// Unavailable says why the registry cannot vouch for its secrets, in a word
	// such as "empty" or "stale". It returns "" if it can.
	Unavailable() string
}

// missing stands for a registry that is not there.
type missing struct{}

var nothing, _ = redact.NewMatcher(nil) // no secrets: no errors

func (missing) Matcher() *redact.Matcher { return nothing }
func (missing) Unavailable() string      { return "missing" }
