package vault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// reloginAfter is how old a session must be for a denial to be answered by a
// new login: a policy that denies would else cost a login at every fetch.
const reloginAfter = time.Minute

// A session is one token. It is immutable; the client in it is used by many
// goroutines and never changed.
type session struct {
	client    func() *api.Client // behind a closure: it holds the token
	began     time.Time
	renewAt   time.Time // zero: never
	ends      time.Time // zero: never
	renewable bool
	own       bool
}

func (s *session) live(now time.Time) bool {
	return s != nil && (s.ends.IsZero() || now.Before(s.ends))
}

// remaining is how long the token lives, or d if that is less.
func (s *session) remaining(now time.Time, d time.Duration) time.Duration {
	if s.ends.IsZero() {
		return d
	}
	return max(0, min(d, s.ends.Sub(now)))
}

// login makes a new session out of a grant. asked is when the request was
// sent, which is before the server's clock for the token began.
func (p *Provider) newSession(g grant, asked time.Time) (*session, error) {
	c, err := p.fresh()
	if err != nil {
		return nil, err
	}
	c.SetToken(g.token())
	s := &session{client: func() *api.Client { return c }, began: asked, renewable: g.renewable, own: g.own}
	if g.ttl > 0 {
		s.ends = asked.Add(g.ttl)
		// At two thirds of its life, give or take, so that many processes
		// that started together do not come back together.
		s.renewAt = asked.Add(time.Duration(float64(g.ttl) * (0.62 + 0.08*rand.Float64())))
	}
	return s, nil
}

// fresh returns a client without a token. Every clone reads VAULT_TOKEN again.
func (p *Provider) fresh() (*api.Client, error) {
	c, err := p.base().Clone()
	if err != nil {
		return nil, &Error{Op: "login", Reason: "client not clonable"}
	}
	c.ClearToken()
	return c, nil
}

// session returns a live token, renewed or new as needed. One goroutine at a
// time talks to the auth method; the others wait for it as long as their
// context lets them.
func (p *Provider) session(ctx context.Context) (*session, error) {
	select {
	case p.auth <- struct{}{}:
		defer func() { <-p.auth }()
	case <-ctx.Done():
		reason, cause := byCause(ctx.Err())
		return nil, &Error{Op: "login", Reason: reason, cause: cause}
	}
	now := time.Now()
	cur := p.current.Load()
	if cur.live(now) && (cur.renewAt.IsZero() || now.Before(cur.renewAt)) {
		return cur, nil
	}
	if cur.live(now) && cur.renewable {
		if next := p.renewToken(ctx, cur); next != nil {
			p.current.Store(next)
			return next, nil
		}
	}
	next, err := p.login(ctx)
	if err != nil {
		if cur.live(time.Now()) {
			return cur, nil // the old token is good for a while yet
		}
		return nil, err
	}
	p.current.Store(next)
	if p.life.Err() != nil { // closed meanwhile, perhaps too early to see this token
		p.retire()
		return nil, &Error{Op: "login", Reason: "the provider is closed"}
	}
	return next, nil
}

func (p *Provider) login(ctx context.Context) (*session, error) {
	asked := time.Now()
	g, err := p.method.login(ctx, login{client: p.fresh, use: p.use})
	if err != nil {
		return nil, err
	}
	return p.newSession(g, asked)
}

// renewToken prolongs the token, or returns nil where that gives too little:
// near the maximum of its life Vault grants only the rest, and a new login is
// due while the old token still works.
func (p *Provider) renewToken(ctx context.Context, cur *session) *session {
	asked := time.Now()
	s, err := call(ctx, cur.client(), request{op: "renew", label: "auth/token/renew-self", path: "auth/token/renew-self", body: map[string]any{}})
	if err != nil || s.Auth == nil {
		return nil
	}
	ttl := time.Duration(s.Auth.LeaseDuration) * time.Second
	if ttl < cur.ends.Sub(cur.began)/2 && p.canLogin {
		return nil
	}
	next, err := p.newSession(grant{
		token: hide(cur.client().Token()), ttl: ttl, renewable: s.Auth.Renewable && ttl > time.Second, own: cur.own,
	}, asked)
	if err != nil {
		return nil
	}
	return next
}

// dropped forgets a session that Vault does not accept any more.
func (p *Provider) dropped(s *session) { p.current.CompareAndSwap(s, nil) }

// do makes a request with the provider's token. A denial is answered by at
// most one new login, and only where the token itself may be the reason.
func (p *Provider) do(ctx context.Context, r request) (*api.Secret, *session, error) {
	if err := p.closed(r); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	s, err := p.session(ctx)
	if err != nil {
		return nil, nil, err
	}
	secret, err := call(ctx, s.client(), r)
	if !errors.Is(err, secretsregistry.ErrDenied) || !p.canLogin {
		return secret, s, err
	}
	if time.Since(s.began) < reloginAfter {
		_, tokenErr := call(ctx, s.client(), request{op: "login", path: "auth/token/lookup-self"})
		if !errors.Is(tokenErr, secretsregistry.ErrDenied) {
			return secret, s, err // the token is good: a policy denies
		}
	}
	p.dropped(s)
	if s, err2 := p.session(ctx); err2 == nil {
		secret, err = call(ctx, s.client(), r)
		return secret, s, err
	} else {
		return nil, nil, err2
	}
}

// use registers one of the provider's own credentials. Where that fails the
// credential is not used: the request that carries it could be logged.
func (p *Provider) use(kind, value string) error {
	name := p.name + "/auth/" + kind
	if err := p.register(redact.NewSecret(name, "", []byte(value))); err != nil {
		// The text is left out: register is foreign code.
		e := &Error{Op: "login", Reason: fmt.Sprintf("%s could not be registered for redaction, so it is not used", name)}
		var short *redact.ShortSecretError
		if errors.As(err, &short) {
			e.Reason += fmt.Sprintf(": %d bytes, minimum %d", short.Len, short.Min)
		}
		return e
	}
	return nil
}
