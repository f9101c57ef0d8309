package collector

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/collectortest"
)

// marker begins every value of this test: where it is in the output, something
// leaked.
const marker = "qV7rotating-"

// probeScope names the scope of probes, which ask whether a value is in force.
const probeScope = "probe"

// A load is one run.
type load struct {
	t        *testing.T
	col      *collectortest.Collector
	until    time.Time
	current  atomic.Pointer[string] // the last value that is in force
	probed   atomic.Int64           // the last round whose probe came out redacted
	received atomic.Int64           // items that came out
	leaks    atomic.Int64
	peak     atomic.Uint64 // of the heap, bytes

	mu      sync.Mutex
	answers map[string]int
}

// COL-14: full speed while every second a secret rotates, the source of secrets
// goes away for moments and for long enough to be stale, and poison comes in
// between: no leak, no crash, the heap stays under what the memory limiter
// allows. TAGOUT_COLLECTOR_LOAD sets how long, 4s by default.
func TestLoad(t *testing.T) {
	d := 4 * time.Second
	if s := os.Getenv("TAGOUT_COLLECTOR_LOAD"); s != "" {
		var err error
		if d, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	l := &load{t: t, answers: map[string]int{}, until: time.Now().Add(d)}
	first := value(0)
	col, err := collectortest.Start(t, collectortest.Options{
		Secrets:    secretsOf(first),
		Processors: []string{"memory_limiter", "tagout"},
		Factories:  []processor.Factory{memorylimiterprocessor.NewFactory()},
		Config:     "memory_limiter: {check_interval: 100ms, limit_mib: 512, spike_limit_mib: 128}\ntagout: {}",
		Registry:   "max_age: 5s",
		Received:   l.check,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.col = col
	l.current.Store(&first)
	conn, err := grpc.NewClient(col.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	var wg sync.WaitGroup
	for _, signal := range census.Signals {
		wg.Go(func() { l.send(conn, signal) })
	}
	wg.Go(l.malformed)
	wg.Go(func() { l.rotate(conn) })
	wg.Go(l.watch)
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()

	t.Logf("%v: %d items came out, the last rotation in force was that of round %d, heap peaked at %d MiB", d, l.received.Load(), l.probed.Load(), l.peak.Load()>>20)
	for what, n := range l.answers {
		t.Logf("  %-28s %8d", what, n)
	}
	if n := l.leaks.Load(); n > 0 {
		t.Errorf("%d leaks", n)
	}
	if l.received.Load() == 0 || l.answers["traces OK"] == 0 || l.answers["malformed 400"] == 0 {
		t.Error("nothing came through")
	}
	if l.probed.Load() == 0 {
		t.Error("no rotation came into force")
	}
	if d > 30*time.Second && l.answers["traces Unavailable"] == 0 {
		t.Error("a stale registry refused nothing")
	}
	if l.peak.Load() > 1<<30 {
		t.Errorf("the heap grew to %d MiB", l.peak.Load()>>20)
	}
	if strings.Contains(col.Log(), marker) {
		t.Error("the Collector's log leaks")
	}
}

func value(round int) string {
	b := make([]byte, 8)
	rand.Read(b)
	return fmt.Sprintf("%s%05d-%s", marker, round, hex.EncodeToString(b))
}

func secretsOf(value string) string { return `{"db":{"password":"` + value + `"}}` }

func (l *load) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[what]++
}

// check looks at everything that comes out.
func (l *load) check(signal string, d any) {
	b, err := census.Marshal(d)
	if err != nil {
		l.t.Error(err)
		return
	}
	leaks := bytes.Contains(b, []byte(marker))
	if ld, ok := d.(plog.Logs); ok && ld.ResourceLogs().At(0).ScopeLogs().At(0).Scope().Name() == probeScope {
		r := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
		if !leaks {
			l.probed.Store(int64(r.SeverityNumber()))
		}
		return
	}
	if leaks && l.leaks.Add(1) < 5 {
		i := bytes.Index(b, []byte(marker))
		l.t.Errorf("%s: leak: %q", signal, b[max(0, i-40):min(len(b), i+60)])
	}
	switch d := d.(type) {
	case ptrace.Traces:
		l.received.Add(int64(d.SpanCount()))
	case plog.Logs:
		l.received.Add(int64(d.LogRecordCount()))
	case pmetric.Metrics:
		l.received.Add(int64(d.DataPointCount()))
	case pprofile.Profiles:
		l.received.Add(int64(d.SampleCount()))
	}
}

// send sends one signal as fast as it is taken, every 200th request poison.
func (l *load) send(conn *grpc.ClientConn, signal string) {
	for n := 0; time.Now().Before(l.until); n++ {
		secret := *l.current.Load()
		plain := n%200 != 199
		var d any
		if plain {
			d = items(signal, 50, func(m pcommon.Map) {
				m.PutStr("http.request.method", "GET")
				m.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")
				m.PutStr("db.dsn", "postgres://app:"+secret+"@db/orders")
				m.PutEmptyBytes("body").FromRaw([]byte(secret))
			})
		} else {
			d = items(signal, 1, func(m pcommon.Map) { poison(m, n/200, secret) })
		}
		code := status.Code(export(conn, d))
		l.count(signal + " " + code.String())
		if code != codes.OK && code != codes.Unavailable && (plain || code != codes.ResourceExhausted) {
			l.t.Errorf("%s: %v is not retryable", signal, code)
			return
		}
	}
}

func items(signal string, n int, fill func(pcommon.Map)) any {
	switch signal {
	case "traces":
		d := ptrace.NewTraces()
		ss := d.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		for range n {
			fill(ss.Spans().AppendEmpty().Attributes())
		}
		return d
	case "logs":
		d := plog.NewLogs()
		sl := d.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
		for range n {
			fill(sl.LogRecords().AppendEmpty().Body().SetEmptyMap())
		}
		return d
	case "metrics":
		d := pmetric.NewMetrics()
		m := d.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge()
		for range n {
			fill(m.DataPoints().AppendEmpty().Attributes())
		}
		return d
	default:
		d := pprofile.NewProfiles()
		fill(d.ResourceProfiles().AppendEmpty().Resource().Attributes())
		d.ResourceProfiles().At(0).ScopeProfiles().AppendEmpty().Profiles().AppendEmpty().Samples().AppendEmpty()
		return d
	}
}

func poison(m pcommon.Map, kind int, secret string) {
	switch kind % 4 {
	case 0:
		m.PutStr("body", strings.Repeat("x", 4<<20)+secret)
	case 1:
		m.EnsureCapacity(10_000)
		raw := map[string]any{}
		for i := range 10_000 {
			raw[fmt.Sprint("k", i, secret)] = secret
		}
		m.FromRaw(raw)
	case 2:
		for range 64 {
			m.PutStr(secret, secret)
			m = m.PutEmptyMap("deeper")
		}
		m.PutStr("leaf", secret)
	case 3:
		m.PutStr("near misses", strings.Repeat(secret[1:len(secret)-1], 20_000)+secret)
	}
}

func export(conn *grpc.ClientConn, d any) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
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
	return err
}

// malformed posts what is no OTLP, with a secret in it.
func (l *load) malformed() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if time.Now().After(l.until) {
			return
		}
		body := "\x0a\xff" + *l.current.Load()
		resp, err := http.Post("http://"+l.col.HTTP+"/v1/traces", "application/x-protobuf", strings.NewReader(body))
		if err != nil {
			l.t.Error(err)
			return
		}
		var answer bytes.Buffer
		answer.ReadFrom(resp.Body)
		resp.Body.Close()
		if bytes.Contains(answer.Bytes(), []byte(marker)) {
			l.t.Errorf("an answer leaks: %q", answer.String())
		}
		l.count(fmt.Sprint("malformed ", resp.StatusCode))
	}
}

