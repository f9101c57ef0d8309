package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/vault"
)

// fromVault is the flags of Vault and OpenBao as a source.
type fromVault struct {
	addr    string
	paths   []string
	refresh time.Duration
}

func (f *fromVault) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.addr, "vault", "", "read secrets from Vault or OpenBao at `ADDR` (default $VAULT_ADDR); needs --path")
	fs.StringArrayVar(&f.paths, "path", nil, "read the secret at `PATH` in Vault, such as secret/data/payments/db")
	fs.DurationVar(&f.refresh, "vault-refresh", time.Minute, "read it again at least this `OFTEN`; sooner where Vault tells of changes")
}

// vaultStale is how long an outage of Vault may last before a value is given up
// as a secret that is current. It stays redacted either way.
const vaultStale = 24 * time.Hour

// vaultLongest is the size for which a scan prepares, since a value that is read
// later can be longer than the present one.
const vaultLongest = 16 << 10

// load puts the secrets into reg and keeps reading them until p ends.
func (f *fromVault) load(p *process, reg *secretsregistry.Registry, quiet bool) error {
	if len(f.paths) == 0 {
		if f.addr != "" {
			return errors.New("--vault: say which secrets, by --path")
		}
		return nil
	}
	if f.refresh <= 0 {
		return errors.New("--vault-refresh: more than 0")
	}
	provider, err := vault.FromEnv(f.addr, reg.Put, vault.WithNotice(func(s string) {
		if !quiet {
			p.sayf("vault: %s", s)
		}
	}))
	if err != nil {
		return err
	}
	paths := make([]string, len(f.paths))
	for i, path := range f.paths {
		paths[i] = strings.Trim(path, "/")
	}
	watch := &vaultWatch{sayf: p.sayf, failures: map[string]int{}, told: map[string]bool{}}
	if quiet {
		watch.sayf = func(string, ...any) {}
	}
	cache := secretsregistry.NewCache(provider, reg, secretsregistry.WithTTL(f.refresh), secretsregistry.WithMaxStale(vaultStale),
		secretsregistry.WithFetchTimeout(10*time.Second), secretsregistry.WithStartTimeout(15*time.Second),
		secretsregistry.WithProviderName("vault"), secretsregistry.WithAudit(watch.audit))
	p.atEnd = append(p.atEnd, func() { _ = cache.Close(); _ = provider.Close() })
	if err := cache.Start(context.Background(), paths...); err != nil {
		return fmt.Errorf("--vault: %w", err)
	}
	watch.started.Store(true)
	return nil
}

// ownCredentials begins the names of what the provider itself authenticates
// with, which are no secrets that anybody asked for.
const ownCredentials = "vault/auth/"

// A vaultWatch says what a user should know of the reading: which fields are not
// covered, and that a path cannot be read again, since a value that is rotated in
// meanwhile would go out.
type vaultWatch struct {
	sayf    func(string, ...any)
	started atomic.Bool

	mu       sync.Mutex
	failures map[string]int // in a row, by path
	told     map[string]bool
}

// someFailures is how many requests in a row fail before that is said; a
// definite no is said at once.
const someFailures = 3

func (v *vaultWatch) audit(ev secretsregistry.FetchEvent) {
	if ev.Op != "read" || ev.Class == secretsregistry.ClassCanceled {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range ev.Unredactable {
		if !v.told[name] {
			v.told[name] = true
			v.sayf("warning: not protected: %s: too short or too plain to be told from other text", name)
		}
	}
	if ev.Class == secretsregistry.ClassOK {
		if v.failures[ev.Path] >= someFailures {
			v.sayf("vault: %s can be read again", ev.Path)
		}
		delete(v.failures, ev.Path)
		return
	}
	if !v.started.Load() {
		return // the start says it
	}
	before := v.failures[ev.Path]
	v.failures[ev.Path]++
	if ev.Class.Authoritative() {
		v.failures[ev.Path] = max(v.failures[ev.Path], someFailures)
	}
	if before < someFailures && v.failures[ev.Path] >= someFailures {
		v.sayf("warning: vault: %s cannot be read again (%s): a value that is rotated in from now on is not protected", ev.Path, ev.Class)
	}
}
