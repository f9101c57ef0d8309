package httpmw

import (
	"log/slog"
	"net/http"

	"github.com/seed-00b494d3/tagout/keyrules"
)

// An AccessOption configures [AccessLog] and [LogFormatter].
type AccessOption interface{ applyAccess(*accessConfig) }

type accessOptionFunc func(*accessConfig)

func (f accessOptionFunc) applyAccess(c *accessConfig) { f(c) }

// accessConfig is read-only once made.
type accessConfig struct {
	requestHeaders, responseHeaders []string // canonical
	requestBody, responseBody       int
	keys                            *keyrules.Rules
	level                           func(status int) slog.Level
}

func (c *accessConfig) apply(opts []AccessOption) {
	c.level, c.keys = accessLevel, KeyRules()
	for _, o := range opts {
		o.applyAccess(c)
	}
}

func accessLevel(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// AccessRequestHeaders logs these headers of requests, where present.
func AccessRequestHeaders(names ...string) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.requestHeaders = appendCanonical(c.requestHeaders, names) })
}

// AccessResponseHeaders logs these headers of responses, where present.
func AccessResponseHeaders(names ...string) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.responseHeaders = appendCanonical(c.responseHeaders, names) })
}

// AccessRequestBody logs up to max bytes of what the handler reads of text
// bodies, redacted before it is cut. Nothing is read that the handler does not
// read. [LogFormatter] ignores it.
func AccessRequestBody(max int) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.requestBody = max })
}

// AccessResponseBody logs up to max bytes of text bodies that the handler writes,
// redacted before they are cut. [LogFormatter] ignores it.
func AccessResponseBody(max int) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.responseBody = max })
}

// AccessKeyRules sets under which names of headers, query parameters, form and JSON
// fields and route variables values are hidden whatever they are; [KeyRules] by
// default. With nil only registered secrets are.
func AccessKeyRules(keys *keyrules.Rules) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.keys = keys })
}

// AccessLevel sets the level of a line by the status that was sent. The default is
// Error for 500 and above, and Info otherwise.
func AccessLevel(level func(status int) slog.Level) AccessOption {
	return accessOptionFunc(func(c *accessConfig) { c.level = level })
}

func appendCanonical(dst, names []string) []string {
	for _, n := range names {
		dst = append(dst, http.CanonicalHeaderKey(n))
	}
	return dst
}
