package collector

import (
	"bytes"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/otelproc/collector/collectortest"
)

// COL-16: JSON that puts scopes where OTLP had them in 2021. The receiver takes
// it and leaves it there, where no processor sees it by pdata's methods.
func TestOldJSON(t *testing.T) {
	r, err := collectortest.Start(t, collectortest.Options{Secrets: secretsFile})
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []string{"traces", "logs", "metrics"} {
		var b []byte
		var err error
		switch d := census.Plant(signal, "").(type) {
		case ptrace.Traces:
			b, err = (&ptrace.JSONMarshaler{}).MarshalTraces(d)
		case plog.Logs:
			b, err = (&plog.JSONMarshaler{}).MarshalLogs(d)
		case pmetric.Metrics:
			b, err = (&pmetric.JSONMarshaler{}).MarshalMetrics(d)
		}
		if err != nil {
			t.Fatal(err)
		}
		// Clean scopes in the new place besides: data without any is not forwarded.
		name := map[string]string{"traces": "Spans", "logs": "LogRecords", "metrics": "Metrics"}[signal]
		item := strings.ToLower(name[:1]) + name[1:]
		one := map[string]string{"traces": "{}", "logs": "{}", "metrics": `{"gauge":{"dataPoints":[{}]}}`}[signal]
		scope := map[string]string{"traces": "Spans", "logs": "Logs", "metrics": "Metrics"}[signal]
		b = bytes.ReplaceAll(b, []byte(`"scope`+scope+`"`), []byte(`"scope`+scope+`":[{"`+item+`":[`+one+`]}],"deprecatedScope`+scope+`"`))
		if code := post(t, r, signal, "application/json", b); code != 200 {
			t.Errorf("%s: HTTP %d", signal, code)
		}
		got := r.Take()
		if len(got) != 1 {
			t.Errorf("%s: %d requests came out", signal, len(got))
		}
		for _, b := range got {
			if census.Leaks(b) || !bytes.Contains(b, []byte("[REDACTED:db/password")) { // of the resource
				t.Errorf("%s: leak", signal)
			}
		}
	}
}
