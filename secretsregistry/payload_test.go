package secretsregistry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want secretsregistry.Class
	}{
		{nil, secretsregistry.ClassOK},
		{errors.New("anything"), secretsregistry.ClassTransient},
		{context.DeadlineExceeded, secretsregistry.ClassTransient},
		{context.Canceled, secretsregistry.ClassCanceled},
		{fmt.Errorf("x: %w", secretsregistry.ErrNotFound), secretsregistry.ClassNotFound},
		{errors.Join(secretsregistry.ErrDenied, context.Canceled), secretsregistry.ClassDenied},
		{secretsregistry.ErrRevoked, secretsregistry.ClassRevoked},
		{secretsregistry.ErrMalformed, secretsregistry.ClassMalformed},
		{secretsregistry.ErrUnredactable, secretsregistry.ClassUnredactable},
		{secretsregistry.ErrBreakerOpen, secretsregistry.ClassTransient},
	} {
		if got := secretsregistry.ClassOf(c.err); got != c.want {
			t.Errorf("ClassOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestPayload(t *testing.T) {
	const canary = "canary-0123456789abcdef"
	fields := map[string]string{"password": canary}
	prev := secretsregistry.NewPayload(map[string]string{"password": canary + "-old"}, "v6")
	p := secretsregistry.NewPayload(fields, "v7", secretsregistry.WithPrevious(prev), secretsregistry.WithPrevious(nil),
		secretsregistry.WithPending(prev), secretsregistry.WithLease(time.Hour), secretsregistry.WithLeaseID(canary, true))
	fields["password"] = "changed"
	if v, ok := p.Field("password"); v != canary || !ok {
		t.Errorf("Field %q %v", v, ok)
	}
	if len(p.Previous()) != 1 || len(p.Pending()) != 1 || p.Lease() != time.Hour || p.Version() != "v7" {
		t.Error("options")
	}
	redacttest.CheckHidden(t, canary, p, *p)
	var zero *secretsregistry.Payload
	if v, ok := zero.Field("x"); v != "" || ok || len(zero.Names()) != 0 {
		t.Error("a nil Payload has fields")
	}
}
