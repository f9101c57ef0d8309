package collector

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

// The benchmarks do what a gateway does with each request: parse OTLP, process,
// serialise OTLP. They report CPU per item, user and system, of the process:
// wall time on a shared machine says little. All data is clean.

const perRequest = 100

// spans is a request of spans with ten attributes each.
func spans() []byte {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "checkout")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("net/http")
	for i := range perRequest {
		s := ss.Spans().AppendEmpty()
		s.SetName("GET /orders/{id}")
		s.SetTraceID([16]byte{byte(i), 1})
		s.SetSpanID([8]byte{byte(i), 2})
		a := s.Attributes()
		a.PutStr("http.request.method", "GET")
		a.PutStr("url.path", fmt.Sprintf("/orders/%d/items", 7919*i))
		a.PutStr("url.query", "page=2&sort=created_at")
		a.PutStr("server.address", "orders.internal.example.com")
		a.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36")
		a.PutStr("db.statement", "select id, sku, amount from items where order_id = $1 order by id limit 50")
		a.PutStr("network.protocol.version", "1.1")
		a.PutStr("k8s.pod.name", "orders-6d5f7c9b8-x2x4z")
		a.PutInt("http.response.status_code", 200)
		a.PutInt("server.port", 8443)
	}
	b, _ := census.Marshal(td)
	return b
}

// records is a request of log records with a body of 256 bytes.
func records() []byte {
	ld := plog.NewLogs()
	sl := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	for i := range perRequest {
		r := sl.LogRecords().AppendEmpty()
		body := fmt.Sprintf("2026-11-24T04:%02d:07.113Z INFO  orders.service [req=%08x] loaded order %d for customer %d in %d ms; cache=hit region=eu-central-1 shard=%d retries=0 ", i%60, i*2654435761, 7919*i, 104729*i, i%17, i%64)
		for len(body) < 256 {
			body += "next=items "
		}
		r.Body().SetStr(body[:256])
		r.SetSeverityText("INFO")
		r.Attributes().PutStr("log.file.name", "orders.log")
	}
	b, _ := census.Marshal(ld)
	return b
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measure(b *testing.B, signal string, otlp []byte, r *rival) {
	run := func(d any) (any, error) { return d, nil }
	if r != nil {
		f, stop, err := census.Consume(context.Background(), r.factory, r.config, r.host, signal)
		if err != nil {
			b.Fatal(err)
		}
		defer stop()
		run = f
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(otlp)))
	b.ResetTimer()
	before := cpu()
	for range b.N {
		d, err := census.Unmarshal(signal, otlp)
		if err != nil {
			b.Fatal(err)
		}
		if d, err = run(d); err != nil {
			b.Fatal(err)
		}
		if out, err := census.Marshal(d); err != nil || len(out) != len(otlp) {
			b.Fatalf("clean data changed: %d of %d bytes, %v", len(out), len(otlp), err)
		}
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N)/perRequest, "cpu-ns/item")
}

func benchmark(b *testing.B, signal string, otlp []byte) {
	b.Run("pass-through", func(b *testing.B) { measure(b, signal, otlp, nil) })
	for _, n := range []int{10, 1000, 10000} {
		r := ours(b, values(n))
		b.Run(fmt.Sprintf("tagout/%d", n), func(b *testing.B) { measure(b, signal, otlp, &r) })
	}
	patterns := contrib(nil, false, `sk_live_[0-9a-zA-Z]{24}`, `AKIA[0-9A-Z]{16}`, `ghp_[0-9a-zA-Z]{36}`, `xox[baprs]-[0-9a-zA-Z-]{10,}`,
		`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+`, `-----BEGIN [A-Z ]+PRIVATE KEY-----`, `AIza[0-9A-Za-z_-]{35}`, `glpat-[\w-]{20}`,
		`(?i)password=[^&\s]+`, `\b4[0-9]{12}(?:[0-9]{3})?\b`)
	b.Run("redaction/10 patterns", func(b *testing.B) { measure(b, signal, otlp, &patterns) })
	for _, n := range []int{10, 1000} {
		r := contrib(values(n), false)
		b.Run(fmt.Sprintf("redaction/%d", n), func(b *testing.B) { measure(b, signal, otlp, &r) })
	}
}

func BenchmarkTraces(b *testing.B) { benchmark(b, "traces", spans()) }
func BenchmarkLogs(b *testing.B)   { benchmark(b, "logs", records()) }
