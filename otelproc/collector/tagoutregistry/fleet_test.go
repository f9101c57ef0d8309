package tagoutregistry

import (
	"context"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A manager is one secrets manager that many Collectors read. It takes a while
// to answer and notes who asks when.
type manager struct {
	began time.Time

	mu         sync.Mutex
	reads      []int // by second since began
	open, most int   // reads at the same time
}

const answerTime = 20 * time.Millisecond

func (m *manager) Fetch(context.Context, string) (*secretsregistry.Payload, error) {
	m.mu.Lock()
	second := int(time.Since(m.began) / time.Second)
	for len(m.reads) <= second {
		m.reads = append(m.reads, 0)
	}
	m.reads[second]++
	m.open++
	m.most = max(m.most, m.open)
	m.mu.Unlock()
	time.Sleep(answerTime)
	m.mu.Lock()
	m.open--
	m.mu.Unlock()
	return secretsregistry.NewPayload(map[string]string{"password": value}, "v1"), nil
}

// seen returns the mean and the most reads in a second of those in [from, to).
func (m *manager) seen(from, to time.Duration) (mean float64, most int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum, a, b := 0, int(from/time.Second), int(to/time.Second)
	for s := a; s < b && s < len(m.reads); s++ {
		sum += m.reads[s]
		most = max(most, m.reads[s])
	}
	return float64(sum) / float64(b-a), most
}

// EXT-14: what a manager sees of many Collectors that started in the same
// instant: their reads spread by themselves. TAGOUT_COLLECTOR_FLEET=full has a
// thousand of them, and its log is the table of docs/collector.md.
func TestFleet(t *testing.T) {
	type fleet struct {
		interval time.Duration
		jitter   float64
	}
	collectors, fleets := 100, []fleet{{30 * time.Second, 0.2}, {30 * time.Second, 0}}
	if os.Getenv("TAGOUT_COLLECTOR_FLEET") == "full" {
		collectors = 1000
		fleets = append(fleets, fleet{30 * time.Second, 0.5}, fleet{5 * time.Minute, 0.2}, fleet{5 * time.Minute, 0.5})
	}
	for _, c := range fleets {
		synctest.Test(t, func(t *testing.T) {
			m := &manager{began: time.Now()}
			all := make([]*registry, collectors)
			var wg sync.WaitGroup
			for i := range all {
				cfg := with(file("/none", ""))
				cfg.RefreshInterval, cfg.Jitter, cfg.MaxAge = c.interval, c.jitter, 0
				r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), cfg)
				if err != nil {
					t.Fatal(err)
				}
				r.sources = []*tracked{{source: newProvider("manager", m, []string{"db"})}}
				all[i] = r
				wg.Go(func() {
					if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			m.mu.Lock()
			m.most = 0 // the start is all at once
			m.mu.Unlock()
			time.Sleep(20 * c.interval)
			_, early := m.seen(time.Second, 3*c.interval)
			mean, late := m.seen(10*c.interval, 20*c.interval)
			t.Logf("every %v, jitter %v: %.1f reads/s; most in one second: %d in the first three intervals, %d after ten; %d at once",
				c.interval, c.jitter, mean, early, late, m.most)
			even := float64(collectors) / c.interval.Seconds()
			if mean < 0.9*even || mean > 1.2*even {
				t.Errorf("%.1f reads/s, expected about %.1f", mean, even)
			}
			if c.jitter > 0 && float64(late) > 3*even+10 {
				t.Errorf("after ten intervals still %d reads in one second", late)
			}
			if c.jitter == 0 && late < collectors {
				t.Errorf("without jitter at most %d reads in one second: the test does not show it", late)
			}
			for _, r := range all {
				if err := r.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// EXT-14: what one Collector asks of Vault for each path of KV: at the start it
// looks up its token and the mount, and each read is one request for the current
// version and one for the version before.
func TestVaultRequests(t *testing.T) {
	const token = "hvs.login-token-of-this-test"
	var mu sync.Mutex
	var asked []string
	srv := fakeVault(token, func(path string) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, path)
	})
	defer srv.Close()
	take := func() []string {
		mu.Lock()
		defer mu.Unlock()
		got := asked
		asked = nil
		return got
	}
	r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(SourceConfig{Vault: &VaultConfig{
		Address: srv.URL, Paths: []string{"secret/payments/db"}, Auth: VaultAuthConfig{Method: "token", Token: token}}}))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Shutdown(context.Background())
	if err := r.refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := take(); len(got) != 4 {
		t.Errorf("start: %q", got)
	}
	for range 3 {
		if err := r.refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := take(); len(got) != 2 {
			t.Errorf("refresh: %q", got)
		}
	}
}
