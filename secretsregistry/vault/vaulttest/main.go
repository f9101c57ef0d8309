// Command vaultd is the real Vault (v1.14.1, the last release under the MPL)
// as a child process for tests: in memory, unsealed, with KV, AppRole and JWT,
// and the backend of dynamic.go. It prints one line of JSON (addr, token, keys)
// and serves until it is killed; a restart begins with empty storage. With
// -parse it checks a configuration file instead.
//
// It is a module of its own with exact old versions: never tidy it together
// with the rest, and build it with .ci/vault.
package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"flag"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/command/server"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/vault"
	testing "github.com/mitchellh/go-testing-interface"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to serve on")
	cert := flag.String("cert", "", "PEM `file` of a certificate: serve TLS")
	key := flag.String("key", "", "PEM `file` of its key")
	parse := flag.String("parse", "", "configuration `file` to check, as vault server would read it; nothing is served")
	flag.Parse()
	if *parse != "" {
		c, err := server.LoadConfigFile(*parse)
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range c.Validate(*parse) {
			log.Fatal(e.String())
		}
		return
	}

	core, keys, token := vault.TestCoreUnsealedWithConfig(&testing.RuntimeT{}, &vault.CoreConfig{
		Logger:             hclog.New(&hclog.LoggerOptions{Level: hclog.Error}),
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory, "dynamic": newDynamic},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory, "jwt": jwt.Factory},
	})
	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	ready := struct {
		Addr  string   `json:"addr"`
		Token string   `json:"token"`
		Keys  []string `json:"keys"`
	}{Addr: "http://" + ln.Addr().String(), Token: token}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			log.Fatal(err)
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
		ready.Addr = "https://" + ln.Addr().String()
	}
	for _, k := range keys {
		ready.Keys = append(ready.Keys, base64.StdEncoding.EncodeToString(k))
	}
	json.NewEncoder(os.Stdout).Encode(ready)
	log.Fatal(http.Serve(ln, vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core: core, ListenerConfig: &configutil.Listener{Address: ln.Addr().String()},
	})))
}
