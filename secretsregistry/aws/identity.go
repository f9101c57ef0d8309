package aws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/seed-00b494d3/tagout/redact"
)

// use registers the provider's own credentials.
type use struct {
	register func(...redact.Secret) error
	prefix   string
}

// errUnregistered ends a request whose credentials could not be registered. It
// leaves out what register said, which is foreign text.
var errUnregistered = errors.New("aws: own credentials could not be registered for redaction, so they are not used")

func (u use) now(kind, value string) error {
	if value == "" {
		return nil
	}
	if err := u.register(redact.NewSecret(u.prefix+kind, "", []byte(value))); err != nil {
		return errUnregistered
	}
	return nil
}

// registering is a source of credentials that registers what it hands out. It
// sits behind the SDK's cache, which asks it when credentials change.
type registering struct {
	next  func() sdk.CredentialsProvider
	use   use
	limit time.Duration
}

func (r registering) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	// The SDK's cache shares one request among all callers and takes their
	// contexts off it: one that hangs would be joined by every later fetch.
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	c, err := r.next().Retrieve(ctx)
	if err != nil {
		return sdk.Credentials{}, err
	}
	for _, v := range []struct{ kind, value string }{
		{"access-key-id", c.AccessKeyID}, {"secret-access-key", c.SecretAccessKey}, {"session-token", c.SessionToken},
	} {
		if err := r.use.now(v.kind, v.value); err != nil {
			return sdk.Credentials{}, err
		}
	}
	return c, nil
}

// webIdentity exchanges the service account's token for keys. The request is
// not signed: the token is what authenticates it.
func webIdentity(cfg sdk.Config, role, file string, u use) sdk.CredentialsProvider {
	cfg.Credentials = sdk.AnonymousCredentials{}
	client := sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = sdk.NopRetryer{}
		o.ClientLogMode = 0
	})
	return stscreds.NewWebIdentityRoleProvider(once{client}, role, tokenFile{file, u})
}

// once drops the retries that the SDK's provider adds to each call.
type once struct{ *sts.Client }

func (c once) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, _ ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return c.Client.AssumeRoleWithWebIdentity(ctx, in)
}

// tokenFile reads the token anew each time, as Kubernetes rotates it.
type tokenFile struct {
	path string
	use  use
}

func (t tokenFile) GetIdentityToken() ([]byte, error) {
	b, err := os.ReadFile(t.path)
	if err != nil {
		return nil, fmt.Errorf("aws: token of the service account: %w", err) // names the path only
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return nil, fmt.Errorf("aws: token file %q is empty", t.path)
	}
	if err := t.use.now("web-identity-token", token); err != nil {
		return nil, err
	}
	return []byte(token), nil
}
