package secretsregistry

import "fmt"

// A State says where a version of a secret stands in its life. Versions in all
// states are redacted.
type State uint8

const (
	// Pending: staged by the manager, and often valid at the target already, but
	// not current yet.
	Pending State = iota + 1
	// Current: what the manager hands out now.
	Current
	// Previous: the version before the current one. Where the manager lists it,
	// its grace does not begin before the manager stops doing so.
	Previous
	// Retired: older, replaced or removed; kept for its grace.
	Retired
)

var stateNames = [...]string{Pending: "pending", Current: "current", Previous: "previous", Retired: "retired"}

func (s State) String() string {
	if int(s) < len(stateNames) && s != 0 {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText implements encoding.TextMarshaler.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
