package tagoutprocessor

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// traceState keeps what is valid valid: a member whose key holds a secret is
// dropped, a tag with a comma becomes the constant one, and if a secret spans
// members all of them are dropped.
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
			if strings.Contains(t, ",") || len(t) > 256 {
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
