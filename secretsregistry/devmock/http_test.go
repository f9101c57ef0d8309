package devmock_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

// The mock is the same over HTTP.
func TestConformanceOverHTTP(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		m := devmock.New()
		srv := httptest.NewServer(m.Handler())
		t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
		return backend(m, devmock.NewClient(srv.URL, srv.Client()))
	})
}

func TestHandlerControls(t *testing.T) {
	m := devmock.New()
	srv := httptest.NewServer(m.Handler())
	defer srv.Close()
	post := func(path, body string, want int) {
		t.Helper()
		resp, err := http.Post(srv.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	post("/v1/a/b", `{"password":"hunter2-hunter2"}`, 204)
	post("/v1/a/b", `nope`, 400)
	post("/rotate/a/b", "", 204)
	c := devmock.NewClient(srv.URL, nil)
	p, err := c.Fetch(t.Context(), "a/b")
	if err != nil || p.Version() != "v2" || len(p.Previous()) != 1 {
		t.Errorf("%v %v", p.Version(), err)
	}
	post("/fail/denied", "", 204)
	post("/fail/unknown", "", 400)
	if _, err := c.Fetch(t.Context(), "a/b"); secretsregistry.ClassOf(err) != secretsregistry.ClassDenied {
		t.Error(err)
	}
}
