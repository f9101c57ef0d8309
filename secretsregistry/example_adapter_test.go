package secretsregistry_test

import (
	"context"
	"fmt"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A variable stands for what others call one: gocloud.dev/runtimevar, a config
// library, a cache of one's own. It calls decode with each new reading, and
// hands out what decode returns.
type variable struct {
	decode func(ctx context.Context, data []byte) (any, error)
	latest any
}

func (v *variable) set(ctx context.Context, data []byte) error {
	x, err := v.decode(ctx, data)
	if err == nil {
		v.latest = x
	}
	return err
}

// A library that lets its user decode what it reads (a runtimevar.Decoder, for
// one) needs a hook in that place: it runs before anybody gets the value, and an
// error keeps the old one.
func ExampleRegistry_Register() {
	reg := secretsregistry.New()
	registered := func(path string) func(context.Context, []byte) (any, error) {
		return func(_ context.Context, data []byte) (any, error) {
			p := secretsregistry.NewPayload(map[string]string{"value": string(data)}, "")
			if _, err := reg.Register(path, p); err != nil {
				return nil, err // withheld: it would go out in the clear
			}
			return string(data), nil
		}
	}
	v := &variable{decode: registered("payments/api-key")}
	if err := v.set(context.Background(), []byte("sk_live_1234567890")); err != nil {
		fmt.Println(err)
	}
	text := reg.Matcher().String(fmt.Sprint("calling with ", v.latest))
	fmt.Println(text[:len("calling with [REDACTED:payments/api-key/value@h")])
	// Output: calling with [REDACTED:payments/api-key/value@h
}
