package vault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-00b494d3/tagout/redact"
)

// FromEnv returns a Provider as the vault command would be set up, for command
// lines. addr is the server, VAULT_ADDR if empty.
//
//	VAULT_TOKEN                              a token
//	VAULT_ROLE_ID with VAULT_SECRET_ID,      AppRole
//	  VAULT_SECRET_ID_FILE or
//	  VAULT_WRAPPED_SECRET_ID
//	VAULT_ROLE                               the pod's service account, by the
//	                                         auth method kubernetes, or jwt if
//	                                         VAULT_AUTH_METHOD says so;
//	                                         VAULT_JWT_FILE names another file
//	~/.vault-token                           what "vault login" left behind
//
// The first of them that is set is used, unless VAULT_AUTH_METHOD (token,
// approle, kubernetes, jwt) chooses. VAULT_AUTH_MOUNT is the mount of the method,
// VAULT_NAMESPACE the namespace. TLS comes from VAULT_CACERT, VAULT_CAPATH,
// VAULT_CLIENT_CERT with VAULT_CLIENT_KEY, and VAULT_TLS_SERVER_NAME;
// VAULT_SKIP_VERIFY is refused, because whoever answers would get the token.
func FromEnv(addr string, register func(...redact.Secret) error, opts ...Option) (*Provider, error) {
	if addr == "" {
		addr = os.Getenv("VAULT_ADDR")
	}
	if addr == "" {
		return nil, errors.New("vault: no address: VAULT_ADDR is not set")
	}
	t, err := tlsFromEnv()
	if err != nil {
		return nil, err
	}
	auth, err := authFromEnv()
	if err != nil {
		return nil, err
	}
	env := []Option{WithTLS(t)}
	if ns := os.Getenv("VAULT_NAMESPACE"); ns != "" {
		env = append(env, WithNamespace(ns))
	}
	return New(addr, auth, register, append(env, opts...)...)
}

func authFromEnv() (Auth, error) {
	home, _ := os.UserHomeDir()
	tokenFile := filepath.Join(home, ".vault-token")
	method := os.Getenv("VAULT_AUTH_METHOD")
	if method == "" {
		_, err := os.Stat(tokenFile)
		switch {
		case os.Getenv("VAULT_TOKEN") != "":
			method = "token"
		case os.Getenv("VAULT_ROLE_ID") != "":
			method = "approle"
		case os.Getenv("VAULT_ROLE") != "":
			method = "kubernetes"
		case err == nil:
			method = "token"
		default:
			return nil, errors.New("vault: no credentials: none of VAULT_TOKEN, VAULT_ROLE_ID, VAULT_ROLE and ~/.vault-token is there")
		}
	}
	var opts []AuthOption
	if m := os.Getenv("VAULT_AUTH_MOUNT"); m != "" {
		opts = append(opts, AtMount(m))
	}
	if f := os.Getenv("VAULT_JWT_FILE"); f != "" {
		opts = append(opts, FromFile(f))
	}
	role, roleID := os.Getenv("VAULT_ROLE"), os.Getenv("VAULT_ROLE_ID")
	switch method {
	case "token":
		if t := os.Getenv("VAULT_TOKEN"); t != "" {
			return Token(t), nil
		}
		return TokenFile(tokenFile), nil
	case "approle":
		if id := os.Getenv("VAULT_SECRET_ID"); id != "" {
			return AppRole(roleID, id, opts...), nil
		}
		if f := os.Getenv("VAULT_SECRET_ID_FILE"); f != "" {
			return AppRoleFile(roleID, f, opts...), nil
		}
		if w := os.Getenv("VAULT_WRAPPED_SECRET_ID"); w != "" {
			return AppRoleWrapped(roleID, w, opts...), nil
		}
		return nil, errors.New("vault: AppRole without VAULT_SECRET_ID, VAULT_SECRET_ID_FILE or VAULT_WRAPPED_SECRET_ID")
	case "kubernetes", "jwt":
		if role == "" {
			return nil, fmt.Errorf("vault: auth method %s without VAULT_ROLE", method)
		}
		if method == "jwt" {
			return JWT(role, opts...), nil
		}
		return Kubernetes(role, opts...), nil
	}
	return nil, errors.New("vault: VAULT_AUTH_METHOD is none of token, approle, kubernetes, jwt")
}

func tlsFromEnv() (*tls.Config, error) {
	switch os.Getenv("VAULT_SKIP_VERIFY") {
	case "", "0", "f", "F", "false", "FALSE", "False":
	default:
		return nil, errors.New("vault: VAULT_SKIP_VERIFY is set: give the CA by VAULT_CACERT instead")
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: os.Getenv("VAULT_TLS_SERVER_NAME")}
	var files []string
	if f := os.Getenv("VAULT_CACERT"); f != "" {
		files = append(files, f)
	}
	if dir := os.Getenv("VAULT_CAPATH"); dir != "" && len(files) == 0 { // as the vault command: the file wins
		list, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(list) == 0 {
			return nil, fmt.Errorf("vault: VAULT_CAPATH %q has no files", dir)
		}
		files = list
	}
	for _, f := range files {
		pem, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("vault: CA certificate: %w", err)
		}
		if t.RootCAs == nil {
			t.RootCAs = x509.NewCertPool()
		}
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("vault: CA certificate %q holds no PEM certificate", f)
		}
	}
	if cert := os.Getenv("VAULT_CLIENT_CERT"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, os.Getenv("VAULT_CLIENT_KEY"))
		if err != nil {
			return nil, fmt.Errorf("vault: client certificate %q and its key do not load", cert)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}
