package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// dsn returns the connection string as it is now, password included, and notes it
// in the request's span.
func (s *service) dsn(r *http.Request) (string, error) {
	v, err := s.cache.Get(r.Context(), dbPath)
	if err != nil {
		return "", err
	}
	password, _ := v.Field("password")
	dsn := "postgres://app:" + url.QueryEscape(password) + "@db:5432/payments"
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("db.connection_string", dsn))
	return dsn, nil
}

// debug shows the configuration to whoever asks, and logs it.
func (s *service) debug(w http.ResponseWriter, r *http.Request) {
	dsn, err := s.dsn(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	s.logger.Info("debug page", "dsn", dsn)
	s.audit.Info("debug page", zap.String("dsn", dsn))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Upstream", dsn)
	fmt.Fprintf(w, `{"dsn":%q}`+"\n", dsn)
}

// panics dies with the connection string in its hands.
func (s *service) panics(w http.ResponseWriter, r *http.Request) {
	dsn, err := s.dsn(r)
	if err == nil {
		err = fmt.Errorf("dial %s: connection refused", dsn)
	}
	panic(err)
}

// stream sends a connection string in pieces, flushed, and again in a trailer.
func (s *service) stream(w http.ResponseWriter, r *http.Request) {
	dsn, err := s.dsn(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Trailer", "X-Upstream")
	rc := http.NewResponseController(w)
	for _, part := range []string{"data: ", dsn[:len(dsn)/2], dsn[len(dsn)/2:], "\n\n"} {
		io.WriteString(w, part)
		if rc.Flush() != nil {
			return
		}
	}
	w.Header().Set("X-Upstream", dsn)
}

// call asks a service that is not there, with the password in the URL, and tells
// the caller what http.Client says.
func (s *service) call(w http.ResponseWriter, r *http.Request) {
	dsn, err := s.dsn(r)
	if err == nil {
		_, err = s.client.Get("http://127.0.0.1:1/pay?access_token=not-registered&dsn=" + url.QueryEscape(dsn))
	}
	s.logger.Error("call failed", "error", err)
	http.Error(w, fmt.Sprint(err), http.StatusBadGateway)
}

// echo sends back what it got: a guess at a secret comes back as it was.
func (s *service) echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	io.Copy(w, http.MaxBytesReader(w, r.Body, 1<<20))
}
