package main

import (
	"strings"
	"testing"
)

// CLI-21, CLI-22: the demo shows a service before and after, each place where HTTP
// leaks: in the log with the names of secrets, to the peer without.
func TestDemoService(t *testing.T) {
	out, err := playDemo(t, 0, []scene{{"A web service", "", sceneService}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const named, constant = "[REDACTED:payments/", "[REDACTED]"
	for _, tt := range []struct{ position, tag string }{
		{" query=", named}, {"request_headers.Authorization=", "[REDACTED"}, {" panic=", named},
		{" X-Upstream: ", constant}, {" config: ", constant}, {" X-Signed-With: ", constant},
	} {
		var before, after bool
		for line := range strings.Lines(out) {
			if !strings.Contains(line, tt.position) {
				continue
			}
			before = before || strings.HasPrefix(line, "   - ") && !strings.Contains(line, "[REDACTED")
			after = after || strings.HasPrefix(line, "   + ") && strings.Contains(line, tt.tag)
		}
		if !before || !after {
			t.Errorf("%s: shown before: %v, redacted after: %v\n%s", tt.position, before, after, out)
		}
	}
}
