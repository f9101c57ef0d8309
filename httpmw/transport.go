package httpmw

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// Transport returns a RoundTripper that redacts what outgoing requests leave
// behind in logs and errors: the errors of next, and the line per request that
// [TransportLog] asks for. What is sent and received is untouched. A nil next is
// [http.DefaultTransport].
//
// An error whose text holds no secret is returned as it is. Another keeps its
// place in errors.Is, errors.As and Timeout; see [RedactError].
//
// [http.Client] wraps the errors of its transport in a *url.Error of its own, with
// the whole URL in it: use [Client], or RedactError, on what it returns.
//
// Transport panics if src is nil.
func Transport(next http.RoundTripper, src redact.Source, opts ...TransportOption) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	t := &transport{next: next, sink: redact.NewSink(src, "http-client"), keys: KeyRules()}
	for _, o := range opts {
		o.applyTransport(t)
	}
	return t
}

// A TransportOption configures [Transport].
type TransportOption interface{ applyTransport(*transport) }

type transportOptionFunc func(*transport)

func (f transportOptionFunc) applyTransport(t *transport) { f(t) }

// TransportLog logs a line for each request when its response has begun: method,
// URL, status, duration and error, at level Info, or Warn with an error.
func TransportLog(l *slog.Logger) TransportOption {
	return transportOptionFunc(func(t *transport) { t.logger = l })
}

// TransportKeyRules sets under which names the values of query parameters are hidden;
// [KeyRules] by default. With nil only registered secrets are.
func TransportKeyRules(keys *keyrules.Rules) TransportOption {
	return transportOptionFunc(func(t *transport) { t.keys = keys })
}

type transport struct {
	next   http.RoundTripper
	sink   *redact.Sink
	logger *slog.Logger
	keys   *keyrules.Rules
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.next.RoundTrip(r)
	if err == nil && t.logger == nil {
		return resp, nil
	}
	ev := t.sink.Event()
	if err != nil {
		_, err = redactError(ev, t.keys, err)
	}
	if t.logger != nil {
		t.log(r, resp, err, time.Since(start), ev)
	}
	return resp, err
}

func (t *transport) log(r *http.Request, resp *http.Response, err error, took time.Duration, ev redact.Event) {
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	ctx := r.Context()
	if !t.logger.Enabled(ctx, level) {
		return
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	attrs := []slog.Attr{
		slog.String("method", ev.String(method)),
		slog.String("url", redactURL(ev, t.keys, r.URL.String())),
		slog.Duration("duration", took),
	}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.StatusCode))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	t.logger.LogAttrs(ctx, level, "outgoing request", attrs...)
}

// CloseIdleConnections closes those of the transport inside, if it can.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
