package httpmw

import (
	"io"
	"net/http"
	"net/url"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Client is an [http.Client] whose errors are redacted as by [RedactError]. Its
// methods are those of http.Client. It is safe for concurrent use.
type Client struct {
	client *http.Client
	src    redact.Source
}

// NewClient returns a Client over c, which may be nil for [http.DefaultClient]. It
// panics if src is nil.
func NewClient(c *http.Client, src redact.Source) *Client {
	if src == nil {
		panic("httpmw: nil Source")
	}
	if c == nil {
		c = http.DefaultClient
	}
	return &Client{client: c, src: src}
}

// Do sends r.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.client.Do(r)
	return resp, RedactError(err, c.src)
}

// Get sends a GET request.
func (c *Client) Get(url string) (*http.Response, error) {
	resp, err := c.client.Get(url)
	return resp, RedactError(err, c.src)
}

// Head sends a HEAD request.
func (c *Client) Head(url string) (*http.Response, error) {
	resp, err := c.client.Head(url)
	return resp, RedactError(err, c.src)
}

// Post sends a POST request.
func (c *Client) Post(url, contentType string, body io.Reader) (*http.Response, error) {
	resp, err := c.client.Post(url, contentType, body)
	return resp, RedactError(err, c.src)
}

// PostForm sends a POST request with a form.
func (c *Client) PostForm(url string, data url.Values) (*http.Response, error) {
	resp, err := c.client.PostForm(url, data)
	return resp, RedactError(err, c.src)
}

// CloseIdleConnections closes those of the http.Client.
func (c *Client) CloseIdleConnections() { c.client.CloseIdleConnections() }
