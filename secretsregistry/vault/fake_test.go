package vault

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

var silent = log.New(io.Discard, "", 0)

// A fakeVault is KV version 2 under secret/ and the login of AppRole, as much
// of them as a provider needs, for tests of the wire where the real one is not
// at hand. The conformance suite runs against both.
type fakeVault struct {
	*httptest.Server
	mu      sync.Mutex
	secrets map[string][]string // JSON per version; "" is deleted
	onToken func(credential string)
	denied  string
}

func newFake(t testing.TB) *fakeVault {
	f := &fakeVault{secrets: map[string][]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeVault) put(rel, fields string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.secrets[rel] = append(f.secrets[rel], fields)
}

func (f *fakeVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	say := func(status int, v any) { w.WriteHeader(status); _ = json.NewEncoder(w).Encode(v) }
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	if f.onToken != nil {
		f.onToken(r.Header.Get("X-Vault-Token"))
	}
	switch {
	case strings.HasPrefix(path, "auth/approle/login"):
		var in map[string]string
		_ = json.NewDecoder(r.Body).Decode(&in)
		if f.onToken != nil {
			f.onToken(in["secret_id"])
		}
		say(200, obj{"auth": obj{"client_token": "fake-client-token", "lease_duration": 3600, "renewable": true}})
	case strings.HasPrefix(path, "sys/internal/ui/mounts/secret/"):
		say(200, obj{"data": obj{"path": "secret/", "type": "kv", "options": obj{"version": "2"}}})
	case path == "auth/token/lookup-self":
		say(200, obj{"data": obj{"ttl": 0, "renewable": false}})
	case f.denied != "" && path == "secret/data/"+f.denied:
		say(403, obj{"errors": []string{"permission denied"}})
	case strings.HasPrefix(path, "secret/metadata/"):
		all := f.secrets[strings.TrimPrefix(path, "secret/metadata/")]
		if len(all) == 0 {
			say(404, obj{"errors": []string{}})
			return
		}
		say(200, obj{"data": obj{"current_version": len(all), "updated_time": itoa(int64(len(all))), "versions": obj{}}})
	case strings.HasPrefix(path, "secret/data/"):
		all := f.secrets[strings.TrimPrefix(path, "secret/data/")]
		n := len(all)
		for i := range all {
			if r.URL.Query().Get("version") == itoa(int64(i+1)) {
				n = i + 1
			}
		}
		switch {
		case n == 0:
			say(404, obj{"errors": []string{}})
		case all[n-1] == "":
			say(404, obj{"data": obj{"data": nil, "metadata": obj{"version": n, "deletion_time": "2026-01-01T00:00:00Z", "destroyed": false}}})
		default:
			say(200, obj{"data": obj{"data": json.RawMessage(all[n-1]), "metadata": obj{"version": n, "deletion_time": "", "destroyed": false}}})
		}
	default:
		say(403, obj{"errors": []string{"permission denied"}})
	}
}
