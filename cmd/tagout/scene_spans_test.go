package main

import (
	"strings"
	"testing"
)

// CLI-21, CLI-22: the demo shows a span before and after, every position of it.
func TestDemoSpans(t *testing.T) {
	out, err := playDemo(t, 0, []scene{{"A span", "", sceneSpans}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, position := range []string{"span POST", "tracestate", "status Error", "resource process.command_args",
		"db.connection_string", "request.body", "request.headers", "exception.message"} {
		var before, after bool
		for line := range strings.Lines(out) {
			if !strings.Contains(line, position) {
				continue
			}
			tagged := strings.Contains(line, "[REDACTED:payments/")
			before = before || strings.HasPrefix(line, "   - ") && !tagged
			after = after || strings.HasPrefix(line, "   + ") && tagged
		}
		if !before || !after {
			t.Errorf("%s: shown before: %v, redacted after: %v", position, before, after)
		}
	}
}
