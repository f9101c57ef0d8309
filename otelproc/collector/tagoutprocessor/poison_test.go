package tagoutprocessor

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/redact"
)

// attributesOf makes data of one item and returns its attributes.
func attributesOf(signal string) (any, pcommon.Map) {
	switch signal {
	case "traces":
		d := ptrace.NewTraces()
		return d, d.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes()
	case "logs":
		d := plog.NewLogs()
		return d, d.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Attributes()
	case "metrics":
		d := pmetric.NewMetrics()
		return d, d.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty().Attributes()
	default:
		d := pprofile.NewProfiles()
		return d, d.ResourceProfiles().AppendEmpty().Resource().Attributes()
	}
}

var poisons = map[string]func(m pcommon.Map, size int){
	"large, secret at the end": func(m pcommon.Map, size int) { m.PutStr("k", strings.Repeat("x", size)+census.Secret) },
	"large, of near misses": func(m pcommon.Map, size int) {
		m.PutStr("k", strings.Repeat(census.Secret[:len(census.Secret)-1], size/27)+census.Secret)
	},
	"large, of escapes": func(m pcommon.Map, size int) {
		m.PutStr("k", strings.Repeat(`\\\\u0068%2568&#104;`, size/20)+census.Secret)
	},
	"large, of nothing but it": func(m pcommon.Map, size int) { m.PutStr("k", strings.Repeat(census.Secret, size/28)) },
	"large, of bytes": func(m pcommon.Map, size int) {
		m.PutEmptyBytes("k").FromRaw([]byte(strings.Repeat("\xff\x00", size/2) + census.Secret))
	},
	"a large key":   func(m pcommon.Map, size int) { m.PutStr(strings.Repeat("k", size/4)+census.Secret, "v") },
	"invalid UTF-8": func(m pcommon.Map, size int) { m.PutStr("\xff\xfe"+census.Secret+"\x00", "\xc3"+census.Secret+"\x80") },
	"10,000 attributes": func(m pcommon.Map, size int) {
		raw := map[string]any{}
		for i := range 10_000 {
			raw[fmt.Sprint("k", i, census.Secret)] = census.Secret
		}
		m.FromRaw(raw)
	},
	"10,000 elements": func(m pcommon.Map, size int) {
		s := m.PutEmptySlice("k")
		for range 10_000 {
			s.AppendEmpty().SetStr(census.Secret)
		}
	},
	"64 levels, a secret on each":  func(m pcommon.Map, size int) { nested(m, 64) },
	"300 levels, a secret on each": func(m pcommon.Map, size int) { nested(m, 300) },
}

// nested puts maps and slices into each other, with a secret in the key and in a
// value of each level.
func nested(m pcommon.Map, levels int) {
	for range levels / 2 {
		m.PutStr("s", census.Secret)
		s := m.PutEmptySlice("a " + census.Secret)
		s.AppendEmpty().SetStr(census.Secret)
		m = s.AppendEmpty().SetEmptyMap()
	}
	m.PutStr("leaf", census.Secret)
}

