package devmock_test

import (
	"fmt"
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

var faults = map[providertest.Fault]devmock.Fault{
	providertest.FaultNone:     devmock.FaultNone,
	providertest.FaultError:    devmock.FaultUnavailable,
	providertest.FaultThrottle: devmock.FaultThrottled,
	providertest.FaultHang:     devmock.FaultHang,
	providertest.FaultGarbage:  devmock.FaultMalformed,
	providertest.FaultEmpty:    devmock.FaultMalformed,
}

func backend(m *devmock.Manager, p secretsregistry.Provider) *providertest.Backend {
	return &providertest.Backend{
		Provider:   p,
		Previous:   true,
		Set:        func(_ testing.TB, path string, f map[string]string) { m.Set(path, f) },
		SetPending: func(_ testing.TB, path string, f map[string]string) { m.Stage(path, f) },
		Delete:     func(_ testing.TB, path string) { m.Delete(path) },
		Deny:       func(_ testing.TB, path string) { m.Deny(path, true) },
		Requests:   m.Fetches,
		Break: func(_ testing.TB, f providertest.Fault) bool {
			x, ok := faults[f]
			m.Break(x)
			return ok
		},
	}
}

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		m := devmock.New()
		return backend(m, m)
	})
}

// The values are the same in every process, and change with each rotation.
func TestMadeUpValues(t *testing.T) {
	var log []devmock.Attempt
	m := devmock.New(devmock.WithPaths("payments/db"), devmock.WithLog(func(a devmock.Attempt) { log = append(log, a) }))
	p, err := m.Fetch(t.Context(), "payments/db")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Field("password"); v != "dev-DiKGOkjq7SuWfSW055Wj5vWS" {
		t.Errorf("password %q", v)
	}
	m.Rotate("payments/db")
	m.Script(devmock.FaultUnavailable)
	m.Fetch(t.Context(), "payments/db")
	m.Fetch(t.Context(), "payments/db")
	if got, want := fmt.Sprint(log), "[{1 payments/db v1 ok} {2 payments/db  transient} {3 payments/db v2 ok}]"; got != want {
		t.Errorf("log %s, want %s", got, want)
	}
}
