package secretsregistry

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The classes of a Provider's errors, to be wrapped by them. The first three
// are authoritative: the manager has answered, and its answer ends even a fresh
// value.
var (
	// ErrNotFound: the path does not exist, or its version was deleted,
	// destroyed or disabled.
	ErrNotFound = errors.New("secretsregistry: not found")
	// ErrDenied: the manager refuses this identity, after one attempt to log in
	// again where that is possible.
	ErrDenied = errors.New("secretsregistry: permission denied")
	// ErrRevoked: the lease was revoked or has ended.
	ErrRevoked = errors.New("secretsregistry: lease revoked")
	// ErrMalformed: there was an answer, but not a secret. It is treated as
	// transient, is never cached, and deserves a human's attention.
	ErrMalformed = errors.New("secretsregistry: malformed answer")
)

var (
	// ErrWatchUnsupported: [Watcher.Watch] will not work for this path.
	ErrWatchUnsupported = errors.New("secretsregistry: watch not supported")
	// ErrClosed: the Cache was closed.
	ErrClosed = errors.New("secretsregistry: cache closed")
	// ErrUnredactable: a field cannot be redacted, and the path is strict.
	ErrUnredactable = errors.New("secretsregistry: field cannot be redacted")
	// ErrBreakerOpen: the provider failed too often and is left alone for a
	// while. It is transient.
	ErrBreakerOpen = errors.New("secretsregistry: breaker open")
	// ErrExpired: the last value is too old to be served. See [ExpiredError].
	ErrExpired = errors.New("secretsregistry: expired")
)

// A Class says what an error means for a cached value.
type Class uint8

const (
	ClassOK Class = iota
	ClassTransient
	ClassNotFound
	ClassDenied
	ClassRevoked
	ClassMalformed
	ClassUnredactable // the value was withheld: it could not be put in force
	ClassCanceled
	numClasses
)

var classNames = [numClasses]string{"ok", "transient", "not_found", "denied", "revoked", "malformed", "unredactable", "canceled"}

func (c Class) String() string {
	if c < numClasses {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// Authoritative reports whether an error of the class ends a value that is
// still fresh.
func (c Class) Authoritative() bool {
	return c == ClassNotFound || c == ClassDenied || c == ClassRevoked
}

// ClassOf returns the class of an error. What it does not know is transient: a
// time limit too, since it says nothing about the secret.
func ClassOf(err error) Class {
	switch {
	case err == nil:
		return ClassOK
	case errors.Is(err, ErrUnredactable):
		return ClassUnredactable
	case errors.Is(err, ErrNotFound):
		return ClassNotFound
	case errors.Is(err, ErrDenied):
		return ClassDenied
	case errors.Is(err, ErrRevoked):
		return ClassRevoked
	case errors.Is(err, ErrMalformed):
		return ClassMalformed
	case errors.Is(err, context.Canceled):
		return ClassCanceled
	}
	return ClassTransient
}

// An ExpiredError says that the last value of a path may not be served any
// more and that no new one could be had.
type ExpiredError struct {
	Path string
	Age  time.Duration // of the last value, since its request was sent
	Last Class         // of the last failure

	shown string // the path, redacted
}

func (e *ExpiredError) Error() string {
	path := e.shown
	if path == "" {
		path = shownName(e.Path)
	}
	return fmt.Sprintf("secretsregistry: %s expired %s after it was read, last failure: %s", path, e.Age.Round(time.Second), e.Last)
}

// Is makes errors.Is(err, ErrExpired) true.
func (e *ExpiredError) Is(target error) bool { return target == ErrExpired }

// A RetryAfterer is an error that says when the manager wants to be asked
// again. The Cache keeps to it, within the bounds of the value's life.
type RetryAfterer interface {
	error
	RetryAfterHint() time.Duration
}
