//go:build distribution

package distribution

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

const rotated = "rotated-in-while-it-runs-4711"

// The built Collector, started as a user starts it, takes what an SDK program
// sends and a log file, and writes no secret: neither to its output nor to its
// own log. It takes a rotated secret while it runs and ends when it is told to.
//
// .ci/collector builds it and runs this test.
func TestDistribution(t *testing.T) {
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets.json")
	out := filepath.Join(dir, "out.json")
	logs := filepath.Join(dir, "app.log")
	write(t, secrets, `{"db": {"password": "`+census.Secret+`"}}`)
	write(t, logs, "dial postgres: wrong password "+census.Secret+"\nclean line\n")
	grpc, http, health := port(t), port(t), port(t)

	cmd := exec.Command("./run")
	cmd.Env = append(os.Environ(), "TAGOUT_SECRETS="+secrets, "TAGOUT_OUT="+out, "TAGOUT_LOGS="+logs,
		"TAGOUT_GRPC="+grpc, "TAGOUT_HTTP="+http, "TAGOUT_HEALTH="+health)
	var own bytes.Buffer
	cmd.Stdout, cmd.Stderr = &own, &own
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer cmd.Process.Kill()
	await(t, "health check", func() bool { return healthy(health) }, ended, &own)

	push(t, http, census.Secret)
	await(t, "output", func() bool { return strings.Count(read(out), "[REDACTED:db/password") >= 5 }, ended, &own)

	write(t, secrets, `{"db": {"password": "`+rotated+`"}}`)
	await(t, "the rotated secret", func() bool {
		push(t, http, rotated)
		before := len(read(out))
		await(t, "output", func() bool { return len(read(out)) > before }, ended, &own)
		tail := read(out)[before:]
		return !strings.Contains(tail, rotated) && strings.Contains(tail, "[REDACTED")
	}, ended, &own)
	push(t, http, census.Secret) // the former value stays redacted

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended: %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("SIGTERM did not end it")
	}
	got := read(out)
	for _, want := range []string{"resourceSpans", "resourceLogs", "resourceMetrics", "clean line", "wrong password [REDACTED:db/password@h"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the output", want)
		}
	}
	if strings.Contains(got, census.Secret) {
		t.Error("the output leaks")
	}
	if s := own.String(); strings.Contains(s, census.Secret) || strings.Contains(s, rotated) {
		t.Error("the Collector's own log leaks")
	}
}

// The sample configurations are valid for the built Collector.
func TestSamples(t *testing.T) {
	for _, sample := range []string{"agent.yaml", "gateway.yaml", "local.yaml"} {
		cmd := exec.Command("./_build/tagout-collector", "validate", "--config", sample, "--feature-gates=service.profilesSupport")
		cmd.Env = append(os.Environ(), "POD_IP=127.0.0.1", "TAGOUT_STATE="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", sample, err, out)
		}
	}
}

// An agent that starts again goes on where it stopped, and what it stores about
// the files that it reads has nothing in it that a program wrote.
func TestCheckpoint(t *testing.T) {
	dir := t.TempDir()
	state, out, override := filepath.Join(dir, "state"), filepath.Join(dir, "out.json"), filepath.Join(dir, "override.yaml")
	pod := filepath.Join(dir, "pods", "shop_web-0_1f0c", "web")
	for _, d := range []string{state, pod} {
		check(t, os.MkdirAll(d, 0o700))
	}
	write(t, filepath.Join(dir, "secrets.json"), `{"db": {"password": "`+census.Secret+`"}}`)
	log := filepath.Join(pod, "0.log")
	n := 0
	line := func() {
		f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		check(t, err)
		n++
		_, err = fmt.Fprintf(f, "2026-03-01T10:20:30.%09dZ stdout F %s in line %d.\n", n, census.Secret, n)
		check(t, err)
		check(t, f.Close())
	}
	write(t, override, fmt.Sprintf(`
extensions:
  tagoutregistry: {sources: [{name: test, file: {path: %s/secrets.json}}], key_file: ""}
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0"}}}
  filelog: {include: [%s/pods/*/*/*.log], exclude: [], start_at: beginning}
exporters:
  file: {path: %s, append: true}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {exporters: [file]}
    logs: {exporters: [file]}
    metrics: {exporters: [file]}
`, dir, dir, out))
	for run := range 3 {
		line()
		health := port(t)
		cmd := exec.Command("./_build/tagout-collector", "--config", "agent.yaml", "--config", override,
			"--config", "yaml:extensions::health_check::endpoint: "+health)
		cmd.Env = append(os.Environ(), "TAGOUT_STATE="+state)
		var own bytes.Buffer
		cmd.Stdout, cmd.Stderr = &own, &own
		check(t, cmd.Start())
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		defer cmd.Process.Kill()
		await(t, "health check", func() bool { return healthy(health) }, ended, &own)
		line()
		await(t, "output", func() bool { return strings.Contains(read(out), fmt.Sprintf("in line %d.", n)) }, ended, &own)
		check(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := <-ended; err != nil {
			t.Fatalf("run %d ended: %v\n%s", run, err, &own)
		}
	}
	got := read(out)
	for i := 1; i <= n; i++ {
		if times := strings.Count(got, fmt.Sprintf("] in line %d.", i)); times != 1 {
			t.Errorf("line %d is there %d times", i, times)
		}
	}
	if tags := strings.Count(got, "[REDACTED:test/db/password@h"); tags != n || strings.Contains(got, census.Secret) {
		t.Errorf("%d lines with a secret, %d tags", n, tags)
	}
	stored := read(filepath.Join(state, "receiver_filelog_"))
	if !strings.Contains(stored, "Z stdout F ") || strings.Contains(stored, census.Secret[:4]) {
		t.Errorf("in %d bytes there is no first line, or more of it than comes before the message", len(stored))
	}
}

func push(t *testing.T, endpoint, secret string) {
	t.Helper()
	ctx := context.Background()
	te, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(endpoint), otlptracehttp.WithInsecure())
	check(t, err)
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(te))
	_, span := tp.Tracer("program").Start(ctx, "GET /?token="+secret)
	span.SetAttributes(attribute.String("db.statement", "select '"+secret+"'"))
	span.RecordError(fmt.Errorf("refused: %s", secret))
	span.End()
	check(t, tp.Shutdown(ctx))

	le, err := otlploghttp.New(ctx, otlploghttp.WithEndpoint(endpoint), otlploghttp.WithInsecure())
	check(t, err)
	lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(le)))
	var r log.Record
	r.SetBody(attribute.MapValue(attribute.String("k", secret)))
	lp.Logger("program").Emit(ctx, r)
	check(t, lp.Shutdown(ctx))

	me, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(endpoint), otlpmetrichttp.WithInsecure())
	check(t, err)
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(me)))
	c, _ := mp.Meter("program").Int64Counter("requests")
	c.Add(ctx, 1, metric.WithAttributes(attribute.String("token", secret)))
	check(t, mp.Shutdown(ctx))
}

func healthy(addr string) bool {
	resp, err := http.Get("http://" + addr)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// await polls for at most 30 seconds.
func await(t *testing.T, what string, ok func() bool, ended chan error, own *bytes.Buffer) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("waiting for %s, it ended: %v\n%s", what, err, own)
		default:
		}
		if ok() {
			return
		}
	}
	t.Fatalf("no %s", what)
}

func port(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}

func write(t *testing.T, path, content string) {
	t.Helper()
	check(t, os.WriteFile(path+".new", []byte(content), 0o600))
	check(t, os.Rename(path+".new", path))
}

func read(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
