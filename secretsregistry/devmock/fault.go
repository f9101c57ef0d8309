package devmock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Fault is a way in which a fetch goes wrong. The zero Fault is none.
type Fault struct {
	kind  faultKind
	delay time.Duration
}

type faultKind uint8

const (
	none faultKind = iota
	unavailable
	throttled
	denied
	notFound
	malformed
	hang
	panics
)

// The faults. [Slow] adds a delay to any of them.
var (
	FaultNone        = Fault{}
	FaultUnavailable = Fault{kind: unavailable} // transient, as a 503
	FaultThrottled   = Fault{kind: throttled}   // transient, asks for 30 s
	FaultDenied      = Fault{kind: denied}      // secretsregistry.ErrDenied
	FaultNotFound    = Fault{kind: notFound}    // secretsregistry.ErrNotFound
	FaultMalformed   = Fault{kind: malformed}   // secretsregistry.ErrMalformed
	FaultHang        = Fault{kind: hang}        // until the context ends
	FaultPanic       = Fault{kind: panics}      // a bug in a provider
)

// Slow returns the fault after a delay. Slow(FaultNone, d) is a slow success.
func Slow(f Fault, d time.Duration) Fault { f.delay = d; return f }

// ErrUnavailable is the error of [FaultUnavailable].
var ErrUnavailable = errors.New("unavailable")

type throttledError struct{}

func (throttledError) Error() string                 { return "too many requests" }
func (throttledError) RetryAfterHint() time.Duration { return 30 * time.Second }

func (f Fault) strike(ctx context.Context) error {
	if f.delay > 0 {
		t := time.NewTimer(f.delay)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
	switch f.kind {
	case none:
		return nil
	case unavailable:
		return ErrUnavailable
	case throttled:
		return throttledError{}
	case denied:
		return secretsregistry.ErrDenied
	case notFound:
		return secretsregistry.ErrNotFound
	case malformed:
		return secretsregistry.ErrMalformed
	case hang:
		<-ctx.Done()
		return ctx.Err()
	case panics:
		panic("devmock: scripted panic")
	}
	return fmt.Errorf("fault %d", f.kind)
}
