package vault

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Token uses a token that somebody else made. It is renewed while Vault allows
// it; when it ends, fetches fail with a denial.
func Token(token string) Auth { return tokenAuth{read: func() (string, error) { return token, nil }} }

// TokenFile reads the token from a file at each login, such as the sink of a
// Vault Agent or ~/.vault-token.
func TokenFile(path string) Auth {
	return tokenAuth{read: func() (string, error) { return readCredential(path) }, changes: true}
}

type tokenAuth struct {
	read    func() (string, error)
	changes bool // a second read can give another token
}

func (tokenAuth) identity() string { return "token" }

func (a tokenAuth) login(ctx context.Context, l login) (grant, error) {
	token, err := a.read()
	if err != nil {
		return grant{}, err
	}
	if token == "" {
		return grant{}, &Error{Op: "login", Reason: "the token is empty", class: secretsregistry.ErrDenied}
	}
	if err := l.use("token", token); err != nil {
		return grant{}, err
	}
	g := grant{token: hide(token)}
	c, err := l.client()
	if err != nil {
		return grant{}, err
	}
	c.SetToken(token)
	s, err := call(ctx, c, request{op: "login", label: "auth/token/lookup-self", path: "auth/token/lookup-self"})
	var e *Error
	switch {
	case errors.As(err, &e) && errors.Is(e, secretsregistry.ErrDenied):
		// Not valid, or valid without the default policy: the read will tell.
		return g, nil
	case err != nil:
		return grant{}, err
	}
	g.ttl = seconds(s.Data["ttl"])
	g.renewable, _ = s.Data["renewable"].(bool)
	return g, nil
}

// seconds reads a number of seconds as Vault's JSON has it.
func seconds(v any) time.Duration {
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil && i > 0 && i < 1<<33 {
			return time.Duration(i) * time.Second
		}
	}
	return 0
}
