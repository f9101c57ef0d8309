package env_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/env"
	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		var mu sync.Mutex
		vars := map[string]string{"PATH": "/bin", "CONFORMANCE_DBX_PASSWORD": "another", "CONFORMANCE": "x"}
		drop := func(path string) {
			prefix := strings.ToUpper(strings.ReplaceAll(path, "/", "_")) + "_"
			maps.DeleteFunc(vars, func(k, _ string) bool { return strings.HasPrefix(k, prefix) })
		}
		return &providertest.Backend{
			Provider: env.New(func() (list []string) {
				mu.Lock()
				defer mu.Unlock()
				for k, v := range vars {
					list = append(list, k+"="+v)
				}
				return append(list, "=C:=weird", "broken")
			}),
			NoVersions: true,
			Set: func(_ testing.TB, path string, f map[string]string) {
				mu.Lock()
				defer mu.Unlock()
				drop(path)
				for k, v := range f {
					vars[strings.ToUpper(strings.ReplaceAll(path, "/", "_")+"_"+k)] = v
				}
			},
			Delete: func(_ testing.TB, path string) { mu.Lock(); defer mu.Unlock(); drop(path) },
		}
	})
}

func TestWholeVariable(t *testing.T) {
	t.Setenv("TAGOUT_TEST_DSN", "postgres://app:hunter2-hunter2@db/app")
	p, err := env.New(nil).Fetch(t.Context(), "tagout/test-dsn")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Field("value"); v != "postgres://app:hunter2-hunter2@db/app" {
		t.Errorf("value %q", v)
	}
	if _, err := env.New(nil).Fetch(t.Context(), ""); secretsregistry.ClassOf(err) != secretsregistry.ClassNotFound {
		t.Error(err)
	}
	_ = fmt.Sprint(p)
}
