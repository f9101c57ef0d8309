package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Auth is a way to log in: [Kubernetes], [JWT], [AppRole], [Token] and their
// variants. Prefer the first two: they need no secret in a configuration. An
// Auth is safe for concurrent use and shows no credential when it is printed.
type Auth interface {
	// login obtains a token. Every credential goes through use before a
	// request carries it.
	login(ctx context.Context, l login) (grant, error)
	// identity names who logs in, for audit events; never a credential.
	identity() string
}

// login is what an Auth works with: a client without a token, and the function
// that registers a credential.
type login struct {
	client func() (*api.Client, error)
	use    func(kind, value string) error
}

// A grant is a token and what Vault said about it.
type grant struct {
	token     hush
	ttl       time.Duration // 0: without end
	renewable bool
	own       bool // made by our login, so ours to revoke
}

// A hush is a string that no formatter, encoder or debugger page reaches.
type hush func() string

func hide(s string) hush { return func() string { return s } }

// An AuthOption changes an [Auth].
type AuthOption interface{ applyAuth(*authConfig) }

type authOptionFunc func(*authConfig)

func (f authOptionFunc) applyAuth(c *authConfig) { f(c) }

type authConfig struct{ mount, file string }

// AtMount sets the path at which the auth method is mounted, such as
// "kubernetes-prod". The default is the method's name.
func AtMount(mount string) AuthOption {
	return authOptionFunc(func(c *authConfig) { c.mount = strings.Trim(mount, "/") })
}

// FromFile sets the file that holds the token of the service account.
func FromFile(path string) AuthOption {
	return authOptionFunc(func(c *authConfig) { c.file = path })
}

// post logs in at an auth method and keeps the token.
func (l login) post(ctx context.Context, mount string, body map[string]any) (grant, error) {
	if err := checkPath(mount); err != nil {
		return grant{}, &Error{Op: "login", Reason: "mount path not usable"}
	}
	c, err := l.client()
	if err != nil {
		return grant{}, err
	}
	s, err := call(ctx, c, request{op: "login", label: "auth/" + mount, path: "auth/" + mount + "/login", body: body})
	if err != nil {
		return grant{}, loginError(err)
	}
	return l.granted(s)
}

// granted takes the token out of an answer and registers it.
func (l login) granted(s *api.Secret) (grant, error) {
	if s == nil || s.Auth == nil || s.Auth.ClientToken == "" {
		return grant{}, &Error{Op: "login", Reason: "malformed answer", class: secretsregistry.ErrMalformed}
	}
	if err := l.use("token", s.Auth.ClientToken); err != nil {
		return grant{}, err
	}
	return grant{
		token:     hide(s.Auth.ClientToken),
		ttl:       time.Duration(s.Auth.LeaseDuration) * time.Second,
		renewable: s.Auth.Renewable,
		own:       true,
	}, nil
}

// loginError makes every definite no of a login a denial: to the holder of a
// cached value, a role that is gone (400, 404) is the same as one that may not.
func loginError(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Status == 400 || e.Status == 404) {
		e.class = secretsregistry.ErrDenied
	}
	return err
}

// readCredential reads a small file that holds one credential.
func readCredential(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("vault: credential file: %w", err) // names the path only
	}
	defer f.Close()
	b := make([]byte, 64<<10)
	n := 0
	for n < len(b) {
		k, err := f.Read(b[n:])
		n += k
		if err != nil {
			break
		}
	}
	s := strings.TrimSpace(string(b[:n]))
	if s == "" || n == len(b) {
		return "", fmt.Errorf("vault: credential file %q is empty or too large", path)
	}
	return s, nil
}
