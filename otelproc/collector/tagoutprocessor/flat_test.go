//go:build !race

package tagoutprocessor

import (
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/seed-00b494d3/tagout/redact"
)

// cleanBatch has a hundred items whose texts do not repeat and some that do.
func cleanBatch(s signal) any {
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range 100 {
		text := fmt.Sprintf("2026-11-24T04:%02d:07.113Z INFO orders.service [req=%08x] loaded order %d for customer %d in %d ms; cache=hit region=eu-central-1", i%60, i*2654435761, 7919*i, 104729*i, i%17)
		sp := spans.AppendEmpty()
		sp.SetName("GET /orders/{id}")
		sp.Attributes().PutStr("http.request.method", "GET")
		sp.Attributes().PutStr("db.statement", text)
		r := records.AppendEmpty()
		r.Body().SetStr(text)
		r.SetSeverityText("INFO")
		r.Attributes().PutStr("log.file.name", "orders.log")
	}
	if s == traces {
		return td
	}
	return ld
}

func matcherOf(t *testing.T, secrets int) *redact.Matcher {
	var set []redact.Secret
	for i := range secrets {
		set = append(set, redact.NewSecret(fmt.Sprint("s", i), "v1", fmt.Appendf(nil, "Zq%08x-%08x", i*2654435761, i*40503)))
	}
	m, err := redact.NewMatcher(set)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func processorOf(t *testing.T, s signal, m *redact.Matcher) *tagout {
	r := newRegistry(t)
	r.p.Store(m)
	p, err := newTagout(processortest.NewNopSettings(NewFactory().Type()), config(), s)
	if err != nil {
		t.Fatal(err)
	}
	p.registry = r
	return p
}

// COL-17: clean data costs the same with 10 and with 10,000 secrets, and no
// allocation for an item. The bound on time is wide, for busy machines: a cost
// that grew with the number would be hundreds of times as much.
func TestFlatCost(t *testing.T) {
	ten, tenThousand := matcherOf(t, 10), matcherOf(t, 10_000)
	for _, s := range []signal{traces, logs} {
		few, many, batch := processorOf(t, s, ten), processorOf(t, s, tenThousand), cleanBatch(s)
		var best [2]time.Duration
		for range 50 { // in turns; the least is what was disturbed least
			for i, p := range []*tagout{few, many} {
				began := time.Now()
				for range 10 {
					if _, err := process(p, batch); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(began); best[i] == 0 || took < best[i] {
					best[i] = took
				}
			}
		}
		t.Logf("%s: %v for 10 secrets, %v for 10,000, per item", s, best[0]/1000, best[1]/1000)
		if best[1] > 3*best[0] {
			t.Errorf("%s: %v for 10 secrets, %v for 10,000", s, best[0], best[1])
		}
		if n := testing.AllocsPerRun(100, func() { process(many, batch) }); n > 5 {
			t.Errorf("%s: %v allocations for a clean batch of 100", s, n)
		}
	}
}
