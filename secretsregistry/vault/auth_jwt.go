package vault

import "context"

// serviceAccount is where Kubernetes mounts the token of a pod's account.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// Kubernetes logs in with the pod's service account, at auth/kubernetes. The
// token is read anew at each login, as Kubernetes rotates it.
func Kubernetes(role string, opts ...AuthOption) Auth {
	return newJWT("kubernetes", role, opts)
}

// JWT logs in with a JWT from a file (a projected service account token, a CI
// job's identity), at auth/jwt. It is read anew at each login.
func JWT(role string, opts ...AuthOption) Auth { return newJWT("jwt", role, opts) }

func newJWT(mount, role string, opts []AuthOption) Auth {
	c := authConfig{mount: mount, file: serviceAccount}
	for _, o := range opts {
		o.applyAuth(&c)
	}
	return jwtAuth{role, c}
}

type jwtAuth struct {
	role string
	authConfig
}

func (a jwtAuth) identity() string { return "auth/" + a.mount + " role " + a.role }

func (a jwtAuth) login(ctx context.Context, l login) (grant, error) {
	jwt, err := readCredential(a.file)
	if err != nil {
		return grant{}, err
	}
	if err := l.use("jwt", jwt); err != nil {
		return grant{}, err
	}
	return l.post(ctx, a.mount, map[string]any{"role": a.role, "jwt": jwt})
}
