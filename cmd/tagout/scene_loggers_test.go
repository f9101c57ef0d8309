package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// CLI-21, CLI-22: the demo shows each logger before and after, message, bound
// field, struct and error, and what redacts is its adapter, which counts the hits.
func TestDemoLoggers(t *testing.T) {
	var st *stage
	out, err := playDemo(t, 0, []scene{{"Loggers", "", sceneLoggers}}, func(s *stage) { st = s })
	if err != nil {
		t.Fatal(err)
	}
	const pw, key, relay = "[REDACTED:payments/db/password@v1]", "[REDACTED:payments/api/key@v1]", "[REDACTED:payments/relay/password@v1]"
	for i, want := range []struct{ sink, line string }{
		{"slog", `level=ERROR msg="cannot log in as app with ` + pw + `" relay=` + relay + ` config="{Host:db Password:` + pw + `}" error="api key ` + key + ` is revoked"`},
		{"zap", `{"level":"error","msg":"cannot log in as app with ` + pw + `","relay":"` + relay + `","config":{"Host":"db","Password":"` + pw + `"},"error":"api key ` + key + ` is revoked"}`},
		{"zerolog", `{"level":"error","relay":"` + relay + `","config":{"Host":"db","Password":"` + pw + `"},"error":"api key ` + key + ` is revoked","message":"cannot log in as app with ` + pw + `"}`},
		{"log", `relay=` + relay + ` cannot log in as app with ` + pw + `: config {"db" "` + pw + `"}, api key ` + key + ` is revoked`},
	} {
		_, part, _ := strings.Cut(out, "   "+loggings[i].title+"\n")
		before, after, _ := strings.Cut(part, "\n")
		after, _, _ = strings.Cut(after, "\n")
		if after != "   + "+want.line {
			t.Errorf("%s:\ngot  %s\nwant    + %s", loggings[i].title, after, want.line)
		}
		if !strings.HasPrefix(before, "   - ") || strings.Contains(before, "[REDACTED") || strings.Count(before, "Zq7!mW2") != 2 {
			t.Errorf("%s: before: %s", loggings[i].title, before)
		}
		if !slices.ContainsFunc(st.reg.Hits(), func(h secretsregistry.HitCount) bool { return h.Sink == want.sink }) {
			t.Errorf("nothing was found by %s", want.sink)
		}
	}
}
