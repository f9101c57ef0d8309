package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Provider reads secrets from one Vault or OpenBao. It is safe for concurrent
// use. It logs in at the first request, not before.
type Provider struct {
	base      func() *api.Client     // never given a token
	transport func() *http.Transport // its connections have buffers
	method    Auth
	canLogin  bool // a second login can give another token
	register  func(...redact.Secret) error
	name      string
	timeout   time.Duration
	poll      time.Duration
	previous  int
	notice    func(string)

	auth    chan struct{} // held by the one goroutine that logs in
	current atomic.Pointer[session]
	life    context.Context // ends with Close
	end     context.CancelFunc
	events  hub

	mu      sync.Mutex
	mounts  map[string]mountInfo
	static  map[string]staticState
	leased  map[string]bool
	noticed map[string]bool
}

var (
	_ secretsregistry.Provider = (*Provider)(nil)
	_ secretsregistry.Watcher  = (*Provider)(nil)
	_ secretsregistry.Leaser   = (*Provider)(nil)
	_ secretsregistry.Mutator  = (*Provider)(nil)
)

// New returns a Provider for the server at addr, an http or https URL.
//
// The credentials that it uses itself (tokens, secret ids, wrapping tokens,
// service account tokens) are passed to register, the Put of a registry, before
// the first request that carries them, and again whenever they change. A
// credential that register refuses is not used: the request fails. So the
// tokens of a development server need 8 bytes as well. New panics if auth or
// register is nil.
func New(addr string, auth Auth, register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	if auth == nil || register == nil {
		panic("vault: New with a nil Auth or register function")
	}
	c := config{timeout: 10 * time.Second, poll: 30 * time.Second, name: "vault", previous: 1, notice: func(string) {}}
	for _, o := range opts {
		o.apply(&c)
	}
	if c.timeout <= 0 || c.poll <= 0 || c.name == "" || c.notice == nil {
		return nil, errors.New("vault: an option has no usable value")
	}
	client, transport, err := newClient(addr, &c)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	p := &Provider{
		base:      func() *api.Client { return client },
		transport: func() *http.Transport { return transport },
		method:    auth,
		canLogin:  true,
		register:  register,
		name:      c.name,
		timeout:   c.timeout,
		poll:      c.poll,
		previous:  c.previous,
		notice:    c.notice,
		life:      life,
		end:       end,
		auth:      make(chan struct{}, 1),
		mounts:    map[string]mountInfo{},
		static:    map[string]staticState{},
		leased:    map[string]bool{},
		noticed:   map[string]bool{},
	}
	if t, ok := auth.(tokenAuth); ok {
		p.canLogin = t.changes
	} else if _, ok := auth.(wrappedAuth); ok {
		p.canLogin = false
	}
	p.events.p = p
	if u, err := url.Parse(addr); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		p.tell("the address is plain http: whoever is on the way reads the token and the secrets")
	}
	return p, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Format implements fmt.Formatter for every verb: a Provider leads to
// credentials.
func (p *Provider) Format(s fmt.State, _ rune) { io.WriteString(s, "vault.Provider") }

// Identity says as whom the provider reads, for audit events.
func (p *Provider) Identity() string { return p.method.identity() }

// Close revokes the token if the provider's own login made it, best effort
// within two seconds, and drops idle connections. Watches end. Leases that were
// made under the token end with it, so close after whoever uses them.
func (p *Provider) Close() error {
	p.end()
	p.events.close()
	p.retire()
	p.transport().CloseIdleConnections()
	return nil
}

// retire revokes the current token if it is ours.
func (p *Provider) retire() {
	s := p.current.Swap(nil)
	if s == nil || !s.own || !s.live(time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = call(ctx, s.client(), request{op: "revoke", path: "auth/token/revoke-self", body: map[string]any{}})
}

func (p *Provider) closed(r request) error {
	if p.life.Err() != nil {
		return &Error{Op: r.op, Path: r.label, Reason: "the provider is closed"}
	}
	return nil
}

// tell reports something once.
func (p *Provider) tell(text string) {
	p.mu.Lock()
	seen := p.noticed[text]
	p.noticed[text] = true
	p.mu.Unlock()
	if !seen {
		p.notice(text)
	}
}
