package azure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Provider reads one Key Vault. It is safe for concurrent use.
type Provider struct {
	client func() *azsecrets.Client // behind a closure: it leads to credentials
	extra  time.Duration
}

var _ secretsregistry.Provider = (*Provider)(nil)

// An Option changes a Provider.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	name            string
	transport       policy.Transporter
	anyHost         bool
	previousPending time.Duration
}

// WithName sets the prefix of the names under which the provider registers its
// own credentials ("azure" gives "azure/auth/access-token"). Two providers that
// feed one registry need two names.
func WithName(name string) Option { return optionFunc(func(c *config) { c.name = name }) }

// WithTransport sets what sends the requests, such as an *http.Client with a
// proxy. The default is the SDK's.
func WithTransport(t policy.Transporter) Option {
	return optionFunc(func(c *config) { c.transport = t })
}

// WithAnyHost takes challenges that name another domain than the vault's, as
// behind a private proxy. It lets whoever answers at the vault's address
// choose for whom the token is; without it a wrong domain fails.
func WithAnyHost() Option { return optionFunc(func(c *config) { c.anyHost = true }) }

// New returns a Provider for the vault at vaultURL (https).
//
// Access tokens are passed to register, the Put of a registry, before the first
// request that carries them, and again whenever they change. If register
// refuses one, it is not used and the request fails. The same holds for what a
// [Credential] of this package authenticates with. New panics if cred or
// register is nil.
func New(vaultURL string, cred Credential, register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	if cred == nil || register == nil {
		panic("azure: New with a nil Credential or register function")
	}
	c := config{name: "azure", previousPending: 2 * time.Second}
	for _, o := range opts {
		o.apply(&c)
	}
	if u, err := url.Parse(vaultURL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("azure: the address of the vault is no https URL without credentials")
	}
	clientOptions := azcore.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: c.transport,
	}
	u := use{register: register, prefix: c.name + "/auth/"}
	token, err := cred.open(clientOptions, u)
	if err != nil {
		return nil, errors.New("azure: the credential cannot be used: tenant, client or token file is missing or malformed")
	}
	client, err := azsecrets.NewClient(vaultURL, registering{func() azcore.TokenCredential { return token }, u}, &azsecrets.ClientOptions{
		ClientOptions:                        clientOptions,
		DisableChallengeResourceVerification: c.anyHost,
	})
	if err != nil {
		return nil, errors.New("azure: the client cannot be made")
	}
	return &Provider{client: func() *azsecrets.Client { return client }, extra: c.previousPending}, nil
}

// Format implements fmt.Formatter for every verb.
func (p *Provider) Format(s fmt.State, _ rune) { io.WriteString(s, "azure.Provider") }

// Fetch reads the newest version of a secret, and best effort the newest
// enabled one before it.
func (p *Provider) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	if err := checkName(path); err != nil {
		return nil, err
	}
	asked := time.Now()
	cur, err := p.read(ctx, path, "")
	if err != nil {
		return nil, err
	}
	var opts []secretsregistry.PayloadOption
	if !cur.expires.IsZero() {
		if !cur.expires.After(asked) {
			return nil, &Error{Path: path, Reason: "the version has expired", class: secretsregistry.ErrNotFound}
		}
		opts = append(opts, secretsregistry.WithExpiry(cur.expires))
	}
	// Never at the price of the current version.
	ctx, cancel := context.WithTimeout(ctx, p.extra)
	defer cancel()
	if id := p.before(ctx, path, cur); id != "" {
		if v, err := p.read(ctx, path, id); err == nil {
			opts = append(opts, secretsregistry.WithPrevious(secretsregistry.NewPayload(v.fields, short(v.id))))
		}
	}
	return secretsregistry.NewPayload(cur.fields, short(cur.id), opts...), nil
}

// A version is one version of a secret. It stays inside the package.
type version struct {
	fields           map[string]string
	id               string
	created, expires time.Time
}

func (p *Provider) read(ctx context.Context, path, id string) (version, error) {
	out, err := p.client().GetSecret(ctx, path, id, nil)
	if err != nil {
		return version{}, fail(ctx, path, err)
	}
	if out.Value == nil || out.ID == nil {
		return version{}, &Error{Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	v := version{fields: decode(*out.Value), id: out.ID.Version()}
	if len(v.fields) == 0 || v.id == "" {
		return version{}, &Error{Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	if a := out.Attributes; a != nil {
		if a.Created != nil {
			v.created = *a.Created
		}
		if a.Expires != nil {
			v.expires = *a.Expires
		}
	}
	return v, nil
}

// before finds the newest enabled version older than cur. Key Vault lists
// versions in no order that it promises.
func (p *Provider) before(ctx context.Context, path string, cur version) string {
	var best string
	var when time.Time
	pager := p.client().NewListSecretPropertiesVersionsPager(path, nil)
	for range 20 { // pages
		if !pager.More() {
			break
		}
		page, err := pager.NextPage(ctx)
		if err != nil {
			return best
		}
		for _, s := range page.Value {
			if s == nil || s.ID == nil || s.Attributes == nil || s.Attributes.Created == nil {
				continue
			}
			if s.Attributes.Enabled != nil && !*s.Attributes.Enabled || s.ID.Version() == cur.id {
				continue
			}
			if t := *s.Attributes.Created; !t.After(cur.created) && (best == "" || t.After(when)) {
				best, when = s.ID.Version(), t
			}
		}
	}
	return best
}

func short(id string) string { return id[:min(len(id), 8)] }

// checkName refuses what Key Vault has no names for, and what would reach
// another path.
func checkName(path string) error {
	ok := path != "" && len(path) <= 127
	for i := 0; i < len(path) && ok; i++ {
		c := path[i]
		ok = c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	if !ok {
		return &Error{Path: path, Reason: "no name of a secret: letters, digits and dashes", class: secretsregistry.ErrNotFound}
	}
	return nil
}
