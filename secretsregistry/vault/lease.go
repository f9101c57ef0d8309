package vault

import (
	"context"
	"errors"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Renew prolongs a lease and returns how long it lasts from now on, at most as
// long as the token. Near the maximum of its life Vault grants less than asked;
// fetch a successor then. A lease that Vault does not know (revoked, expired) is
// an error of class ErrRevoked: the value is dead.
func (p *Provider) Renew(ctx context.Context, leaseID string, increment time.Duration) (time.Duration, error) {
	asked := time.Now()
	body := map[string]any{"lease_id": leaseID}
	if increment > 0 {
		body["increment"] = int64(increment / time.Second)
	}
	s, session, err := p.do(ctx, request{op: "renew", label: leasePath(leaseID), path: "sys/leases/renew", body: body})
	if err != nil {
		return 0, leaseError(err)
	}
	d := session.remaining(asked, time.Duration(s.LeaseDuration)*time.Second)
	if d <= 0 {
		return 0, &Error{Op: "renew", Path: leasePath(leaseID), Reason: "the lease is over", class: secretsregistry.ErrRevoked}
	}
	return d, nil
}

// Revoke ends a lease; the credential stops working. A lease that is gone
// already is no error.
func (p *Provider) Revoke(ctx context.Context, leaseID string) error {
	_, _, err := p.do(ctx, request{op: "revoke", label: leasePath(leaseID), path: "sys/leases/revoke", body: map[string]any{"lease_id": leaseID}})
	if err = leaseError(err); errors.Is(err, secretsregistry.ErrRevoked) {
		return nil
	}
	return err
}

// leaseError: for a lease, 400 means that there is none ("lease not found",
// "lease is not renewable", "invalid lease").
func leaseError(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Status == 400 || e.Status == 404) {
		e.Reason, e.class = "lease not found", secretsregistry.ErrRevoked
	}
	return err
}

// leasePath is the part of a lease id that may be shown: its last segment is
// the handle.
func leasePath(id string) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '/' {
			return id[:i]
		}
	}
	return "lease"
}
