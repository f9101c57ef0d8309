package azure

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		f := start(t, &recorder{})
		say := func(status int, body string) func(http.ResponseWriter, string) bool {
			return func(w http.ResponseWriter, _ string) bool {
				w.WriteHeader(status)
				fmt.Fprint(w, body)
				return true
			}
		}
		set := func(fail func(http.ResponseWriter, string) bool) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.fail = fail
		}
		n := 0
		return &providertest.Backend{
			Provider: provider(t, f, Use(fixed{})),
			Path:     "conformance-db", Previous: true,
			Set: func(_ testing.TB, path string, fields map[string]string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				n++
				j, _ := json.Marshal(fields)
				f.add(path, fmt.Sprintf("%08daaaa", n), string(j), int64(n), nil)
			},
			Delete: func(_ testing.TB, path string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				delete(f.versions, path)
			},
			Deny: func(testing.TB, string) {
				set(say(403, `{"error":{"code":"Forbidden","message":"`+providertest.Canary+`"}}`))
			},
			Break: func(_ testing.TB, fault providertest.Fault) bool {
				set(map[providertest.Fault]func(http.ResponseWriter, string) bool{
					providertest.FaultNone:     nil,
					providertest.FaultError:    say(500, providertest.Canary),
					providertest.FaultThrottle: say(429, providertest.Canary),
					providertest.FaultHang:     func(http.ResponseWriter, string) bool { time.Sleep(200 * time.Millisecond); return true },
					providertest.FaultReset: func(w http.ResponseWriter, _ string) bool {
						if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
							c.Close()
						}
						return true
					},
					providertest.FaultTruncated: say(200, `{"value":"`+providertest.Canary),
					providertest.FaultGarbage:   say(200, "<html>"+providertest.Canary),
					providertest.FaultEmpty:     say(200, `{}`),
				}[fault])
				return true
			},
			Requests: func() int {
				f.mu.Lock()
				defer f.mu.Unlock()
				n := 0
				for _, r := range f.reads {
					if strings.Count(strings.Trim(r, "/"), "/") == 1 {
						n++
					}
				}
				return n
			},
		}
	})
}
