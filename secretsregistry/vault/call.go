package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A request is one call of Vault's HTTP API. A nil body reads, any other
// writes.
type request struct {
	op, path string
	label    string // shown in errors; a path may be built from a lease id
	query    map[string][]string
	body     map[string]any
}

// call makes one attempt. A 404 that carries data (a deleted version of a KV
// secret) comes back with the secret and the error.
func call(ctx context.Context, c *api.Client, r request) (*api.Secret, error) {
	var (
		resp *api.Response
		err  error
	)
	if r.body == nil {
		resp, err = c.Logical().ReadRawWithDataWithContext(ctx, r.path, r.query)
	} else {
		body, jsonErr := json.Marshal(r.body)
		if jsonErr != nil {
			return nil, &Error{Op: r.op, Path: r.label, Reason: "request not encodable"}
		}
		resp, err = c.Logical().WriteRawWithContext(ctx, r.path, body)
	}
	if resp != nil {
		defer resp.Body.Close()
	}
	switch {
	case err != nil && (resp == nil || resp.StatusCode != http.StatusNotFound):
		if ctx.Err() != nil { // what the transport makes of it varies
			err = ctx.Err()
		}
		return nil, fail(r.op, r.label, resp, err)
	case err != nil:
		s, _ := decode(resp.Body)
		return s, fail(r.op, r.label, resp, err)
	case resp.StatusCode == http.StatusNoContent:
		return &api.Secret{}, nil
	case resp.StatusCode != http.StatusOK:
		return nil, &Error{Op: r.op, Path: r.label, Status: resp.StatusCode, Reason: "unexpected answer"}
	}
	s, err := decode(resp.Body)
	if err != nil {
		e := &Error{Op: r.op, Path: r.label, Reason: "malformed answer", class: secretsregistry.ErrMalformed}
		if reason, cause := byCause(err); cause != nil || reason == "timeout" || reason == "answer too large" {
			e.Reason, e.cause, e.class = reason, cause, nil
		}
		if ctx.Err() != nil {
			e.Reason, e.cause = byCause(ctx.Err())
			e.class = nil
		}
		return nil, e
	}
	return s, nil
}

var errTrailing = errors.New("vault: bytes after the answer")

// decode reads one JSON object and nothing after it: of a body that was cut
// between two fields no valid object is left.
func decode(r io.Reader) (*api.Secret, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var s *api.Secret
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errTrailing
	}
	if s == nil {
		return nil, errTrailing
	}
	return s, nil
}