// COL-14: each poison in each signal, all signals at once on one registry that
// rotates: no leak, nothing is dropped, every item comes out.
func TestPoison(t *testing.T) {
	r := newRegistry(t)
	stop := make(chan struct{})
	var rotation, wg sync.WaitGroup
	rotation.Go(func() {
		for i := 0; i < 100; i++ {
			select {
			case <-stop:
				return
			default:
			}
			m, err := r.Matcher().Update([]redact.Secret{redact.NewSecret("rotating", fmt.Sprint("v", i), fmt.Appendf(nil, "rotating-value-%08d", i))}, nil)
			if err != nil {
				panic(err)
			}
			r.p.Store(m)
		}
	})
	for _, signal := range census.Signals {
		wg.Go(func() {
			run, end, err := census.Consume(context.Background(), NewFactory(), config(), hostWith(r), signal)
			if err != nil {
				t.Error(err)
				return
			}
			defer end()
			size := 64 << 10
			if signal == "logs" && !raceEnabled { // the same code walks all signals
				size = 4 << 20
			}
			for name, poison := range poisons {
				d, m := attributesOf(signal)
				poison(m, size)
				out, err := run(d)
				if err != nil || out == nil {
					t.Errorf("%s: %s: dropped: %v", signal, name, err)
					continue
				}
				b, err := census.Marshal(out)
				if err != nil {
					t.Error(err)
				}
				if bytes.Contains(b, []byte(census.Secret)) {
					t.Errorf("%s: %s: leak", signal, name)
				}
				if !bytes.Contains(b, []byte("[REDACTED:db/password")) {
					t.Errorf("%s: %s: no tag", signal, name)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	rotation.Wait()
}

// COL-13: compressed payloads are known, whatever made them.
func TestCompressedPayload(t *testing.T) {
	var payloads [][]byte
	for level := -2; level <= 9; level++ {
		var z, g bytes.Buffer
		zw, _ := zlib.NewWriterLevel(&z, level)
		zw.Write([]byte(census.Secret))
		zw.Close()
		gw, _ := gzip.NewWriterLevel(&g, level)
		gw.Write([]byte(census.Secret))
		gw.Close()
		payloads = append(payloads, z.Bytes(), g.Bytes())
	}
	for window := byte(1); window <= 7; window++ { // every header that zlib can have
		for level := range byte(4) {
			head := uint16(window<<4|8)<<8 | uint16(level)<<6
			payloads = append(payloads, binary.BigEndian.AppendUint16(nil, head+31-head%31))
		}
	}
	for _, p := range payloads {
		if !isCompressed(p) {
			t.Errorf("%x is not known to be compressed", p[:2])
		}
	}
	for _, p := range []string{"", "x", "\x0a\x04\x08\x01\x10\x02 pprof", "FLR\x00 jfr", `{"a":1}`, "main.main 17\n"} {
		if isCompressed([]byte(p)) {
			t.Errorf("%q is taken for compressed", p)
		}
	}
}

// COL-2: the dictionary of profiles: what other tables point to by index is
// redacted where it stands, every index stays what it was, and the first string
// stays the empty one, without a snapshot too.
func TestProfileIndices(t *testing.T) {
	pd := pprofile.NewProfiles()
	d := pd.Dictionary()
	d.StringTable().FromRaw([]string{"", "main.go", "func " + census.Secret, census.Secret, "cpu"})
	f := d.FunctionTable().AppendEmpty()
	f.SetNameStrindex(2)
	f.SetFilenameStrindex(1)
	a := d.AttributeTable().AppendEmpty()
	a.SetKeyStrindex(3)
	a.SetUnitStrindex(4)
	a.Value().SetStr(census.Secret)
	pd.ResourceProfiles().AppendEmpty().ScopeProfiles().AppendEmpty().Profiles().AppendEmpty().Samples().AppendEmpty().AttributeIndices().FromRaw([]int32{0})

	closed := newRegistry(t)
	closed.p.Store(nil)
	for name, r := range map[string]*registry{"open": newRegistry(t), "closed": closed} {
		in := pprofile.NewProfiles()
		pd.CopyTo(in)
		out := run(t, hostWith(r), config(), "profiles", in).(pprofile.Profiles)
		b, _ := census.Marshal(out)
		if census.Leaks(b) {
			t.Errorf("%s: leak", name)
		}
		got := out.Dictionary()
		if got.StringTable().Len() != 5 || got.StringTable().At(0) != "" {
			t.Errorf("%s: string table: %q", name, got.StringTable().AsRaw())
		}
		if f := got.FunctionTable().At(0); f.NameStrindex() != 2 || f.FilenameStrindex() != 1 || got.AttributeTable().At(0).KeyStrindex() != 3 {
			t.Errorf("%s: an index moved", name)
		}
		if name == "open" && (got.StringTable().At(2) != "func "+tag || got.StringTable().At(3) != tag || got.StringTable().At(1) != "main.go") {
			t.Errorf("string table: %q", got.StringTable().AsRaw())
		}
	}
}

// COL-16: the scopes of a resource where OTLP had them in 2021, as receivers hand
// them over that read by pdata's unmarshalers alone.
func TestOldOTLP(t *testing.T) {
	for name, f := range map[string]oldField{"spans": oldSpans, "logs": oldLogs, "metrics": oldMetrics} {
		if !f.known || f.index < 0 {
			t.Errorf("%s: pdata's old field is not where it was", name)
		}
	}
	for _, signal := range []string{"traces", "logs", "metrics"} {
		b, err := census.Marshal(census.Plant(signal, ""))
		if err != nil {
			t.Fatal(err)
		}
		old := renumber(t, b)
		d, err := census.Unmarshal(signal, old)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := census.Marshal(d); !census.Leaks(b) {
			t.Fatalf("%s: the old field is not read", signal)
		}
		out := run(t, hostWith(newRegistry(t)), config(), signal, d)
		got, _ := census.Marshal(out)
		if census.Leaks(got) {
			t.Errorf("%s: leak", signal)
		}
		// Nothing is lost: it is in the new place.
		if want, _ := census.Marshal(run(t, hostWith(newRegistry(t)), config(), signal, census.Plant(signal, ""))); !bytes.Equal(got, want) {
			t.Errorf("%s: old and new data come out differently", signal)
		}
	}
}

// renumber moves field 2 of every field 1 of a request, the scopes of a resource,
// to field 1000, where they were in 2021.
func renumber(t *testing.T, b []byte) (out []byte) {
	each(t, b, func(_ uint64, resource []byte) {
		var moved []byte
		each(t, resource, func(field uint64, content []byte) {
			if field == 2 {
				field = 1000
			}
			moved = binary.AppendUvarint(moved, field<<3|2)
			moved = append(binary.AppendUvarint(moved, uint64(len(content))), content...)
		})
		out = append(binary.AppendUvarint(append(out, 1<<3|2), uint64(len(moved))), moved...)
	})
	return out
}

// each calls f for the fields of a message, all of which have lengths.
func each(t *testing.T, b []byte, f func(field uint64, content []byte)) {
	t.Helper()
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		size, m := binary.Uvarint(b[n:])
		if key&7 != 2 || n+m+int(size) > len(b) {
			t.Fatal("not the message that was expected")
		}
		f(key>>3, b[n+m:n+m+int(size)])
		b = b[n+m+int(size):]
	}
}

// faulty panics with data when it is asked how it is.
type faulty struct{ registry }

func (*faulty) Unavailable() string { panic(census.Secret) }

// COL-10: a foreign registry that panics does not end the Collector, nor does its
// data pass.
func TestRegistryPanics(t *testing.T) {
	tel, err := newTelemetry(componenttest.NewNopTelemetrySettings(), logs)
	if err != nil {
		t.Fatal(err)
	}
	p := &tagout{cfg: *config(), signal: logs, registry: &faulty{}, log: zap.NewNop(), telemetry: tel, sinks: newSinks(logs, config())}
	if _, err := process(p, census.Plant("logs", "")); err == nil || strings.Contains(err.Error(), census.Secret) {
		t.Error(err)
	}
}
