package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Provider reads one region's Secrets Manager. It is safe for concurrent use.
type Provider struct {
	// Behind closures: both lead to credentials.
	client func() *secretsmanager.Client
	keys   func() *sdk.CredentialsCache
	inner  func() sdk.CredentialsProvider
	extra  time.Duration
}

var _ secretsregistry.Provider = (*Provider)(nil)

// An Option changes a Provider.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	name            string
	roleARN, file   string
	webIdentity     bool
	previousPending time.Duration
	login           time.Duration
}

// WithName sets the prefix of the names under which the provider registers its
// own credentials ("aws" gives "aws/auth/secret-access-key"). Two providers
// that feed one registry need two names.
func WithName(name string) Option { return optionFunc(func(c *config) { c.name = name }) }

// WithWebIdentity takes the role roleARN with the service account token in
// tokenFile, instead of the credentials of the configuration. This is how IRSA
// works; [FromEnv] reads both from the variables that EKS sets.
func WithWebIdentity(roleARN, tokenFile string) Option {
	return optionFunc(func(c *config) { c.webIdentity, c.roleARN, c.file = true, roleARN, tokenFile })
}

// New returns a Provider for the region and the credentials of cfg, such as
// config.LoadDefaultConfig of the SDK gives them.
//
// What the provider authenticates with (keys, session tokens, the service
// account's token) is passed to register, the Put of a registry, before the
// first request that uses it, and again whenever it changes. If register
// refuses it, it is not used and the request fails. New panics if register is
// nil.
func New(cfg sdk.Config, register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	if register == nil {
		panic("aws: New with a nil register function")
	}
	c := config{name: "aws", previousPending: 2 * time.Second, login: 10 * time.Second}
	for _, o := range opts {
		o.apply(&c)
	}
	if cfg.Region == "" {
		return nil, errors.New("aws: no region")
	}
	u := use{register: register, prefix: c.name + "/auth/"}
	cfg = cfg.Copy()
	cfg.ClientLogMode = 0
	cfg.Logger = nil
	cfg.Retryer = nil
	if c.webIdentity {
		cfg.Credentials = webIdentity(cfg, c.roleARN, c.file, u)
	}
	if cfg.Credentials == nil {
		return nil, errors.New("aws: no credentials")
	}
	inner := cfg.Credentials
	keys := sdk.NewCredentialsCache(registering{next: func() sdk.CredentialsProvider { return inner }, use: u, limit: c.login})
	cfg.Credentials = keys
	client := secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
		o.Retryer = sdk.NopRetryer{}
		o.ClientLogMode = 0
	})
	return &Provider{
		client: func() *secretsmanager.Client { return client },
		keys:   func() *sdk.CredentialsCache { return keys },
		inner:  func() sdk.CredentialsProvider { return inner },
		extra:  c.previousPending,
	}, nil
}

// FromEnv returns a Provider for a pod with IRSA: AWS_REGION (or
// AWS_DEFAULT_REGION), AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, as EKS
// sets them.
func FromEnv(register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = os.Getenv("AWS_DEFAULT_REGION")
	}
	role, file := os.Getenv("AWS_ROLE_ARN"), os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	if role == "" || file == "" {
		return nil, errors.New("aws: AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE are not set: the pod has no role")
	}
	return New(sdk.Config{Region: region}, register, append([]Option{WithWebIdentity(role, file)}, opts...)...)
}

// Format implements fmt.Formatter for every verb.
func (p *Provider) Format(s fmt.State, _ rune) { io.WriteString(s, "aws.Provider") }

// Fetch reads the current version of a secret, and best effort the pending and
// the previous one. Where the rotation is so far that the pending version is
// the current one, it is given once.
func (p *Provider) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	cur, err := p.stage(ctx, path, "AWSCURRENT")
	if err != nil {
		return nil, err
	}
	// Never at the price of the current version.
	ctx, cancel := context.WithTimeout(ctx, p.extra)
	defer cancel()
	var opts []secretsregistry.PayloadOption
	seen := map[string]bool{cur.id: true}
	for _, s := range []struct {
		stage string
		with  func(*secretsregistry.Payload) secretsregistry.PayloadOption
	}{
		{"AWSPENDING", secretsregistry.WithPending},
		{"AWSPREVIOUS", secretsregistry.WithPrevious},
	} {
		v, err := p.stage(ctx, path, s.stage)
		if err != nil || seen[v.id] {
			continue
		}
		seen[v.id] = true
		opts = append(opts, s.with(secretsregistry.NewPayload(v.fields, short(v.id))))
	}
	return secretsregistry.NewPayload(cur.fields, short(cur.id), opts...), nil
}

// A version is what one stage holds. It stays inside the package.
type version struct {
	fields map[string]string
	id     string
}

// stage reads the version under a label. Credentials that AWS does not take any
// more are fetched anew once.
func (p *Provider) stage(ctx context.Context, path, stage string) (version, error) {
	in := &secretsmanager.GetSecretValueInput{SecretId: &path, VersionStage: &stage}
	out, err := p.client().GetSecretValue(ctx, in)
	if staleCredentials(err) {
		p.keys().Invalidate()
		if c, ok := p.inner().(*sdk.CredentialsCache); ok {
			c.Invalidate()
		}
		out, err = p.client().GetSecretValue(ctx, in)
	}
	if err != nil {
		return version{}, fail(ctx, path, err)
	}
	v := version{id: sdk.ToString(out.VersionId)}
	switch {
	case out.SecretString != nil:
		v.fields = decode(*out.SecretString)
	case len(out.SecretBinary) > 0:
		v.fields = map[string]string{"value": string(out.SecretBinary)}
	}
	if len(v.fields) == 0 {
		return version{}, &Error{Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	return v, nil
}

func short(id string) string { return id[:min(len(id), 8)] }
