// Package env reads secrets from environment variables.
//
// The path payments/db stands for the variables that begin with PAYMENTS_DB_:
// PAYMENTS_DB_PASSWORD is its field "password". A variable that is called
// PAYMENTS_DB itself is the field "value". The environment has no versions, so
// tags show a keyed fingerprint.
//
// It is a local source: register what it has before logs are opened, and prefer
// a manager where there is one. Every child process inherits the environment,
// and crash reports copy it.
package env

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Provider reads the environment. It keeps nothing, and is safe for
// concurrent use.
type Provider struct{ environ func() []string }

var _ secretsregistry.Provider = (*Provider)(nil)

// New returns a Provider over the environment of the process, or over what
// environ returns, which has the form of [os.Environ].
func New(environ func() []string) *Provider {
	if environ == nil {
		environ = os.Environ
	}
	return &Provider{environ}
}

// Fetch implements [secretsregistry.Provider]. A path without a variable that
// is not empty is not found.
func (p *Provider) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("env: read %q: %w", path, err)
	}
	name := variable(path)
	fields := map[string]string{}
	for _, kv := range p.environ() {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || v == "" || name == "" {
			continue
		}
		if k == name {
			fields["value"] = v
		} else if rest, ok := strings.CutPrefix(k, name+"_"); ok && rest != "" {
			fields[strings.ToLower(rest)] = v
		}
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("env: read %q: no variable %s or %s_*: %w", path, name, name, secretsregistry.ErrNotFound)
	}
	return secretsregistry.NewPayload(fields, ""), nil
}

// variable spells a path as the name of a variable.
func variable(path string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, strings.Trim(path, "/"))
}
