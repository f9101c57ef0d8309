package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/otelproc/collector/collectortest"
)

// The service exports its spans through a Collector. The service redacts what it
// knows itself, its password; the Collector what the service does not know, a
// token in a header that the platform team has registered there.
func TestSpansThroughCollector(t *testing.T) {
	const token = "platform-token-5f2c9b7e41"
	col, err := collectortest.Start(t, collectortest.Options{Secrets: `{"platform":{"token":"` + token + `"}}`})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+col.HTTP)

	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	done := make(chan error)
	go func() { done <- run(ctx, l, &out, time.Hour) }()
	client := &http.Client{Timeout: 30 * time.Second}
	for _, path := range []string{"/debug", "/panic"} {
		r, err := http.NewRequest("GET", "http://"+l.Addr().String()+path+"?token="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("User-Agent", "probe/1 "+token)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil { // returns when the spans are exported
		t.Fatal(err)
	}

	var got strings.Builder
	for _, request := range col.Take() {
		got.Write(request)
	}
	spans := got.String()
	password := passwords(t, 1)[0]
	for _, s := range []string{password, url.QueryEscape(password), token} {
		if strings.Contains(spans, s) {
			t.Errorf("the spans leak %s", s)
		}
	}
	for _, want := range []string{"GET /debug", "GET /panic", "exception", "postgres://app:[REDACTED:payments/db/password@",
		"probe/1 [REDACTED:platform/token@h", "token=[REDACTED:platform/token@h"} {
		if !strings.Contains(spans, want) {
			t.Errorf("no %q in the spans", want)
		}
	}
}
