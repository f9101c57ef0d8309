// Package collectortest runs a whole Collector in the process of a test: OTLP by
// gRPC and HTTP in, tagoutregistry and tagout between, and out comes what a test
// can look at.
package collectortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"
	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry"
)

// Options say what to run. Only Secrets is required.
type Options struct {
	// Secrets is the content of the registry's only source, a JSON file.
	Secrets string

	// Processors are those of every pipeline, in order: tagout if nil, none if
	// empty.
	Processors []string

	// Config has the processors' configuration, one line of YAML for each that
	// is not used as it is.
	Config string

	// Registry is added to the extension's configuration, which reads its source
	// every second.
	Registry string

	// Factories are those of processors besides tagout.
	Factories []processor.Factory

	// Received, if set, is called with everything that comes out, from many
	// goroutines at once. Otherwise Take returns it.
	Received func(signal string, data any)
}

// A Collector is one that runs.
type Collector struct {
	GRPC, HTTP string // addresses
	SecretsAt  string // the path of the source

	sink   *sink
	logged lockedBuffer
	col    *otelcol.Collector
}

// Take returns the OTLP bytes of the requests that have come out since the last
// call.
func (c *Collector) Take() [][]byte { return c.sink.take() }

// Log returns what the Collector has logged, debug level included.
func (c *Collector) Log() string { return c.logged.String() }

// Start runs a Collector until the test ends. Its error says why it did not
// start.
func Start(t testing.TB, o Options) (*Collector, error) {
	t.Helper()
	for try := 0; ; try++ {
		c, err := start(t, o)
		if try < 5 && errors.Is(err, syscall.EADDRINUSE) {
			continue // another process took a port before the Collector did
		}
		return c, err
	}
}

func start(t testing.TB, o Options) (*Collector, error) {
	t.Helper()
	if err := featuregate.GlobalRegistry().Set("service.profilesSupport", true); err != nil {
		t.Fatal(err)
	}
	free := freePorts(t, 2)
	c := &Collector{GRPC: free[0], HTTP: free[1], SecretsAt: filepath.Join(t.TempDir(), "secrets.json"), sink: &sink{received: o.Received}}
	if err := os.WriteFile(c.SecretsAt, []byte(o.Secrets), 0o600); err != nil {
		t.Fatal(err)
	}
	col, err := otelcol.NewCollector(c.settings(o))
	if err != nil {
		return nil, err
	}
	c.col = col
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
	return c, nil
}

func (c *Collector) settings(o Options) otelcol.CollectorSettings {
	return otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(),
		Factories: func() (f otelcol.Factories, err error) {
			f.Telemetry = otelconftelemetry.NewFactory()
			f.Receivers, _ = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
			f.Processors, _ = otelcol.MakeFactoryMap[processor.Factory](append(o.Factories, tagoutprocessor.NewFactory())...)
			f.Exporters, _ = otelcol.MakeFactoryMap[exporter.Factory](c.sink.factory())
			f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](tagoutregistry.NewFactory())
			return f, err
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              []string{"yaml:" + c.config(o)},
			ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
		DisableGracefulShutdown: true,
		SkipSettingGRPCLogger:   true,
		LoggingOptions: []zap.Option{zap.WrapCore(func(zapcore.Core) zapcore.Core {
			return zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), &c.logged, zap.DebugLevel)
		})},
	}
}

func (c *Collector) config(o Options) string {
	if o.Processors == nil {
		o.Processors = []string{"tagout"}
	}
	if o.Config == "" {
		o.Config = "tagout: {}"
	}
	var s strings.Builder
	fmt.Fprintf(&s, `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %q, max_recv_msg_size_mib: 32}
      http: {endpoint: %q}
exporters:
  sink: {}
extensions:
  tagoutregistry:
    sources: [{file: {path: %q}}]
    refresh_interval: 1s
`, c.GRPC, c.HTTP, c.SecretsAt)
	for line := range strings.Lines(o.Registry) {
		s.WriteString("    " + line)
	}
	s.WriteString("\nprocessors:\n")
	for line := range strings.Lines(o.Config) {
		s.WriteString("  " + line)
	}
	s.WriteString("\nservice:\n  telemetry: {metrics: {level: none}, logs: {level: debug}}\n  extensions: [tagoutregistry]\n  pipelines:\n")
	for _, signal := range []string{"traces", "logs", "metrics", "profiles"} {
		fmt.Fprintf(&s, "    %s: {receivers: [otlp], processors: [%s], exporters: [sink]}\n", signal, strings.Join(o.Processors, ", "))
	}
	return s.String()
}

// freePorts returns addresses that were free a moment ago, all different.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}

// lockedBuffer is a zapcore.WriteSyncer in memory.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (*lockedBuffer) Sync() error { return nil }

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
