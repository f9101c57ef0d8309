package gcp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry/providertest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) *providertest.Backend {
		f, opts := start(t, &recorder{})
		set := func(fail func(string) error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.fail, f.corrupt = fail, false
		}
		say := func(c codes.Code) func(string) error {
			return func(string) error { return status.Error(c, providertest.Canary) }
		}
		name := func(path string) string { return "projects/payments/secrets/" + path }
		return &providertest.Backend{
			Provider: provider(t, f, Use(fixed{}), opts),
			Path:     "conformance-db", Previous: true,
			Set: func(_ testing.TB, path string, fields map[string]string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				j, _ := json.Marshal(fields)
				f.versions[name(path)] = append(f.versions[name(path)], string(j))
			},
			Delete: func(_ testing.TB, path string) {
				f.mu.Lock()
				defer f.mu.Unlock()
				all := f.versions[name(path)]
				all[len(all)-1] = "" // destroyed: FailedPrecondition
			},
			Deny: func(testing.TB, string) { set(say(codes.PermissionDenied)) },
			Break: func(_ testing.TB, fault providertest.Fault) bool {
				switch fault {
				case providertest.FaultNone:
					set(nil)
				case providertest.FaultError:
					set(say(codes.Unavailable))
				case providertest.FaultThrottle:
					set(say(codes.ResourceExhausted))
				case providertest.FaultHang:
					set(func(string) error { time.Sleep(200 * time.Millisecond); return nil })
				case providertest.FaultTruncated:
					set(nil)
					f.mu.Lock()
					f.corrupt = true
					f.mu.Unlock()
				default: // below gRPC
					return false
				}
				return true
			},
			Requests: func() int {
				f.mu.Lock()
				defer f.mu.Unlock()
				n := 0
				for _, r := range f.reads {
					if strings.HasSuffix(r, "/latest") {
						n++
					}
				}
				return n
			},
		}
	})
}
