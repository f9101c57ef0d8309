package tagoutprocessor

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// traceState keeps what is valid valid: a member whose key holds a secret is
// dropped, a tag that does not fit into a value becomes the constant one, and if
// a secret spans members all of them are dropped.
func (w *walk) traceState(ts pcommon.TraceState) {
	raw := ts.AsRaw()
	if raw == "" {
		return
	}
	ev := w.events[posTraceState]
	if ev.Clean([]byte(raw)) {
		return
	}
	w.hits++
	var out []string
	for member := range strings.SplitSeq(raw, ",") {
		key, value, ok := strings.Cut(member, "=")
		if !ok || ev.String(key) != key { // what has no value is not valid
			continue
		}
		if t := ev.String(value); t != value {
			if !validValue(t) {
				t = "[REDACTED]"
			}
			value = t
		}
		out = append(out, key+"="+value)
	}
	joined := strings.Join(out, ",")
	if !ev.Clean([]byte(joined)) {
		joined = ""
	}
	ts.FromRaw(joined)
}

// validValue says whether s can be the value of a member: up to 256 printable
// characters but comma and equals sign, the last of them not a space. The tags
// of a foreign registry may be of any format.
func validValue(s string) bool {
	if s == "" || len(s) > 256 || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ',' || c == '=' {
			return false
		}
	}
	return true
}
