package gcp

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/googleapis/gax-go/v2"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxAnswer bounds an answer; a version holds 64 KiB at most.
const maxAnswer = 1 << 20

// A Provider reads Secret Manager. It is safe for concurrent use.
type Provider struct {
	client func() *secretmanager.Client // behind a closure: it leads to credentials
	forget func(context.Context)
	parent string
	extra  time.Duration
}

var _ secretsregistry.Provider = (*Provider)(nil)

// An Option changes a Provider.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	name, parent    string
	client          []option.ClientOption
	previousPending time.Duration
}

// WithName sets the prefix of the names under which the provider registers its
// own credentials ("gcp" gives "gcp/auth/access-token"). Two providers that
// feed one registry need two names.
func WithName(name string) Option { return optionFunc(func(c *config) { c.name = name }) }

// WithProject lets paths be names of secrets in this project.
func WithProject(project string) Option {
	return optionFunc(func(c *config) { c.parent = "projects/" + project })
}

// WithLocation lets paths be names of regional secrets, which have an endpoint
// of their own.
func WithLocation(project, location string) Option {
	return optionFunc(func(c *config) {
		c.parent = "projects/" + project + "/locations/" + location
		c.client = append(c.client, option.WithEndpoint("secretmanager."+location+".rep.googleapis.com:443"))
	})
}

// WithClientOptions passes options to the official client, such as an endpoint.
// Options that carry credentials do not belong here: they would not be
// registered.
func WithClientOptions(opts ...option.ClientOption) Option {
	return optionFunc(func(c *config) { c.client = append(c.client, opts...) })
}

// New returns a Provider. No request is made before the first Fetch.
//
// Access tokens are passed to register, the Put of a registry, before the first
// request that carries them, and again whenever they change. If register
// refuses one, it is not used and the request fails. New panics if id or
// register is nil.
func New(ctx context.Context, id Identity, register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	if id == nil || register == nil {
		panic("gcp: New with a nil Identity or register function")
	}
	c := config{name: "gcp", previousPending: 2 * time.Second}
	for _, o := range opts {
		o.apply(&c)
	}
	source, err := id.open(use{register: register, prefix: c.name + "/auth/"})
	if err != nil {
		return nil, err
	}
	tokens := newTokens(source)
	client, err := secretmanager.NewClient(ctx, append([]option.ClientOption{
		option.WithAuthCredentials(auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: tokens})),
		option.WithGRPCDialOption(grpc.WithDisableRetry()),
		option.WithGRPCDialOption(grpc.WithDisableServiceConfig()),
		option.WithGRPCDialOption(grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer))),
		option.WithTelemetryDisabled(),
	}, c.client...)...)
	if err != nil {
		return nil, errors.New("gcp: the client cannot be made")
	}
	client.CallOptions.AccessSecretVersion = []gax.CallOption{}
	return &Provider{
		client: func() *secretmanager.Client { return client },
		forget: tokens.forget,
		parent: c.parent, extra: c.previousPending,
	}, nil
}

// Format implements fmt.Formatter for every verb.
func (p *Provider) Format(s fmt.State, _ rune) { io.WriteString(s, "gcp.Provider") }

// Close closes the connection.
func (p *Provider) Close() error {
	if p.client().Close() != nil {
		return errors.New("gcp: close failed")
	}
	return nil
}

// Fetch reads the latest version of a secret, and best effort the one before.
func (p *Provider) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	name, err := p.resource(path)
	if err != nil {
		return nil, err
	}
	cur, n, err := p.access(ctx, path, name+"/versions/latest")
	if err != nil {
		return nil, err
	}
	// Never at the price of the current version.
	ctx, cancel := context.WithTimeout(ctx, p.extra)
	defer cancel()
	var opts []secretsregistry.PayloadOption
	for i := n - 1; i >= 1 && i >= n-3; i-- { // disabled and destroyed ones are passed over
		prev, _, err := p.access(ctx, path, name+"/versions/"+strconv.Itoa(i))
		if errors.Is(err, secretsregistry.ErrNotFound) {
			continue
		}
		if err == nil {
			opts = append(opts, secretsregistry.WithPrevious(secretsregistry.NewPayload(prev, "v"+strconv.Itoa(i))))
		}
		break
	}
	return secretsregistry.NewPayload(cur, "v"+strconv.Itoa(n), opts...), nil
}

// resource spells a path as the name of a secret.
func (p *Provider) resource(path string) (string, error) {
	name := path
	if !strings.HasPrefix(path, "projects/") && p.parent != "" {
		name = p.parent + "/secrets/" + path
	}
	parts := strings.Split(name, "/")
	ok := len(parts) == 4 && parts[2] == "secrets" || len(parts) == 6 && parts[2] == "locations" && parts[4] == "secrets"
	for _, s := range parts {
		ok = ok && s != "" && s != "." && s != ".."
	}
	if !ok || parts[0] != "projects" {
		return "", &Error{Path: path, Reason: "no name of a secret", class: secretsregistry.ErrNotFound}
	}
	return name, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// access reads one version. A token that Google does not take any more is
// replaced once.
func (p *Provider) access(ctx context.Context, path, version string) (map[string]string, int, error) {
	in := &secretmanagerpb.AccessSecretVersionRequest{Name: version}
	out, err := p.client().AccessSecretVersion(ctx, in)
	if status.Code(err) == codes.Unauthenticated {
		p.forget(ctx)
		out, err = p.client().AccessSecretVersion(ctx, in)
	}
	if err != nil {
		return nil, 0, fail(ctx, path, err)
	}
	data := out.GetPayload().GetData()
	if sum := out.GetPayload().DataCrc32C; sum != nil && *sum != int64(crc32.Checksum(data, castagnoli)) {
		return nil, 0, &Error{Path: path, Reason: "the checksum does not fit", class: secretsregistry.ErrMalformed}
	}
	_, number, _ := strings.Cut(out.GetName(), "/versions/")
	n, err := strconv.Atoi(number)
	fields := decode(string(data))
	if err != nil || n < 1 || len(fields) == 0 {
		return nil, 0, &Error{Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	return fields, n, nil
}
