package vault

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// WrappedToken takes a client token out of a response-wrapping token at the
// first login. Like every wrapping token it works once, so a second login is
// impossible: the token is renewed as long as Vault allows, then denied.
func WrappedToken(wrappingToken string) Auth {
	return wrappedAuth{hide(wrappingToken), new(atomic.Bool)}
}

type wrappedAuth struct {
	wrapping hush
	used     *atomic.Bool
}

func (wrappedAuth) identity() string { return "token" }

func (a wrappedAuth) login(ctx context.Context, l login) (grant, error) {
	if a.used.Load() {
		return grant{}, &Error{Op: "login", Reason: "the token ended, and its wrapping token worked once", class: secretsregistry.ErrDenied}
	}
	s, err := l.unwrap(ctx, a.wrapping(), nil)
	if err != nil {
		return grant{}, err
	}
	a.used.Store(true)
	return l.granted(s)
}

// Unwrap takes a secret out of a response-wrapping token that somebody handed
// over: the answer of a read of KV version 1 or 2, or of any other engine. It
// needs no login. The token works once; it is registered before it is used.
// Register the fields of the Payload (or give it to a cache) before they are
// used.
func (p *Provider) Unwrap(ctx context.Context, wrappingToken string) (*secretsregistry.Payload, error) {
	if err := p.closed(request{op: "unwrap"}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	s, err := login{client: p.fresh, use: p.use}.unwrap(ctx, wrappingToken, nil)
	if err != nil {
		return nil, err
	}
	if r, _ := kv2Reading(s); r != nil {
		return r.payload(), nil
	}
	r := &reading{fields: fields(s.Data), leaseID: s.LeaseID, renew: s.Renewable}
	if s.LeaseID != "" { // it began when the answer was wrapped: an upper bound
		r.lease = time.Duration(s.LeaseDuration) * time.Second
	}
	if len(r.fields) == 0 {
		return nil, &Error{Op: "unwrap", Reason: "no data in it", class: secretsregistry.ErrMalformed}
	}
	return r.payload(), nil
}

// wrappedSecretID tells whether what made the wrapped answer was the creation
// of a secret id, and not an answer that an attacker wrapped himself.
func wrappedSecretID(creationPath string) bool {
	return strings.HasSuffix(creationPath, "/secret-id") || strings.HasSuffix(creationPath, "/custom-secret-id")
}

// unwrap registers the wrapping token, looks at where it came from, and takes
// the answer out of it.
func (l login) unwrap(ctx context.Context, token string, from func(creationPath string) bool) (*api.Secret, error) {
	if token == "" {
		return nil, &Error{Op: "unwrap", Reason: "the wrapping token is empty", class: secretsregistry.ErrDenied}
	}
	if err := l.use("wrapping-token", token); err != nil {
		return nil, err
	}
	c, err := l.client()
	if err != nil {
		return nil, err
	}
	if from != nil {
		s, err := call(ctx, c, request{op: "unwrap", path: "sys/wrapping/lookup", body: map[string]any{"token": token}})
		if err != nil {
			return nil, unwrapError(err)
		}
		if path, _ := s.Data["creation_path"].(string); !from(path) {
			return nil, &Error{Op: "unwrap", Reason: "the wrapping token was made elsewhere than expected", class: secretsregistry.ErrDenied}
		}
	}
	c.SetToken(token)
	s, err := call(ctx, c, request{op: "unwrap", path: "sys/wrapping/unwrap", body: map[string]any{}})
	if err != nil {
		return nil, unwrapError(err)
	}
	return s, nil
}

// unwrapError names the case that matters. Vault answers 400 for a wrapping
// token that is used up, expired or never was.
func unwrapError(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Status == 400 || e.Status == 403 || e.Status == 404) {
		e.Reason = "the wrapping token is used up or expired; if nobody of yours used it, somebody else did"
		e.class = secretsregistry.ErrDenied
	}
	return err
}
