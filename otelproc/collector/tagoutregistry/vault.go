package tagoutregistry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/vault"
)

// VaultConfig reads paths of HashiCorp Vault or OpenBao: KV and static roles. A
// path whose read makes a credential (database/creds/...) is refused.
type VaultConfig struct {
	// Address is an http or https URL. One that holds a user, a password or a
	// query is refused: the address is shown in errors and log entries.
	Address   string   `mapstructure:"address"`
	Namespace string   `mapstructure:"namespace"`
	CAFile    string   `mapstructure:"ca_file"`
	Paths     []string `mapstructure:"paths"`

	// Auth is how the Collector logs in.
	Auth VaultAuthConfig `mapstructure:"auth"`
}

// VaultAuthConfig is one way to log in. Prefer kubernetes or jwt, which need no
// secret here.
type VaultAuthConfig struct {
	// Method is "kubernetes", "jwt", "approle" or "token".
	Method string `mapstructure:"method"`
	Mount  string `mapstructure:"mount"` // the method's name by default
	Role   string `mapstructure:"role"`  // kubernetes, jwt; the role id for approle
	// File holds the service account's token (kubernetes, jwt), the secret id
	// (approle) or the token.
	File string `mapstructure:"file"`
	// SecretID and Token are for approle and token where there is no file.
	SecretID configopaque.String `mapstructure:"secret_id"`
	Token    configopaque.String `mapstructure:"token"`
}

func (c *VaultConfig) validate() error {
	if err := address("vault: address", c.Address, "http", "https"); err != nil {
		return err
	}
	if len(c.Paths) == 0 {
		return errors.New("vault: paths are missing")
	}
	a := c.Auth
	switch a.Method {
	case "kubernetes", "jwt":
		if a.Role == "" {
			return fmt.Errorf("vault: auth: %s needs a role", a.Method)
		}
		if a.Method == "jwt" && a.File == "" {
			return errors.New("vault: auth: jwt needs a file")
		}
	case "approle":
		if a.Role == "" || (a.File == "") == (a.SecretID == "") {
			return errors.New("vault: auth: approle needs a role, and a file or a secret_id")
		}
	case "token":
		if (a.File == "") == (a.Token == "") {
			return errors.New("vault: auth: token needs a file or a token")
		}
	default:
		return errors.New(`vault: auth: method must be "kubernetes", "jwt", "approle" or "token"`)
	}
	return nil
}

func (c *VaultAuthConfig) auth() vault.Auth {
	var opts []vault.AuthOption
	if c.Mount != "" {
		opts = append(opts, vault.AtMount(c.Mount))
	}
	fromFile := opts
	if c.File != "" {
		fromFile = append(fromFile, vault.FromFile(c.File))
	}
	switch {
	case c.Method == "kubernetes":
		return vault.Kubernetes(c.Role, fromFile...)
	case c.Method == "jwt":
		return vault.JWT(c.Role, fromFile...)
	case c.Method == "approle" && c.File != "":
		return vault.AppRoleFile(c.Role, c.File, opts...)
	case c.Method == "approle":
		return vault.AppRole(c.Role, string(c.SecretID), opts...)
	case c.File != "":
		return vault.TokenFile(c.File)
	default:
		return vault.Token(string(c.Token))
	}
}

// newVault registers the credentials of the login for redaction too.
func newVault(c *VaultConfig, reg *secretsregistry.Registry) (source, error) {
	opts := []vault.Option{vault.WithPreviousVersions(1)}
	if c.Namespace != "" {
		opts = append(opts, vault.WithNamespace(c.Namespace))
	}
	if c.CAFile != "" {
		pem, err := readFile(c.CAFile, 1<<20)
		if err != nil {
			return nil, fmt.Errorf("vault: ca_file: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("vault: ca_file: no certificate in it")
		}
		opts = append(opts, vault.WithTLS(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	}
	p, err := vault.New(c.Address, c.Auth.auth(), reg.Put, opts...)
	if err != nil {
		return nil, err
	}
	return newProvider("vault "+c.Address, p, c.Paths), nil
}
