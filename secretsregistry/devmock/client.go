package devmock

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Client reads from a [Manager.Handler] over HTTP. It is also the shortest
// model of a provider for a service of one's own.
type Client struct {
	base string
	// Buffers of idle connections hold the last answer, so a client is kept
	// where no formatter reaches it.
	do func(*http.Request) (*http.Response, error)
}

// NewClient returns a Client of the server at base, "http://127.0.0.1:8200"
// for one. A nil client is [http.DefaultClient]; the cache sets the deadlines.
func NewClient(base string, client *http.Client) *Client {
	if client == nil {
		client = http.DefaultClient
	}
	return &Client{strings.TrimSuffix(base, "/"), client.Do}
}

type statusError struct {
	status int
	after  time.Duration
}

func (e statusError) Error() string                 { return "HTTP " + strconv.Itoa(e.status) }
func (e statusError) RetryAfterHint() time.Duration { return e.after }

func (e statusError) Unwrap() error {
	switch e.status {
	case http.StatusNotFound:
		return secretsregistry.ErrNotFound
	case http.StatusForbidden:
		return secretsregistry.ErrDenied
	}
	return nil
}

// Fetch implements [secretsregistry.Provider].
func (c *Client) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	fail := func(err error) (*secretsregistry.Payload, error) {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("devmock: read %q: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/"+(&url.URL{Path: path}).EscapedPath(), nil)
	if err != nil {
		return fail(fmt.Errorf("no usable path: %w", secretsregistry.ErrNotFound))
	}
	resp, err := c.do(req)
	if err != nil {
		return fail(fmt.Errorf("request failed")) // what the transport says is not ours to vouch for
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return fail(statusError{resp.StatusCode, time.Duration(max(after, 0)) * time.Second})
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return fail(fmt.Errorf("answer cut"))
	}
	var x wire
	if json.Unmarshal(body, &x) != nil || len(x.Data) == 0 {
		return fail(secretsregistry.ErrMalformed)
	}
	return x.payload(), nil
}

func (x wire) payload() *secretsregistry.Payload {
	opts := []secretsregistry.PayloadOption{secretsregistry.WithLease(time.Duration(x.Lease * float64(time.Second)))}
	for _, q := range x.Previous {
		opts = append(opts, secretsregistry.WithPrevious(q.payload()))
	}
	for _, q := range x.Pending {
		opts = append(opts, secretsregistry.WithPending(q.payload()))
	}
	return secretsregistry.NewPayload(x.Data, x.Version, opts...)
}
