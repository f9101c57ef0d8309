package vault

import (
	"strconv"
	"time"
)

// staticKeys describe the rotation of a static role and are no part of the
// secret: the ttl differs at every read, and would look like a rotation.
var staticKeys = []string{"ttl", "last_vault_rotation", "rotation_period", "rotation_schedule", "rotation_window"}

// repoll is how long an answer of a static role is trusted that Vault was
// about to replace.
const repoll = 2 * time.Second

// staticState is what the last read of a static role said.
type staticState struct {
	rotated string
	ends    time.Time
}

// staticTTL reads how long the password of a static role stays. Two answers are
// not to be believed: a ttl of 0 (the rotation is due or under way), and a ttl
// that grew while the time of the last rotation stayed (the old password with
// the life of the new one). Both are read again soon.
func (p *Provider) staticTTL(path string, data map[string]any, asked time.Time) (time.Duration, bool) {
	rotated, ok := data["last_vault_rotation"].(string)
	if !ok || data["ttl"] == nil {
		return 0, false
	}
	ttl := seconds(data["ttl"])
	if ttl == 0 {
		return repoll, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last, seen := p.static[path]
	ends := asked.Add(ttl)
	// Two seconds for rounding and for the time under way.
	if seen && last.rotated == rotated && ends.After(last.ends.Add(2*time.Second)) {
		return repoll, true
	}
	p.static[path] = staticState{rotated, ends}
	return ttl, true
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
