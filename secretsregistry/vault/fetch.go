package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A reading is what one path said. Its fields are values: it stays inside the
// package and on the way into a Payload.
type reading struct {
	fields   map[string]string
	version  string        // "v7", empty where the engine has none
	lease    time.Duration // 0: none
	leaseID  string
	renew    bool
	expires  time.Time // zero: no end known
	previous []*reading
}

// Fetch reads the current state of a path; see the package documentation for
// what a path may be. It makes one attempt.
func (p *Provider) Fetch(ctx context.Context, path string) (*secretsregistry.Payload, error) {
	r, err := p.fetch(ctx, path)
	if err != nil {
		return nil, err
	}
	return r.payload(), nil
}

func (r *reading) payload() *secretsregistry.Payload {
	opts := []secretsregistry.PayloadOption{secretsregistry.WithLease(r.lease), secretsregistry.WithExpiry(r.expires)}
	if r.leaseID != "" {
		opts = append(opts, secretsregistry.WithLeaseID(r.leaseID, r.renew))
	}
	for _, prev := range r.previous {
		opts = append(opts, secretsregistry.WithPrevious(prev.payload()))
	}
	return secretsregistry.NewPayload(r.fields, r.version, opts...)
}

// MutatingFetch reports whether a read of path makes a user: it did so before,
// or it looks as if it would.
func (p *Provider) MutatingFetch(path string) bool {
	path = strings.Trim(path, "/")
	p.mu.Lock()
	defer p.mu.Unlock()
	if m, ok := p.mounts[mountOf(p.mounts, path)]; ok && m.kind != plain {
		return false
	}
	return p.leased[path] || strings.Contains(path, "/creds/")
}

// fetch reads the current state of a path.
func (p *Provider) fetch(ctx context.Context, path string) (*reading, error) {
	path = strings.Trim(path, "/")
	if err := checkPath(path); err != nil {
		return nil, &Error{Op: "read", Path: path, Reason: "path not usable", class: secretsregistry.ErrNotFound}
	}
	l, err := p.locate(ctx, path)
	if err != nil {
		return nil, err
	}
	asked := time.Now()
	s, session, err := p.do(ctx, request{op: "read", label: path, path: l.read()})
	if err != nil {
		if errors.Is(err, secretsregistry.ErrNotFound) {
			p.forget(l)
			if l.kind == kv2 {
				deleted(err, s)
			}
		}
		return nil, err
	}
	if s.WrapInfo != nil {
		return nil, &Error{Op: "read", Path: path, Reason: "the answer is wrapped", class: secretsregistry.ErrMalformed}
	}
	if l.kind == kv2 {
		return p.fetchKV2(ctx, path, l, s)
	}
	r := &reading{fields: fields(s.Data)}
	if len(r.fields) == 0 {
		return nil, &Error{Op: "read", Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	if s.LeaseID != "" {
		r.leaseID, r.renew = s.LeaseID, s.Renewable
		p.mu.Lock()
		p.leased[path] = true
		p.mu.Unlock()
		// A lease dies with the token that made it.
		r.lease = session.remaining(asked, time.Duration(s.LeaseDuration)*time.Second)
		if r.lease <= 0 {
			return nil, &Error{Op: "read", Path: path, Reason: "the lease is over already"}
		}
		return r, nil
	}
	if l.kind == plain {
		if ttl, ok := p.staticTTL(path, s.Data, asked); ok {
			r.lease = ttl
			for _, k := range staticKeys {
				delete(r.fields, k)
			}
		}
	}
	return r, nil
}

// deleted says in the error what became of a version that is listed but gone.
func deleted(err error, s *api.Secret) {
	var e *Error
	if s == nil || !errors.As(err, &e) {
		return
	}
	meta, _ := s.Data["metadata"].(map[string]any)
	if d, _ := meta["destroyed"].(bool); d {
		e.Reason = "version destroyed"
	} else if t, _ := meta["deletion_time"].(string); t != "" {
		e.Reason = "version deleted"
	}
}

func (p *Provider) fetchKV2(ctx context.Context, path string, l place, s *api.Secret) (*reading, error) {
	r, n := kv2Reading(s)
	if r == nil {
		return nil, &Error{Op: "read", Path: path, Reason: "no data in the answer", class: secretsregistry.ErrMalformed}
	}
	// What was current before: best effort, and never at the price of the
	// current version.
	ctx, cancel := context.WithTimeout(ctx, p.timeout/4)
	defer cancel()
	for i := int64(1); i <= int64(p.previous) && n-i >= 1; i++ {
		old, _, err := p.do(ctx, request{op: "read", label: path, path: l.read(), query: map[string][]string{"version": {itoa(n - i)}}})
		if errors.Is(err, secretsregistry.ErrNotFound) {
			continue // deleted: look further back
		}
		if err != nil {
			break
		}
		if prev, _ := kv2Reading(old); prev != nil {
			r.previous = append(r.previous, prev)
		}
	}
	return r, nil
}

// kv2Reading takes the data and the version number out of an answer.
func kv2Reading(s *api.Secret) (*reading, int64) {
	data, _ := s.Data["data"].(map[string]any)
	meta, _ := s.Data["metadata"].(map[string]any)
	num, _ := meta["version"].(json.Number)
	n, err := num.Int64()
	if data == nil || err != nil || n < 1 {
		return nil, 0
	}
	r := &reading{fields: fields(data), version: "v" + itoa(n)}
	if t, _ := meta["deletion_time"].(string); t != "" { // delete_version_after
		r.expires, _ = time.Parse(time.RFC3339Nano, t)
	}
	return r, n
}

// fields flattens one level: a string as it is, everything else as JSON.
func fields(data map[string]any) map[string]string {
	m := make(map[string]string, len(data))
	for k, v := range data {
		switch v := v.(type) {
		case nil:
		case string:
			m[k] = v
		default:
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if enc.Encode(v) == nil {
				m[k] = strings.TrimSuffix(b.String(), "\n")
			}
		}
	}
	return m
}
