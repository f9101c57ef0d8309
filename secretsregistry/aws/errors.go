package aws

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// An Error is a failed read. It says the path and AWS's error code; the text of
// the answer is dropped, since it can hold anything.
type Error struct {
	Path   string
	Code   string // such as "AccessDeniedException", empty if there was no answer
	Reason string

	class error
	cause error // a context error or nil
}

func (e *Error) Error() string {
	s := "aws: read " + strconv.Quote(e.Path) + ": " + e.Reason
	if e.Code != "" {
		s += " (" + e.Code + ")"
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
	if errors.Is(err, errUnregistered) {
		e.Reason = strings.TrimPrefix(errUnregistered.Error(), "aws: ")
		return e
	}
	var api smithy.APIError
	var malformed *smithy.DeserializationError
	var answer interface{ HTTPStatusCode() int }
	switch {
	case errors.As(err, &api):
		e.Code = code(api.ErrorCode())
	case errors.As(err, &answer) && answer.HTTPStatusCode() >= 400: // a proxy's page, say
		return e
	case errors.As(err, &malformed):
		e.Reason, e.class = "malformed answer", secretsregistry.ErrMalformed
		return e
	default:
		return e
	}
	switch e.Code {
	case "ResourceNotFoundException":
		e.Reason, e.class = "not found", secretsregistry.ErrNotFound
	case "InvalidRequestException":
		e.Reason = "refused"
		// The one case that matters has no code of its own.
		if strings.Contains(api.ErrorMessage(), "marked for deletion") || strings.Contains(api.ErrorMessage(), "marked deleted") {
			e.Reason, e.class = "marked for deletion", secretsregistry.ErrNotFound
		}
	case "AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "InvalidClientTokenId",
		"InvalidSignatureException", "ExpiredTokenException", "ExpiredToken", "InvalidIdentityToken", "IDPRejectedClaim":
		e.Reason, e.class = "permission denied", secretsregistry.ErrDenied
	case "ThrottlingException", "TooManyRequestsException", "Throttling":
		e.Reason = "rate limited"
	}
	return e
}

// staleCredentials reports whether new credentials may help.
func staleCredentials(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId":
		return true
	}
	return false
}

// code lets through what looks like an error code: the field comes from the
// answer too.
func code(s string) string {
	if len(s) > 64 {
		return "unknown"
	}
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && s[i] != '.' {
			return "unknown"
		}
	}
	return s
}
