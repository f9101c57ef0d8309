package gcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/auth"
)

// registering registers each access token before a request carries it.
type registering struct {
	next auth.TokenProvider
	use  use
}

func (r registering) Token(ctx context.Context) (*auth.Token, error) {
	t, err := r.next.Token(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.use.now("access-token", t.Value); err != nil {
		return nil, err
	}
	return t, nil
}

// tokens keeps the current token until shortly before its end, or until Google
// refuses it. It refreshes in the caller's time, never in the background.
type tokens struct {
	source func() auth.TokenProvider
	turn   chan struct{}      // held by the one who gets a token
	token  func() *auth.Token // behind a closure; nil: none
}

func newTokens(source auth.TokenProvider) *tokens {
	return &tokens{source: func() auth.TokenProvider { return source }, turn: make(chan struct{}, 1)}
}

// early is how long before its end a token is replaced.
const early = 2 * time.Minute

func (t *tokens) Token(ctx context.Context) (*auth.Token, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done(): // whoever gets one may wait longer than we do
		return nil, ctx.Err()
	}
	if t.token != nil {
		if tok := t.token(); tok.Expiry.IsZero() || time.Until(tok.Expiry) > early {
			return tok, nil
		}
	}
	tok, err := t.source().Token(ctx)
	if err != nil {
		return nil, tokenError(err)
	}
	t.token = func() *auth.Token { return tok }
	return tok, nil
}

// forget drops a token that was refused.
func (t *tokens) forget(ctx context.Context) {
	select {
	case t.turn <- struct{}{}:
		t.token = nil
		<-t.turn
	case <-ctx.Done():
	}
}

// metadataServer asks the machine's metadata server, one attempt per token.
// GCE_METADATA_HOST names another one, as for Google's own libraries.
type metadataServer struct{}

// local reaches the metadata server directly: a proxy has no business there.
var local = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (metadataServer) Token(ctx context.Context) (*auth.Token, error) {
	host := os.Getenv("GCE_METADATA_HOST")
	if host == "" {
		host = "169.254.169.254"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"http://"+host+"/computeMetadata/v1/instance/service-accounts/default/token?scopes="+url.QueryEscape(scope), nil)
	if err != nil {
		return nil, errors.New("gcp: metadata host not usable")
	}
	req.Header.Set("Metadata-Flavor", "Google")
	asked := time.Now()
	resp, err := local.Do(req)
	if err != nil {
		return nil, errors.New("gcp: the metadata server does not answer")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &identityError{resp.StatusCode}
	}
	var body struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
		TokenType   string `json:"token_type"`
	}
	if json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&body) != nil || body.AccessToken == "" {
		return nil, errors.New("gcp: the metadata server gave no token")
	}
	return &auth.Token{Value: body.AccessToken, Type: body.TokenType, Expiry: asked.Add(time.Duration(body.ExpiresIn) * time.Second)}, nil
}

// An identityError is a no of whoever gives tokens. The body is dropped.
type identityError struct{ status int }

func (e *identityError) Error() string { return "gcp: no token: " + http.StatusText(e.status) }

// tokenError keeps of an error of Google's libraries the status, not the body,
// which they would print.
func tokenError(err error) error {
	var e *auth.Error
	var own *identityError
	switch {
	case errors.Is(err, errUnregistered):
		return errUnregistered
	case errors.As(err, &own):
		return own
	case errors.As(err, &e) && e.Response != nil:
		return &identityError{e.Response.StatusCode}
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	// The exchange gives text only: "...: status code 400: " and the body.
	if _, after, ok := strings.Cut(err.Error(), ": status code "); ok && len(after) > 3 {
		if n, err := strconv.Atoi(after[:3]); err == nil {
			return &identityError{n}
		}
	}
	return errors.New("gcp: no token")
}
