package vault

import (
	"crypto/tls"
	"time"
)

// An Option changes a Provider. The zero set of options is right for a Vault
// whose certificate the system trusts.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	namespace string
	tls       *tls.Config
	timeout   time.Duration
	poll      time.Duration
	name      string
	previous  int
	notice    func(string)
}

// WithNamespace sets the namespace (Vault Enterprise and OpenBao) of every
// request. The default is none, whatever VAULT_NAMESPACE says.
func WithNamespace(ns string) Option { return optionFunc(func(c *config) { c.namespace = ns }) }

// WithTLS sets the TLS configuration: the CA of Vault's certificate, a client
// certificate. It is copied. The default trusts the system's roots.
func WithTLS(t *tls.Config) Option { return optionFunc(func(c *config) { c.tls = t.Clone() }) }

// WithTimeout bounds each request that has no earlier deadline. The default is
// 10 seconds.
func WithTimeout(d time.Duration) Option { return optionFunc(func(c *config) { c.timeout = d }) }

// WithPollInterval sets how often the metadata of a watched secret is read
// where the server has no events. The default is 30 seconds.
func WithPollInterval(d time.Duration) Option { return optionFunc(func(c *config) { c.poll = d }) }

// WithName sets the prefix of the names under which the provider registers its
// own credentials ("vault" gives "vault/auth/token"). Two providers that feed
// one registry need two names.
func WithName(name string) Option { return optionFunc(func(c *config) { c.name = name }) }

// WithPreviousVersions sets how many older versions of a KV version 2 secret
// are read with the current one, so that what another replica or a queued
// record still prints is redacted too. Each is one more request per fetch. The
// default is 1; they are read best effort and at most 10.
func WithPreviousVersions(n int) Option {
	return optionFunc(func(c *config) { c.previous = min(max(n, 0), 10) })
}

// WithNotice sets a function that is told, once each, what an operator should
// know: that the server has no events and metadata is polled, that a policy
// lacks something. The text holds names, never values. It may be called from
// several goroutines and must not block.
func WithNotice(f func(string)) Option { return optionFunc(func(c *config) { c.notice = f }) }