// rotate makes a new value every second. It is sent once a probe has come out
// redacted: what is in no registry yet is nobody's secret. Every 20 rounds the
// source is not there for two rounds, every 60 for eight, which makes it stale.
func (l *load) rotate(conn *grpc.ClientConn) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	inForce := int64(0)
	values := map[int64]string{}
	for round := int64(1); time.Now().Before(l.until); round++ {
		if p := l.probed.Load(); p > inForce {
			v := values[p]
			l.current.Store(&v)
			inForce = p
		}
		switch {
		case round%20 >= 18, round%60 >= 51:
			os.Remove(l.col.SecretsAt)
		default:
			values[round] = value(int(round))
			if err := os.WriteFile(l.col.SecretsAt+".new", []byte(secretsOf(values[round])), 0o600); err != nil {
				l.t.Error(err)
			}
			if err := os.Rename(l.col.SecretsAt+".new", l.col.SecretsAt); err != nil {
				l.t.Error(err)
			}
		}
		for probe := range values {
			if probe > inForce && probe < round { // it has had a second
				ld := plog.NewLogs()
				sl := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
				sl.Scope().SetName(probeScope)
				r := sl.LogRecords().AppendEmpty()
				r.SetSeverityNumber(plog.SeverityNumber(probe))
				r.Body().SetStr(values[probe])
				l.count("probe " + status.Code(export(conn, ld)).String())
			}
			if probe < inForce {
				delete(values, probe)
			}
		}
		<-tick.C
	}
}

// watch notes how large the heap gets.
func (l *load) watch() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var m runtime.MemStats
	for range tick.C {
		if time.Now().After(l.until) {
			return
		}
		runtime.ReadMemStats(&m)
		l.peak.Store(max(l.peak.Load(), m.HeapAlloc))
	}
}
