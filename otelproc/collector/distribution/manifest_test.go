package distribution

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/confmap"
)

var (
	pathInConfig = regexp.MustCompile(`/(?:var|etc)/[\w./-]*\w`)
	mountPath    = regexp.MustCompile(`mountPath: ([\w./-]+)(, readOnly: true)?`)
	volumeName   = regexp.MustCompile(`\{name: (\w+), (?:mountPath|configMap|secret|hostPath)`)
)

// What a sample configuration reads is mounted by the manifest that runs it, all of
// it read-only but for what it writes.
func TestManifests(t *testing.T) {
	for config, c := range map[string]struct{ manifest, kind, writes string }{
		"gateway.yaml": {"kubernetes.yaml", "Deployment", ""},
		"agent.yaml":   {"kubernetes-agent.yaml", "DaemonSet", "/var/lib/tagout-agent"},
	} {
		cfg, manifest := load(t, config), load(t, c.manifest)
		var kinds []string
		for _, doc := range strings.Split(manifest, "\n---\n") {
			r, err := confmap.NewRetrievedFromYAML([]byte(doc))
			if err != nil {
				t.Fatalf("%s: %v", c.manifest, err)
			}
			m, err := r.AsConf()
			if err != nil {
				t.Fatalf("%s: %v", c.manifest, err)
			}
			kind, _ := m.Get("kind").(string)
			kinds = append(kinds, kind)
		}
		if kinds[0] != c.kind {
			t.Errorf("%s has %v", c.manifest, kinds)
		}
		if !strings.Contains(manifest, "args: [--config=/etc/tagout/"+config+"]") {
			t.Errorf("%s does not run %s", c.manifest, config)
		}
		mounts := mountPath.FindAllStringSubmatch(manifest, -1)
		for _, m := range mounts {
			if readOnly := m[2] != ""; readOnly == (m[1] == c.writes) {
				t.Errorf("%s: %s, read-only: %v", c.manifest, m[1], readOnly)
			}
		}
		for _, line := range strings.Split(cfg, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, p := range pathInConfig.FindAllString(line, -1) {
				found := false
				for _, m := range mounts {
					found = found || p == m[1] || strings.HasPrefix(p, m[1]+"/")
				}
				if !found {
					t.Errorf("%s: %s is not mounted", c.manifest, p)
				}
			}
		}
		times := map[string]int{}
		for _, m := range volumeName.FindAllStringSubmatch(manifest, -1) {
			times[m[1]]++
		}
		if len(times) != len(mounts) {
			t.Errorf("%s: %d volumes, %d mounts", c.manifest, len(times), len(mounts))
		}
		for name, n := range times {
			if n != 2 {
				t.Errorf("%s: volume %s is named %d times", c.manifest, name, n)
			}
		}
	}
}

func load(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
