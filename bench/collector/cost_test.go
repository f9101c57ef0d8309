package collector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
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

// A variant is what stands between reading and writing a request.
type variant struct {
	name string
	run  func() error // one request, checked
	best float64      // CPU, nanoseconds per item
}

// chunk runs n requests and keeps the least CPU that any chunk took: what was
// disturbed least.
func (v *variant) chunk(b *testing.B, n int) {
	runtime.GC()
	before := cpu()
	for range n {
		if err := v.run(); err != nil {
			b.Fatal(err)
		}
	}
	if ns := float64(cpu()-before) / float64(n) / perRequest; v.best == 0 || ns < v.best {
		v.best = ns
	}
}

// reading returns what parses a request, gives it to process and serialises it.
func reading(signal string, otlp []byte, process func(any) (any, error)) func() error {
	return func() error {
		d, err := census.Unmarshal(signal, otlp)
		if err != nil {
			return err
		}
		if d, err = process(d); err != nil {
			return err
		}
		out, err := census.Marshal(d)
		if err == nil && len(out) != len(otlp) {
			err = fmt.Errorf("clean data changed: %d of %d bytes", len(out), len(otlp))
		}
		return err
	}
}

func tenPatterns(sep string) string {
	return strings.Join([]string{`sk_live_[0-9a-zA-Z]{24}`, `AKIA[0-9A-Z]{16}`, `ghp_[0-9a-zA-Z]{36}`, `xox[baprs]-[0-9a-zA-Z-]{10,}`,
		`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+`, `-----BEGIN [A-Z ]+PRIVATE KEY-----`, `AIza[0-9A-Za-z_-]{35}`, `glpat-[\w-]{20}`,
		`(?i)password=[^&\s]+`, `\b4[0-9]{12}(?:[0-9]{3})?\b`}, sep)
}

// benchmark takes turns: each round gives every variant one chunk, in another
// order each time, so that what else the machine does, and what the one before
// left in its caches, falls on all alike. The ratios to pass-through are of one
// run. Run it with -benchtime=20x or more.
func benchmark(b *testing.B, signal string, otlp []byte) {
	variants := []*variant{{name: "pass-through", run: reading(signal, otlp, func(d any) (any, error) { return d, nil })}}
	add := func(name string, r rival) {
		f, stop, err := census.Consume(context.Background(), r.factory, r.config, r.host, signal)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { stop() })
		variants = append(variants, &variant{name: name, run: reading(signal, otlp, f)})
	}
	for _, n := range []int{10, 1000, 10000} {
		add(fmt.Sprintf("tagout,%d", n), ours(b, values(n)))
	}
	add("redaction,10_patterns", contrib(nil, false, strings.Split(tenPatterns("\n"), "\n")...))
	for _, n := range []int{10, 1000} {
		add(fmt.Sprintf("redaction,%d", n), contrib(values(n), false))
	}
	for b.Loop() {
		for _, i := range rand.Perm(len(variants)) {
			v, n := variants[i], 100
			if v.name == "redaction,1000" {
				n = 2 // a hundred times as slow
			}
			v.chunk(b, n)
		}
	}
	report(b, variants)
}

func report(b *testing.B, variants []*variant) {
	b.ReportMetric(0, "ns/op") // of all together: says nothing
	for _, v := range variants {
		b.ReportMetric(v.best, v.name+",cpu-ns/item")
		b.ReportMetric(v.best/variants[0].best, v.name+",x-pass-through")
	}
}

func BenchmarkTraces(b *testing.B) { benchmark(b, "traces", spans()) }
func BenchmarkLogs(b *testing.B)   { benchmark(b, "logs", records()) }
