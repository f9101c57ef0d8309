// Package vault reads secrets from HashiCorp Vault and from OpenBao, which
// speaks the same API.
//
//	p, err := vault.New("https://vault:8200", vault.Kubernetes("payments"), registry.Put)
//	cache := secretsregistry.NewCache(p, registry)
//	v, err := cache.Get(ctx, "secret/payments/db")
//
// # Paths
//
// A path is what the vault command takes: the mount and the name. For KV version
// 2 both secret/payments/db and the spelling of the API, secret/data/payments/db,
// are taken. What the engine at the path is decides what is read:
//
//   - KV version 2: the fields, the version (v7), the version before it, and the
//     end of life that delete_version_after sets. A deleted or destroyed version
//     is not found.
//   - KV version 1: the fields; there is no version.
//   - an engine that gives leases (database, aws, ...): the fields and the lease,
//     which never outlives the token that made it. Each read makes a user.
//   - static roles: the fields and the time to the next rotation. Two answers of
//     Vault that cannot be right (a ttl of 0, and one that grew without a
//     rotation) are read again after two seconds.
//
// # Credentials
//
// Prefer [Kubernetes] or [JWT], which need no secret in a configuration, then
// [AppRole] with a wrapped secret id, then [Token]. Tokens are renewed at two
// thirds of their life, and replaced by a new login where Vault grants no more.
// A denial is answered by one new login if the token may be the reason. All
// credentials are registered for redaction before a request carries them.
//
// # Changes
//
// Watch uses the server's event stream (Vault Enterprise, or the experiment of
// older versions); where there is none (Vault Community, OpenBao, a policy) it
// reads metadata at an interval, which is reported once. An event is a hint to
// fetch again and nothing else. A busy Vault drops events, silently; the cache finds
// what was missed when the time to live is over.
//
// # Failures
//
// Each Fetch is one attempt: the retries of Vault's own client are off, since
// the cache decides about them and counts them. Errors say the step, the path
// and the status in words of this package and never a text that came from
// outside. A Vault that comes back with empty storage (a development server that
// was restarted) denies the old token or knows no secret, which is
// authoritative: it ends cached values.
//
// Nothing is taken from the environment, except by [FromEnv].
package vault
