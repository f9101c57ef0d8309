package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	cache := secretsregistry.NewCache(provider, reg, secretsregistry.WithTTL(f.refresh), secretsregistry.WithMaxStale(vaultStale),
		secretsregistry.WithFetchTimeout(10*time.Second), secretsregistry.WithStartTimeout(15*time.Second))
	p.atEnd = append(p.atEnd, func() { _ = cache.Close(); _ = provider.Close() })
	if err := cache.Start(context.Background(), paths...); err != nil {
		return fmt.Errorf("--vault: %w", err)
	}
	return nil
}
