package collector

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/collectortest"
)

// send exports one request by gRPC.
func send(t testing.TB, r *collectortest.Collector, d any) {
	t.Helper()
	conn, err := grpc.NewClient(r.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	switch d := d.(type) {
	case ptrace.Traces:
		_, err = ptraceotlp.NewGRPCClient(conn).Export(ctx, ptraceotlp.NewExportRequestFromTraces(d))
	case plog.Logs:
		_, err = plogotlp.NewGRPCClient(conn).Export(ctx, plogotlp.NewExportRequestFromLogs(d))
	case pmetric.Metrics:
		_, err = pmetricotlp.NewGRPCClient(conn).Export(ctx, pmetricotlp.NewExportRequestFromMetrics(d))
	case pprofile.Profiles:
		_, err = pprofileotlp.NewGRPCClient(conn).Export(ctx, pprofileotlp.NewExportRequestFromProfiles(d))
	}
	if err != nil {
		t.Fatalf("%T: %v", d, err)
	}
}

// post exports OTLP bytes by HTTP.
func post(t testing.TB, r *collectortest.Collector, signal, contentType string, body []byte) int {
	t.Helper()
	path := map[string]string{"traces": "v1/traces", "logs": "v1/logs", "metrics": "v1/metrics", "profiles": "v1development/profiles"}[signal]
	resp, err := http.Post("http://"+r.HTTP+"/"+path, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

const secretsFile = `{"db": {"password": "` + census.Secret + `"}}`

// COL-9: a real Collector in this process, OTLP by gRPC and HTTP in: no position
// of any signal leaks, into the output or the Collector's own log.
func TestEndToEnd(t *testing.T) {
	r, err := collectortest.Start(t, collectortest.Options{Secrets: secretsFile})
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range census.Signals {
		d := census.Plant(signal, "")
		b, err := census.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if !census.Leaks(b) {
			t.Fatal("nothing planted")
		}
		send(t, r, d)
		if code := post(t, r, signal, "application/x-protobuf", b); code != 200 {
			t.Errorf("%s: HTTP %d", signal, code)
		}
		got := r.Take()
		if len(got) != 2 {
			t.Errorf("%s: %d requests came out", signal, len(got))
		}
		for _, b := range got {
			if census.Leaks(b) || !bytes.Contains(b, []byte("[REDACTED:db/password")) {
				t.Errorf("%s: leak", signal)
			}
		}
	}
	// What cannot be parsed is refused without a word of it in the log.
	for _, signal := range census.Signals {
		if code := post(t, r, signal, "application/x-protobuf", []byte("\x0a\xff"+census.Secret)); code < 400 {
			t.Errorf("%s: malformed bytes were taken: %d", signal, code)
		}
	}
	if len(r.Take()) != 0 {
		t.Error("malformed bytes came out")
	}
	if strings.Contains(r.Log(), census.Secret) {
		t.Error("the Collector's log leaks")
	}
}

// COL-9: without the processor the same data leaks: the test can fail.
func TestEndToEndWithout(t *testing.T) {
	r, err := collectortest.Start(t, collectortest.Options{Secrets: secretsFile, Processors: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range census.Signals {
		send(t, r, census.Plant(signal, ""))
		for _, b := range r.Take() {
			if !census.Leaks(b) {
				t.Errorf("%s: no leak without the processor", signal)
			}
		}
	}
}

// COL-7: a Collector without secrets does not start.
func TestRefusesToStart(t *testing.T) {
	if _, err := collectortest.Start(t, collectortest.Options{Secrets: `{}`}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Error(err)
	}
	if _, err := collectortest.Start(t, collectortest.Options{Secrets: `not json ` + census.Secret}); err == nil || strings.Contains(err.Error(), census.Secret) {
		t.Error(err)
	}
}
