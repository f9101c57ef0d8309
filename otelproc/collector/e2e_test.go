package collector

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/consumer/xconsumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/xexporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"
	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry"
)

// sink is an exporter that keeps what it is given as OTLP bytes.
type sink struct {
	component.StartFunc
	component.ShutdownFunc
	mu  sync.Mutex
	got [][]byte
}

func (*sink) Capabilities() consumer.Capabilities { return consumertest.NewNop().Capabilities() }
func (s *sink) keep(d any) error {
	b, err := census.Marshal(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, b)
	return err
}
func (s *sink) ConsumeTraces(_ context.Context, d ptrace.Traces) error       { return s.keep(d) }
func (s *sink) ConsumeLogs(_ context.Context, d plog.Logs) error             { return s.keep(d) }
func (s *sink) ConsumeMetrics(_ context.Context, d pmetric.Metrics) error    { return s.keep(d) }
func (s *sink) ConsumeProfiles(_ context.Context, d pprofile.Profiles) error { return s.keep(d) }

func (s *sink) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

func (s *sink) factory() exporter.Factory {
	type set = exporter.Settings
	type cfg = component.Config
	return xexporter.NewFactory(component.MustNewType("sink"), func() component.Config { return &struct{}{} },
		xexporter.WithTraces(func(context.Context, set, cfg) (exporter.Traces, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithLogs(func(context.Context, set, cfg) (exporter.Logs, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithMetrics(func(context.Context, set, cfg) (exporter.Metrics, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithProfiles(func(context.Context, set, cfg) (xexporter.Profiles, error) { return s, nil }, component.StabilityLevelStable))
}

var _ xconsumer.Profiles = (*sink)(nil)

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// running is a Collector in this process.
type running struct {
	*otelcol.Collector
	grpc, http string
	sink       *sink
	logged     *bytes.Buffer
}

const pipelines = `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %[1]q}
      http: {endpoint: %[2]q}
processors:
  tagout: {}
exporters:
  sink: {}
extensions:
  tagoutregistry:
    sources: [{file: {path: %[3]q}}]
    refresh_interval: 1s
service:
  telemetry: {metrics: {level: none}, logs: {level: debug}}
  extensions: [tagoutregistry]
  pipelines:
    traces: {receivers: [otlp], processors: [%[4]s], exporters: [sink]}
    logs: {receivers: [otlp], processors: [%[4]s], exporters: [sink]}
    metrics: {receivers: [otlp], processors: [%[4]s], exporters: [sink]}
    profiles: {receivers: [otlp], processors: [%[4]s], exporters: [sink]}
`

// startCollector runs a Collector whose pipelines have the named processors.
func startCollector(t testing.TB, secrets, processors string) (*running, error) {
	t.Helper()
	r := &running{grpc: freePort(t), http: freePort(t), sink: &sink{}, logged: &bytes.Buffer{}}
	path := filepath.Join(t.TempDir(), "secrets.json")
	if err := os.WriteFile(path, []byte(secrets), 0o600); err != nil {
		t.Fatal(err)
	}
	col, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(),
		Factories: func() (f otelcol.Factories, err error) {
			f.Telemetry = otelconftelemetry.NewFactory()
			f.Receivers, _ = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
			f.Processors, _ = otelcol.MakeFactoryMap[processor.Factory](tagoutprocessor.NewFactory())
			f.Exporters, _ = otelcol.MakeFactoryMap[exporter.Factory](r.sink.factory())
			f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](tagoutregistry.NewFactory())
			return f, err
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              []string{"yaml:" + fmt.Sprintf(pipelines, r.grpc, r.http, path, processors)},
			ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
		DisableGracefulShutdown: true,
		SkipSettingGRPCLogger:   true,
		LoggingOptions: []zap.Option{zap.WrapCore(func(zapcore.Core) zapcore.Core {
			return zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(r.logged)), zap.DebugLevel)
		})},
	})
	if err != nil {
		return nil, err
	}
	r.Collector = col
	done := make(chan error, 1)
	go func() { done <- col.Run(context.Background()) }()
	for col.GetState() != otelcol.StateRunning {
		select {
		case err := <-done:
			return nil, fmt.Errorf("collector ended: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
	t.Cleanup(func() {
		col.Shutdown()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r, nil
}

func enableProfiles(t testing.TB) {
	t.Helper()
	if err := featuregate.GlobalRegistry().Set("service.profilesSupport", true); err != nil {
		t.Fatal(err)
	}
}

// send exports one request by gRPC.
func (r *running) send(t testing.TB, d any) {
	t.Helper()
	conn, err := grpc.NewClient(r.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
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
func (r *running) post(t testing.TB, signal, contentType string, body []byte) int {
	t.Helper()
	path := map[string]string{"traces": "v1/traces", "logs": "v1/logs", "metrics": "v1/metrics", "profiles": "v1development/profiles"}[signal]
	resp, err := http.Post("http://"+r.http+"/"+path, contentType, bytes.NewReader(body))
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
	enableProfiles(t)
	r, err := startCollector(t, secretsFile, "tagout")
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
		r.send(t, d)
		if code := r.post(t, signal, "application/x-protobuf", b); code != 200 {
			t.Errorf("%s: HTTP %d", signal, code)
		}
		got := r.sink.take()
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
		if code := r.post(t, signal, "application/x-protobuf", []byte("\x0a\xff"+census.Secret)); code < 400 {
			t.Errorf("%s: malformed bytes were taken: %d", signal, code)
		}
	}
	if len(r.sink.take()) != 0 {
		t.Error("malformed bytes came out")
	}
	if strings.Contains(r.logged.String(), census.Secret) {
		t.Error("the Collector's log leaks")
	}
}

// COL-9: without the processor the same data leaks: the test can fail.
func TestEndToEndWithout(t *testing.T) {
	enableProfiles(t)
	r, err := startCollector(t, secretsFile, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range census.Signals {
		r.send(t, census.Plant(signal, ""))
		for _, b := range r.sink.take() {
			if !census.Leaks(b) {
				t.Errorf("%s: no leak without the processor", signal)
			}
		}
	}
}

// COL-7: a Collector without secrets does not start.
func TestRefusesToStart(t *testing.T) {
	enableProfiles(t)
	if _, err := startCollector(t, `{}`, "tagout"); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Error(err)
	}
	if _, err := startCollector(t, `not json `+census.Secret, "tagout"); err == nil || strings.Contains(err.Error(), census.Secret) {
		t.Error(err)
	}
}
