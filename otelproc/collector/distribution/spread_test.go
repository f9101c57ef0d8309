//go:build distribution

package distribution

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

// A gateway takes OTLP and notes which traces came.
type gateway struct {
	ptraceotlp.UnimplementedGRPCServer
	addr string

	mu     sync.Mutex
	spans  int
	leaked bool
	traces map[pcommon.TraceID]bool
}

func (g *gateway) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, rs := range r.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				g.traces[s.TraceID()] = true
				g.spans++
				g.leaked = g.leaked || strings.Contains(s.Name(), census.Secret)
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

// tier returns n gateways that serve until the test ends.
func tier(t *testing.T, n int) []*gateway {
	all := make([]*gateway, n)
	for i := range all {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		g := &gateway{addr: l.Addr().String()}
		s := grpc.NewServer()
		ptraceotlp.RegisterGRPCServer(s, g)
		go s.Serve(l)
		t.Cleanup(s.Stop)
		all[i] = g
	}
	return all
}

const agent = `
extensions:
  tagoutregistry: {sources: [{file: {path: %q}}]}
receivers:
  otlp: {protocols: {grpc: {endpoint: %q}}}
processors:
  tagout: {}
exporters:
  loadbalancing:
    protocol: {otlp: {tls: {insecure: true}, sending_queue: {enabled: false}}}
    resolver: {static: {hostnames: [%s]}}
service:
  telemetry: {metrics: {level: none}}
  extensions: [tagoutregistry]
  pipelines:
    traces: {receivers: [otlp], processors: [tagout], exporters: [loadbalancing]}
`

// through sends five spans of each trace through a built Collector that spreads
// them over the gateways, and returns which gateway got which trace.
func through(t *testing.T, to []*gateway, ids []pcommon.TraceID) map[pcommon.TraceID]*gateway {
	dir, otlp := t.TempDir(), port(t)
	secrets, config := filepath.Join(dir, "secrets.json"), filepath.Join(dir, "agent.yaml")
	write(t, secrets, `{"db": {"password": "`+census.Secret+`"}}`)
	var names []string
	for _, g := range to {
		g.spans, g.traces = 0, map[pcommon.TraceID]bool{}
		names = append(names, fmt.Sprintf("%q", g.addr))
	}
	write(t, config, fmt.Sprintf(agent, secrets, otlp, strings.Join(names, ", ")))
	cmd := exec.Command("./_build/tagout-collector", "--config", config)
	cmd.Stderr = os.Stderr
	if !testing.Verbose() {
		cmd.Stderr = nil
	}
	check(t, cmd.Start())
	defer cmd.Process.Kill()

	conn, err := grpc.NewClient(otlp, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	check(t, err)
	defer conn.Close()
	for batch := range slices.Chunk(ids, 100) {
		td := ptrace.NewTraces()
		spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range 5 { // the spans of a trace do not come one after the other
			for _, id := range batch {
				s := spans.AppendEmpty()
				s.SetTraceID(id)
				s.SetName("GET /?token=" + census.Secret)
			}
		}
		_, err := ptraceotlp.NewGRPCClient(conn).Export(context.Background(), ptraceotlp.NewExportRequestFromTraces(td))
		check(t, err)
	}
	check(t, cmd.Process.Signal(syscall.SIGTERM))
	check(t, cmd.Wait())

	at := map[pcommon.TraceID]*gateway{}
	spans := 0
	for _, g := range to {
		g.mu.Lock()
		spans += g.spans
		if g.leaked {
			t.Error("a gateway saw the secret")
		}
		for id := range g.traces {
			if at[id] != nil {
				t.Errorf("trace %s came to two gateways", id)
			}
			at[id] = g
		}
		g.mu.Unlock()
	}
	if spans != 5*len(ids) || len(at) != len(ids) {
		t.Errorf("%d spans of %d traces came, of %d traces", spans, len(at), len(ids))
	}
	return at
}

// The load-balancing exporter of an agent keeps each trace together and spreads
// traces over a tier; a gateway more moves few of them. The log has the figures
// of docs/collector.md.
func TestSpread(t *testing.T) {
	ids := make([]pcommon.TraceID, 10_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range ids {
		binary.LittleEndian.PutUint64(ids[i][:8], r.Uint64())
		binary.LittleEndian.PutUint64(ids[i][8:], r.Uint64())
	}
	for _, n := range []int{3, 10} {
		gateways := tier(t, n+1)
		before := through(t, gateways[:n], ids)
		least, most := len(ids), 0
		for _, g := range gateways[:n] {
			least, most = min(least, len(g.traces)), max(most, len(g.traces))
		}
		after := through(t, gateways, ids)
		moved := 0
		for _, id := range ids {
			if before[id] != after[id] {
				moved++
			}
		}
		even := float64(len(ids)) / float64(n)
		t.Logf("%d gateways: the least busy has %.0f %% of an even share, the busiest %.0f %%; one more moves %.0f %% of the traces",
			n, 100*float64(least)/even, 100*float64(most)/even, 100*float64(moved)/float64(len(ids)))
		if float64(least) < even/3 || float64(most) > 3*even || moved > len(ids)*3/(n+1) {
			t.Error("that is no spread")
		}
	}
}
