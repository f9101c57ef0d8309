package gcp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// An Error is a failed read. It says the path and the gRPC code; the message of
// the status is dropped, since it can hold anything.
type Error struct {
	Path   string
	Code   codes.Code
	Reason string

	class error
	cause error // a context error or nil
}

func (e *Error) Error() string {
	s := "gcp: read " + strconv.Quote(e.Path) + ": " + e.Reason
	if e.Code != codes.OK {
		s += " (" + e.Code.String() + ")"
	}
	return s
}

// Unwrap gives the class of the error (of secretsregistry) and, where the
// caller's context ended, its error.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.class, e.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// fail classifies an error of the client. Everything without a class is
// transient.
func fail(ctx context.Context, path string, err error) *Error {
	e := &Error{Path: path, Reason: "request failed"}
	if cause := ctx.Err(); cause != nil {
		e.Reason, e.cause = "gave up", cause
		return e
	}
	e.Code = status.Code(err)
	switch e.Code {
	case codes.NotFound:
		e.Reason, e.class = "not found", secretsregistry.ErrNotFound
	case codes.FailedPrecondition:
		e.Reason, e.class = "the version is disabled or destroyed", secretsregistry.ErrNotFound
	case codes.PermissionDenied:
		e.Reason, e.class = "permission denied", secretsregistry.ErrDenied
	case codes.Unauthenticated, codes.Unavailable:
		e.Reason = "unavailable"
		if e.Code == codes.Unauthenticated {
			e.Reason, e.class = "permission denied", secretsregistry.ErrDenied
		}
		// gRPC wraps a failure to get a token in these codes, text only.
		switch msg := err.Error(); {
		case strings.Contains(msg, errUnregistered.Error()):
			e.Reason, e.class = strings.TrimPrefix(errUnregistered.Error(), "gcp: "), nil
		case strings.Contains(msg, "gcp: no token: "):
			e.Reason, e.class = "login failed", nil
			for _, no := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
				if strings.Contains(msg, (&identityError{no}).Error()) {
					e.Reason, e.class = "login refused", secretsregistry.ErrDenied
				}
			}
		case strings.Contains(msg, "gcp: "):
			e.Reason, e.class = "login failed", nil
		}
	case codes.ResourceExhausted:
		e.Reason = "rate limited"
	case codes.DeadlineExceeded:
		e.Reason, e.cause = "timeout", context.DeadlineExceeded
	case codes.Canceled:
		if errors.Is(err, context.Canceled) {
			e.Reason, e.cause = "cancelled", context.Canceled
		}
	}
	return e
}
