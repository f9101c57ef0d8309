package azure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/seed-00b494d3/tagout/redact"
)

// A Credential says who the provider is: [ManagedIdentity], [WorkloadIdentity]
// or any credential of the SDK by [Use].
type Credential interface {
	open(azcore.ClientOptions, use) (azcore.TokenCredential, error)
}

type credentialFunc func(azcore.ClientOptions, use) (azcore.TokenCredential, error)

func (f credentialFunc) open(o azcore.ClientOptions, u use) (azcore.TokenCredential, error) {
	return f(o, u)
}

// ManagedIdentity is the identity that Azure gives to the machine, the
// container or the function. clientID chooses a user-assigned one; empty means
// the system-assigned.
func ManagedIdentity(clientID string) Credential {
	return credentialFunc(func(o azcore.ClientOptions, u use) (azcore.TokenCredential, error) {
		// In App Service the endpoint is protected by a secret in the
		// environment, which goes out with the first request.
		for _, name := range []string{"IDENTITY_HEADER", "MSI_SECRET"} {
			if err := u.now(strings.ToLower(strings.ReplaceAll(name, "_", "-")), os.Getenv(name)); err != nil {
				return nil, err
			}
		}
		opts := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: o}
		if clientID != "" {
			opts.ID = azidentity.ClientID(clientID)
		}
		return azidentity.NewManagedIdentityCredential(opts)
	})
}

// WorkloadIdentity exchanges the service account's token of a pod on AKS, as
// the webhook of Azure Workload Identity sets it up: AZURE_TENANT_ID,
// AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST.
func WorkloadIdentity() Credential {
	return credentialFunc(func(o azcore.ClientOptions, u use) (azcore.TokenCredential, error) {
		tenant, client, file := os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), os.Getenv("AZURE_FEDERATED_TOKEN_FILE")
		if tenant == "" || client == "" || file == "" {
			return nil, errors.New("azure: the pod has no workload identity")
		}
		if host := os.Getenv("AZURE_AUTHORITY_HOST"); host != "" {
			o.Cloud.ActiveDirectoryAuthorityHost = host
		}
		assertion := func(context.Context) (string, error) {
			b, err := os.ReadFile(file) // anew each time, as Kubernetes rotates it
			if err != nil {
				return "", fmt.Errorf("azure: token of the service account: %w", err) // names the path only
			}
			token := strings.TrimSpace(string(b))
			if token == "" {
				return "", errors.New("azure: the token of the service account is empty")
			}
			return token, u.now("federated-token", token)
		}
		return azidentity.NewClientAssertionCredential(tenant, client, assertion, &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: o, DisableInstanceDiscovery: true, // the authority is the cluster's setting, not a user's input
		})
	})
}

// Use takes a credential of the SDK, made by the caller. Access tokens that it
// gives are registered; what it authenticates with itself (a client secret, a
// certificate) is the caller's to register.
func Use(c azcore.TokenCredential) Credential {
	return credentialFunc(func(azcore.ClientOptions, use) (azcore.TokenCredential, error) {
		if c == nil {
			return nil, errors.New("azure: nil credential")
		}
		return c, nil
	})
}

// use registers the provider's own credentials.
type use struct {
	register func(...redact.Secret) error
	prefix   string
}

// errUnregistered ends a request whose credentials could not be registered. It
// leaves out what register said, which is foreign text.
var errUnregistered = errors.New("azure: own credentials could not be registered for redaction, so they are not used")

func (u use) now(kind, value string) error {
	if value == "" {
		return nil
	}
	if err := u.register(redact.NewSecret(u.prefix+kind, "", []byte(value))); err != nil {
		return errUnregistered
	}
	return nil
}

// registering registers each access token before a request carries it.
type registering struct {
	next func() azcore.TokenCredential
	use  use
}

func (r registering) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := r.next().GetToken(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	if err := r.use.now("access-token", t.Token); err != nil {
		return azcore.AccessToken{}, err
	}
	return t, nil
}
