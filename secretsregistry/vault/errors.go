package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// An Error is a failed request. It says the step, the path and the status in
// our own words: the text of an answer, of a URL or of an error from below can
// hold a value, and is dropped.
type Error struct {
	Op         string        // "login", "read", "renew", ...
	Path       string        // as asked for; empty for a login
	Status     int           // HTTP status, 0 if there was no answer
	Reason     string        // "sealed", "timeout", "version deleted", ...
	RetryAfter time.Duration // as the server asked, 0 if it did not

	class error
	cause error // a context error or nil; nothing else of the original survives
}

func (e *Error) Error() string {
	s := "vault: " + e.Op
	if e.Path != "" {
		s += " " + strconv.Quote(e.Path)
	}
	s += ": " + e.Reason
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	return s
}

// Unwrap gives the class of the error (of secretsregistry) and, where the
// caller's context ended, its error.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.class != nil {
		errs = append(errs, e.class)
	}
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	return errs
}

// RetryAfterHint implements [secretsregistry.RetryAfterer].
func (e *Error) RetryAfterHint() time.Duration { return e.RetryAfter }

// fail classifies the outcome of a request.
func fail(op, path string, resp *api.Response, err error) *Error {
	e := &Error{Op: op, Path: path}
	if resp != nil && resp.StatusCode >= 400 {
		e.Status = resp.StatusCode
		e.RetryAfter = retryAfter(resp.Header)
		e.Reason, e.class = byStatus(resp.StatusCode)
		return e
	}
	e.Reason, e.cause = byCause(err)
	return e
}

// byStatus maps a status as Vault and OpenBao use it. Everything without a
// class is transient.
func byStatus(status int) (string, error) {
	switch status {
	case http.StatusNotFound:
		return "not found", secretsregistry.ErrNotFound
	case http.StatusForbidden, http.StatusUnauthorized:
		return "permission denied", secretsregistry.ErrDenied
	case http.StatusBadRequest:
		return "refused", nil
	case http.StatusTooManyRequests:
		return "rate limited", nil
	case http.StatusServiceUnavailable:
		return "sealed, in maintenance or not ready", nil
	case http.StatusPreconditionFailed:
		return "replica behind", nil
	}
	if status >= 500 {
		return "server error", nil
	}
	return "unexpected answer", nil
}

// byCause names an error of the transport without its text.
func byCause(err error) (string, error) {
	var (
		op    *net.OpError
		dns   *net.DNSError
		cert  *tls.CertificateVerificationError
		alert tls.AlertError
		rec   tls.RecordHeaderError
		ca    x509.UnknownAuthorityError
		host  x509.HostnameError
		ne    net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", context.DeadlineExceeded
	case errors.Is(err, errTooLarge):
		return "answer too large", nil
	case errors.As(err, &dns):
		return "name not resolved", nil
	case errors.As(err, &cert), errors.As(err, &ca), errors.As(err, &host):
		return "certificate not trusted", nil
	case errors.As(err, &alert), errors.As(err, &rec), err != nil && strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "TLS failed", nil
	case errors.As(err, &ne) && ne.Timeout():
		return "timeout", nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "connection cut", nil
	case errors.As(err, &op):
		return op.Op + " failed", nil // "dial", "read", "write"
	}
	return "request failed", nil
}

func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 1<<20 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

// scrub keeps of a foreign error what it is, not what it says.
func scrub(err error) error {
	reason, cause := byCause(err)
	if cause != nil {
		return fmt.Errorf("%s: %w", reason, cause)
	}
	return errors.New(reason)
}
