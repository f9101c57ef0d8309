package tagoutprocessor

import (
	"context"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

// COL-2, COL-10: whatever bytes a receiver takes for OTLP, what comes out holds
// no secret, and nothing panics.
func FuzzOTLP(f *testing.F) {
	for i, signal := range census.Signals {
		b, err := census.Marshal(census.Plant(signal, ""))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), b)
	}
	set := processortest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = componenttest.NewNopTelemetrySettings()
	r := newRegistry(f)
	var ps []*tagout
	for _, name := range census.Signals {
		p, err := newTagout(set, config(), signal(name))
		if err != nil {
			f.Fatal(err)
		}
		p.log = zap.NewNop()
		if err := p.start(context.Background(), hostWith(r)); err != nil {
			f.Fatal(err)
		}
		ps = append(ps, p)
	}
	f.Fuzz(func(t *testing.T, n uint8, otlp []byte) {
		p := ps[int(n)%len(ps)]
		d, err := census.Unmarshal(string(p.signal), otlp)
		if err != nil {
			return
		}
		out, err := process(p, d)
		if err != nil {
			t.Fatal("dropped: ", err)
		}
		b, err := census.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		if census.Leaks(b) {
			t.Error("leak")
		}
	})
}
