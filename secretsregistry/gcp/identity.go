package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials/externalaccount"
	"github.com/seed-00b494d3/tagout/redact"
)

const scope = "https://www.googleapis.com/auth/cloud-platform"

// An Identity says who the provider is: [MetadataServer], [WorkloadIdentity] or
// any credentials of the client by [Use].
type Identity interface {
	open(use) (auth.TokenProvider, error)
}

type identityFunc func(use) (auth.TokenProvider, error)

func (f identityFunc) open(u use) (auth.TokenProvider, error) { return f(u) }

// MetadataServer is the identity that Google gives to the machine, the service
// or, by workload identity, the pod on GKE.
func MetadataServer() Identity {
	return identityFunc(func(u use) (auth.TokenProvider, error) {
		return registering{metadataServer{}, u}, nil
	})
}

// WorkloadIdentity is workload identity federation, for pods outside Google
// Cloud. The audience names the pool and its provider
// (//iam.googleapis.com/projects/.../providers/...); tokenFile holds the service
// account's token, which is read and registered whenever Google gets it.
func WorkloadIdentity(audience, tokenFile string, opts ...FederationOption) Identity {
	return identityFunc(func(u use) (auth.TokenProvider, error) {
		o := externalaccount.Options{
			Audience:             audience,
			SubjectTokenType:     "urn:ietf:params:oauth:token-type:jwt",
			Scopes:               []string{scope},
			SubjectTokenProvider: subject{tokenFile, u},
		}
		for _, f := range opts {
			f.applyFederation(&o)
		}
		return registering{exchange(o), u}, nil
	})
}

// A FederationOption changes a [WorkloadIdentity].
type FederationOption interface {
	applyFederation(*externalaccount.Options)
}

type federationFunc func(*externalaccount.Options)

func (f federationFunc) applyFederation(o *externalaccount.Options) { f(o) }

// AsServiceAccount lets the federated identity act as a Google service account
// (its email), where the pool itself has no access.
func AsServiceAccount(email string) FederationOption {
	return federationFunc(func(o *externalaccount.Options) {
		o.ServiceAccountImpersonationURL = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + email + ":generateAccessToken"
	})
}

// WithTokenURL sets the endpoint that exchanges tokens, and the client that
// calls it (nil for the default), such as of a private proxy.
func WithTokenURL(url string, client *http.Client) FederationOption {
	return federationFunc(func(o *externalaccount.Options) { o.TokenURL, o.Client = url, client })
}

// exchange gets a token by federation. New credentials each time: they would
// keep a token that Google refuses until it expires.
type exchange externalaccount.Options

func (e exchange) Token(ctx context.Context) (*auth.Token, error) {
	o := externalaccount.Options(e)
	c, err := externalaccount.NewCredentials(&o)
	if err != nil {
		return nil, errors.New("gcp: the workload identity is not usable: audience or token file is missing")
	}
	return c.Token(ctx)
}

// subject reads the service account's token and registers it before it goes
// out.
type subject struct {
	file string
	use  use
}

func (s subject) SubjectToken(context.Context, *externalaccount.RequestOptions) (string, error) {
	b, err := os.ReadFile(s.file) // anew each time, as Kubernetes rotates it
	if err != nil {
		return "", fmt.Errorf("gcp: token of the service account: %w", err) // names the path only
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", errors.New("gcp: the token of the service account is empty")
	}
	return token, s.use.now("subject-token", token)
}

// Use takes credentials of the official client, made by the caller. Access
// tokens that they give are registered; what they authenticate with themselves
// (a key file) is the caller's to register.
func Use(c auth.TokenProvider) Identity {
	return identityFunc(func(u use) (auth.TokenProvider, error) {
		if c == nil {
			return nil, errors.New("gcp: nil credentials")
		}
		return registering{c, u}, nil
	})
}

// use registers the provider's own credentials.
type use struct {
	register func(...redact.Secret) error
	prefix   string
}

// errUnregistered ends a request whose credentials could not be registered. It
// leaves out what register said, which is foreign text.
var errUnregistered = errors.New("gcp: own credentials could not be registered for redaction, so they are not used")

func (u use) now(kind, value string) error {
	if value == "" {
		return nil
	}
	if err := u.register(redact.NewSecret(u.prefix+kind, "", []byte(value))); err != nil {
		return errUnregistered
	}
	return nil
}
