package vault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

// backend puts the fault proxy before a server and counts reads of values.
func backend(t *testing.T, addr, token string, opts ...Option) *providertest.Backend {
	var values atomic.Int64
	proxy := newFaultProxy(t, addr)
	set := func(f fault) {
		proxy.set(func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if strings.Contains(r.URL.Path, "/data/") && !r.URL.Query().Has("version") {
				values.Add(1)
			}
			if f != nil {
				f(w, r, pass)
				return
			}
			pass.ServeHTTP(w, r)
		})
	}
	set(nil)
	p, err := New(proxy.URL, Token(token), (&recorder{}).put, append([]Option{WithTimeout(2 * time.Second)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	faults := map[providertest.Fault]fault{
		providertest.FaultNone:      nil,
		providertest.FaultError:     answer(500, fmt.Sprintf(`{"errors":[%q]}`, providertest.Canary)),
		providertest.FaultThrottle:  answer(429, fmt.Sprintf(`{"errors":[%q]}`, providertest.Canary)),
		providertest.FaultHang:      hang,
		providertest.FaultReset:     reset,
		providertest.FaultTruncated: truncate(60),
		providertest.FaultGarbage:   answer(200, "<html>"+providertest.Canary),
		providertest.FaultEmpty:     answer(200, `{"data":{"data":null,"metadata":{"version":1}}}`),
	}
	return &providertest.Backend{
		Provider: p, Path: "secret/conformance/db", Previous: true,
		Break:    func(_ testing.TB, f providertest.Fault) bool { set(faults[f]); return true },
		Requests: func() int { return int(values.Load()) },
	}
}

func rel(path string) string { return strings.TrimPrefix(path, "secret/") }

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		f := newFake(t)
		b := backend(t, f.URL, "fake-token-for-tests", WithPollInterval(10*time.Millisecond))
		b.Set = func(t testing.TB, path string, fields map[string]string) {
			j, _ := json.Marshal(fields)
			f.put(rel(path), string(j))
		}
		b.Delete = func(_ testing.TB, path string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			all := f.secrets[rel(path)]
			all[len(all)-1] = ""
		}
		b.Deny = func(_ testing.TB, path string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.denied = rel(path)
		}
		return b
	})
}

func TestRealConformance(t *testing.T) {
	v := startVault(t)
	v.kv(t, "secret", 2)
	for name, rules := range map[string]string{
		"events": `path "sys/events/subscribe/*" { capabilities = ["read"] }
`,
		"polling": "",
	} {
		t.Run(name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) *providertest.Backend {
				for _, path := range []string{"db", "db2"} {
					v.must(t, "DELETE", "secret/metadata/conformance/"+path, nil)
				}
				rules := rules + `path "secret/*" { capabilities = ["read"] }
`
				v.policy(t, "conformance", rules)
				m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"conformance"}, "ttl": "1h"})
				b := backend(t, v.Addr, m["auth"].(obj)["client_token"].(string), WithPollInterval(10*time.Millisecond))
				b.Set = func(t testing.TB, path string, fields map[string]string) {
					v.must(t, "POST", "secret/data/"+rel(path), obj{"data": fields})
					// The server drops events when it is busy: more of them.
					go func() {
						for n := 10; sleep(t.Context(), 300*time.Millisecond) == nil; n++ {
							v.try("POST", "secret/metadata/"+rel(path), obj{"max_versions": n})
						}
					}()
				}
				b.Delete = func(t testing.TB, path string) { v.must(t, "DELETE", "secret/data/"+rel(path), nil) }
				b.Deny = func(t testing.TB, path string) {
					v.policy(t, "conformance", rules+`path "secret/data/`+rel(path)+`" { capabilities = ["deny"] }`)
				}
				return b
			})
		})
	}
}
