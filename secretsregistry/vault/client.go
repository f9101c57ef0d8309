package vault

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/vault/api"
)

// maxBody bounds every answer. Vault refuses entries above 1 MiB (raft) or
// 32 MiB (any request); no secret of that size can be matched.
const maxBody = 4 << 20

var errTooLarge = errors.New("vault: answer too large")

// newClient returns a client without a token. It takes nothing from the
// environment, where a VAULT_TOKEN could replace a credential that was
// registered by one that was not, and it makes one attempt per call: retries
// belong to the cache, which counts them.
func newClient(addr string, c *config) (*api.Client, *http.Transport, error) {
	u, err := url.Parse(addr)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, nil, errors.New("vault: the address is no http or https URL")
	}
	if u.User != nil {
		return nil, nil, errors.New("vault: the address carries credentials")
	}
	tr := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       c.tls,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
		ResponseHeaderTimeout: c.timeout,
	}
	client, err := api.NewClient(&api.Config{
		Address:    addr,
		HttpClient: &http.Client{Transport: limited{tr}, CheckRedirect: noRedirect},
		MaxRetries: 0,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("vault: client: %w", scrub(err))
	}
	client.ClearToken()
	client.SetMaxRetries(0)
	client.SetClientTimeout(0) // each request carries its own deadline
	client.ClearNamespace()
	if c.namespace != "" {
		client.SetNamespace(c.namespace)
	}
	client.SetCloneHeaders(true)
	return client, tr, nil
}

// noRedirect leaves redirects to the client of the API, which follows one at
// most and never from https to http.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// limited cuts answers at maxBody, with an error: the API's client reads
// bodies to the end whatever their size.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = &limitedBody{resp.Body, maxBody}
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
