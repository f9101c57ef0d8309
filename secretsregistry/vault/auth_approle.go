package vault

import (
	"context"
	"sync"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// AppRole logs in with a role id and a secret id, at auth/approle.
func AppRole(roleID, secretID string, opts ...AuthOption) Auth {
	return newAppRole(roleID, opts, func(context.Context, login) (string, error) { return secretID, nil })
}

// AppRoleFile reads the secret id from a file at each login.
func AppRoleFile(roleID, file string, opts ...AuthOption) Auth {
	return newAppRole(roleID, opts, func(context.Context, login) (string, error) { return readCredential(file) })
}

// AppRoleWrapped takes the secret id out of a response-wrapping token at the
// first login. The token works once: if somebody else used it before, the login
// fails with a denial that says so, which is the moment to raise the alarm.
func AppRoleWrapped(roleID, wrappingToken string, opts ...AuthOption) Auth {
	var mu sync.Mutex
	var unwrapped hush
	return newAppRole(roleID, opts, func(ctx context.Context, l login) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if unwrapped != nil {
			return unwrapped(), nil
		}
		s, err := l.unwrap(ctx, wrappingToken, wrappedSecretID)
		if err != nil {
			return "", err
		}
		id, _ := s.Data["secret_id"].(string)
		if id == "" {
			return "", &Error{Op: "unwrap", Reason: "no secret id in it", class: secretsregistry.ErrDenied}
		}
		unwrapped = hide(id)
		return id, nil
	})
}

func newAppRole(roleID string, opts []AuthOption, secretID func(context.Context, login) (string, error)) Auth {
	c := authConfig{mount: "approle"}
	for _, o := range opts {
		o.applyAuth(&c)
	}
	return appRoleAuth{roleID, secretID, c}
}

type appRoleAuth struct {
	roleID   string
	secretID func(context.Context, login) (string, error)
	authConfig
}

func (a appRoleAuth) identity() string { return "auth/" + a.mount + " role id " + a.roleID }

func (a appRoleAuth) login(ctx context.Context, l login) (grant, error) {
	id, err := a.secretID(ctx, l)
	if err != nil {
		return grant{}, err
	}
	if err := l.use("secret-id", id); err != nil {
		return grant{}, err
	}
	return l.post(ctx, a.mount, map[string]any{"role_id": a.roleID, "secret_id": id})
}
