package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// An Error is a failed read. It says the path and the status; the SDK's errors
// print whole answers, and are dropped.
type Error struct {
	Path   string
	Status int // HTTP status, 0 if there was no answer
	Reason string

	class error
	cause error // a context error or nil
}

func (e *Error) Error() string {
	s := "azure: read " + strconv.Quote(e.Path) + ": " + e.Reason
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
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

// fail classifies an error of the SDK. Everything without a class is transient.
func fail(ctx context.Context, path string, err error) *Error {
	e := &Error{Path: path, Reason: "request failed"}
	if cause := ctx.Err(); cause != nil {
		e.Reason, e.cause = "gave up", cause
		return e
	}
	// By text as well: the login library does not wrap.
	if errors.Is(err, errUnregistered) || strings.Contains(err.Error(), errUnregistered.Error()) {
		e.Reason = strings.TrimPrefix(errUnregistered.Error(), "azure: ")
		return e
	}
	var (
		auth   *azidentity.AuthenticationFailedError
		answer *azcore.ResponseError
		syntax *json.SyntaxError
		shape  *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &auth):
		e.Reason = "login failed"
		if auth.RawResponse != nil {
			e.Status = auth.RawResponse.StatusCode
		}
		if e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
			e.Reason, e.class = "login refused", secretsregistry.ErrDenied
		}
		return e
	case errors.As(err, &answer):
		e.Status = answer.StatusCode
	case errors.As(err, &syntax), errors.As(err, &shape), strings.HasPrefix(err.Error(), "unmarshalling type "):
		// the SDK turns the decoder's error into text
		e.Reason, e.class = "malformed answer", secretsregistry.ErrMalformed
		return e
	default:
		return e
	}
	switch e.Status {
	case http.StatusNotFound:
		e.Reason, e.class = "not found", secretsregistry.ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		// A disabled version is a 403 too; either way the value may not be used.
		e.Reason, e.class = "permission denied", secretsregistry.ErrDenied
	case http.StatusTooManyRequests:
		e.Reason = "rate limited"
	}
	return e
}
