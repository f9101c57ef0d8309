package aws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		rec := &recorder{}
		f, cfg := start(t, rec)
		n := 0
		stage := func(path string, fields map[string]string) [2]string {
			n++
			j, _ := json.Marshal(fields)
			if f.stages[path] == nil {
				f.stages[path] = map[string][2]string{}
			}
			return [2]string{fmt.Sprintf("%08d-1111", n), string(j)}
		}
		return &providertest.Backend{
			Provider: provider(t, cfg, rec),
			Path:     "conformance/db", Previous: true,
			Set: func(_ testing.TB, path string, fields map[string]string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				v := stage(path, fields)
				if cur, ok := f.stages[path]["AWSCURRENT"]; ok {
					f.stages[path]["AWSPREVIOUS"] = cur
				}
				f.stages[path]["AWSCURRENT"] = v
			},
			SetPending: func(_ testing.TB, path string, fields map[string]string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.stages[path]["AWSPENDING"] = stage(path, fields)
			},
			Delete: func(_ testing.TB, path string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.fail = func(w http.ResponseWriter, _ string) bool {
					refuse(w, 400, "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
					return true
				}
			},
			Deny: func(_ testing.TB, path string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.fail = func(w http.ResponseWriter, _ string) bool {
					refuse(w, 400, "AccessDeniedException", providertest.Canary)
					return true
				}
			},
			Break: func(_ testing.TB, fault providertest.Fault) bool {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.fail = map[providertest.Fault]func(http.ResponseWriter, string) bool{
					providertest.FaultNone: nil,
					providertest.FaultError: func(w http.ResponseWriter, _ string) bool {
						refuse(w, 500, "InternalServiceError", providertest.Canary)
						return true
					},
					providertest.FaultThrottle: func(w http.ResponseWriter, _ string) bool {
						refuse(w, 400, "ThrottlingException", providertest.Canary)
						return true
					},
					providertest.FaultHang: func(w http.ResponseWriter, _ string) bool { time.Sleep(200 * time.Millisecond); return true },
					providertest.FaultReset: func(w http.ResponseWriter, _ string) bool {
						if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
							c.Close()
						}
						return true
					},
					providertest.FaultTruncated: func(w http.ResponseWriter, _ string) bool {
						fmt.Fprint(w, `{"SecretString":"`+providertest.Canary)
						return true
					},
					providertest.FaultGarbage: func(w http.ResponseWriter, _ string) bool { fmt.Fprint(w, "<html>"+providertest.Canary); return true },
					providertest.FaultEmpty:   func(w http.ResponseWriter, _ string) bool { fmt.Fprint(w, `{"Name":"x"}`); return true },
				}[fault]
				return true
			},
			Requests: func() int {
				f.mu.Lock()
				defer f.mu.Unlock()
				n := 0
				for _, r := range f.requests {
					if len(r) > 10 && r[:10] == "AWSCURRENT" {
						n++
					}
				}
				return n
			},
		}
	})
}
