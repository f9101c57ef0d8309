package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

// newDynamic is a secrets engine that makes users in memory, as the database
// engine does in a database.
//
//	read  creds/<ttl>/<max>  a new user with a lease, such as creds/10s/60s
//	read  users              the users that exist now
//	write static/<role>      set what static-creds/<role> answers
//	read  static-creds/<role>
func newDynamic(ctx context.Context, c *logical.BackendConfig) (logical.Backend, error) {
	var mu sync.Mutex
	users := map[string]bool{}
	static := map[string]map[string]any{}
	random := func() string { b := make([]byte, 12); rand.Read(b); return hex.EncodeToString(b) }

	user := &framework.Secret{Type: "user"}
	user.Renew = func(_ context.Context, r *logical.Request, _ *framework.FieldData) (*logical.Response, error) {
		max, err := time.ParseDuration(fmt.Sprint(r.Secret.InternalData["max"]))
		if err != nil {
			return nil, err
		}
		resp := &logical.Response{Secret: r.Secret}
		resp.Secret.TTL = r.Secret.Increment
		resp.Secret.MaxTTL = max // the core caps the sum of all renewals at it
		return resp, nil
	}
	user.Revoke = func(_ context.Context, r *logical.Request, _ *framework.FieldData) (*logical.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		delete(users, fmt.Sprint(r.Secret.InternalData["username"]))
		return nil, nil
	}
	str := func(names ...string) map[string]*framework.FieldSchema {
		m := map[string]*framework.FieldSchema{}
		for _, n := range names {
			m[n] = &framework.FieldSchema{Type: framework.TypeString}
		}
		return m
	}
	on := func(op logical.Operation, f framework.OperationFunc) map[logical.Operation]framework.OperationHandler {
		return map[logical.Operation]framework.OperationHandler{op: &framework.PathOperation{Callback: f}}
	}
	b := &framework.Backend{BackendType: logical.TypeLogical, Secrets: []*framework.Secret{user}}
	b.Paths = []*framework.Path{
		{Pattern: "creds/(?P<ttl>\\w+)/(?P<max>\\w+)", Fields: str("ttl", "max"), Operations: on(logical.ReadOperation,
			func(_ context.Context, _ *logical.Request, d *framework.FieldData) (*logical.Response, error) {
				ttl, err := time.ParseDuration(d.Get("ttl").(string))
				if err != nil {
					return nil, logical.ErrInvalidRequest
				}
				max, err := time.ParseDuration(d.Get("max").(string))
				if err != nil {
					return nil, logical.ErrInvalidRequest
				}
				data := map[string]any{"username": "v-token-ro-" + random(), "password": random()}
				mu.Lock()
				users[data["username"].(string)] = true
				mu.Unlock()
				resp := user.Response(data, map[string]any{"username": data["username"], "max": max.String()})
				resp.Secret.TTL, resp.Secret.MaxTTL, resp.Secret.Renewable = ttl, max, true
				return resp, nil
			})},
		{Pattern: "users", Operations: on(logical.ReadOperation,
			func(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				var names []string
				for n := range users {
					names = append(names, n)
				}
				return &logical.Response{Data: map[string]any{"users": names}}, nil
			})},
		{Pattern: "static/(?P<role>\\w+)", Fields: map[string]*framework.FieldSchema{
			"role": {Type: framework.TypeString}, "answer": {Type: framework.TypeMap},
		}, Operations: on(logical.UpdateOperation,
			func(_ context.Context, _ *logical.Request, d *framework.FieldData) (*logical.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				static[d.Get("role").(string)] = d.Get("answer").(map[string]any)
				return nil, nil
			})},
		{Pattern: "static-creds/(?P<role>\\w+)", Fields: str("role"), Operations: on(logical.ReadOperation,
			func(_ context.Context, _ *logical.Request, d *framework.FieldData) (*logical.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				answer, ok := static[d.Get("role").(string)]
				if !ok {
					return nil, errors.New("unknown role")
				}
				return &logical.Response{Data: answer}, nil
			})},
	}
	return b, b.Setup(ctx, c)
}
