package tagoutregistry

import (
	"context"
	"errors"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/aws"
	"github.com/seed-00b494d3/tagout/secretsregistry/azure"
	"github.com/seed-00b494d3/tagout/secretsregistry/gcp"
)

// AWSConfig reads AWS Secrets Manager as the pod's service account (IRSA):
// region, role and token file come from the variables that EKS sets.
type AWSConfig struct {
	Paths []string `mapstructure:"paths"` // names or ARNs of secrets
}

// AzureConfig reads an Azure Key Vault, as the pod's workload identity or as a
// managed identity.
type AzureConfig struct {
	VaultURL string   `mapstructure:"vault_url"`
	Paths    []string `mapstructure:"paths"`
	// ManagedIdentity uses the machine's managed identity, the one of ClientID
	// if it is given, instead of the workload identity.
	ManagedIdentity bool   `mapstructure:"managed_identity"`
	ClientID        string `mapstructure:"client_id"`
}

// GCPConfig reads Google Secret Manager with the identity of the metadata server,
// or by workload identity federation if Audience is given.
type GCPConfig struct {
	Project   string   `mapstructure:"project"`
	Paths     []string `mapstructure:"paths"`
	Audience  string   `mapstructure:"audience"`
	TokenFile string   `mapstructure:"token_file"`
}

func (c *AWSConfig) validate() error {
	if len(c.Paths) == 0 {
		return errors.New("aws: paths are missing")
	}
	return nil
}

func (c *AzureConfig) validate() error {
	if err := address("azure: vault_url", c.VaultURL, "https"); err != nil {
		return err
	}
	switch {
	case len(c.Paths) == 0:
		return errors.New("azure: paths are missing")
	case c.ClientID != "" && !c.ManagedIdentity:
		return errors.New("azure: client_id needs managed_identity")
	}
	return nil
}

func (c *GCPConfig) validate() error {
	switch {
	case len(c.Paths) == 0:
		return errors.New("gcp: paths are missing")
	case (c.Audience == "") != (c.TokenFile == ""):
		return errors.New("gcp: audience and token_file belong together")
	}
	return nil
}

func newAWS(c *AWSConfig, reg *secretsregistry.Registry) (source, error) {
	p, err := aws.FromEnv(reg.Put)
	if err != nil {
		return nil, err
	}
	return newProvider("aws", p, c.Paths), nil
}

func newAzure(c *AzureConfig, reg *secretsregistry.Registry) (source, error) {
	cred := azure.WorkloadIdentity()
	if c.ManagedIdentity {
		cred = azure.ManagedIdentity(c.ClientID)
	}
	p, err := azure.New(c.VaultURL, cred, reg.Put)
	if err != nil {
		return nil, err
	}
	return newProvider("azure "+c.VaultURL, p, c.Paths), nil
}

func newGCP(c *GCPConfig, reg *secretsregistry.Registry) (source, error) {
	id := gcp.MetadataServer()
	if c.Audience != "" {
		id = gcp.WorkloadIdentity(c.Audience, c.TokenFile)
	}
	var opts []gcp.Option
	if c.Project != "" {
		opts = append(opts, gcp.WithProject(c.Project))
	}
	p, err := gcp.New(context.Background(), id, reg.Put, opts...)
	if err != nil {
		return nil, err
	}
	return newProvider("gcp", p, c.Paths), nil
}
