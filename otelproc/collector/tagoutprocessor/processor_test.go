package tagoutprocessor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
	"github.com/seed-00b494d3/tagout/redact"
)

const tag = "[REDACTED:db/password@v7]"

// registry is an extension whose state a test can change.
type registry struct {
	component.StartFunc
	component.ShutdownFunc
	p   atomic.Pointer[redact.Matcher]
	why atomic.Pointer[string]
}

func (r *registry) Matcher() *redact.Matcher { return r.p.Load() }
func (r *registry) Unavailable() string {
	if p := r.why.Load(); p != nil {
		return *p
	}
	return ""
}

func newRegistry(t testing.TB, extra ...redact.Secret) *registry {
	t.Helper()
	m, err := redact.NewMatcher(append(extra, redact.NewSecret("db/password", "v7", []byte(census.Secret))))
	if err != nil {
		t.Fatal(err)
	}
	r := &registry{}
	r.p.Store(m)
	return r
}

func (r *registry) set(why string) { r.why.Store(&why) }

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func hostWith(r component.Component) host { return host{defaultRegistry: r} }

func config(change ...func(*Config)) *Config {
	c := createDefaultConfig().(*Config)
	for _, f := range change {
		f(c)
	}
	return c
}

// run sends data of one signal through a new processor.
func run(t testing.TB, h component.Host, cfg *Config, signal string, d any) any {
	t.Helper()
	f, stop, err := census.Run(context.Background(), NewFactory(), cfg, h, signal)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	out, err := f(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// COL-2, COL-5: nothing leaks from any position of any signal, and values keep
// their kind.
func TestCensus(t *testing.T) {
	results, err := census.Measure(context.Background(), NewFactory(), config(), hostWith(newRegistry(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		switch {
		case !r.Supported:
			t.Errorf("%s is not supported", r.Signal)
		case r.Dropped:
			t.Errorf("%s%s: dropped", r.Signal, r.Position)
		case r.Leaked:
			t.Errorf("%s%s: leaked", r.Signal, r.Position)
		case r.KindLost && !strings.HasSuffix(r.Position, ".OriginalPayload"):
			t.Errorf("%s%s: the kind of a value changed", r.Signal, r.Position)
		}
	}
	t.Logf("%d positions, no leak", len(results))
}

// COL-3: data without a secret is not written to, which read-only data would
// answer by a panic, and comes out byte for byte.
func TestCleanIsUntouched(t *testing.T) {
	r := newRegistry(t)
	for _, name := range census.Signals {
		d := census.Plant(name, "none")
		before, _ := census.Marshal(d)
		markReadOnly(d)
		p := &tagout{cfg: *config(), signal: signal(name), registry: r, log: zap.NewNop(), sinks: newSinks(signal(name), config())}
		p.telemetry, _ = newTelemetry(componenttest.NewNopTelemetrySettings(), p.signal)
		out, err := process(p, d)
		if err != nil {
			t.Errorf("%s: written to: %v", name, err)
			continue
		}
		if after, _ := census.Marshal(out); string(after) != string(before) {
			t.Errorf("%s: changed", name)
		}
	}
}

func markReadOnly(d any) {
	d.(interface{ MarkReadOnly() }).MarkReadOnly()
}

func process(p *tagout, d any) (any, error) {
	ctx := context.Background()
	switch d := d.(type) {
	case ptrace.Traces:
		return p.processTraces(ctx, d)
	case plog.Logs:
		return p.processLogs(ctx, d)
	case pmetric.Metrics:
		return p.processMetrics(ctx, d)
	default:
		return p.processProfiles(ctx, d.(pprofile.Profiles))
	}
}

// COL-4: fan-out must give this processor its own data.
func TestCapabilities(t *testing.T) {
	f := NewFactory()
	tr, err := f.CreateTraces(context.Background(), processortest.NewNopSettings(f.Type()), config(), consumertest.NewNop())
	if err != nil || !tr.Capabilities().MutatesData {
		t.Error("MutatesData is not set", err)
	}
}

// COL-1: configuration, lifecycle, shutdown.
func TestLifecycle(t *testing.T) {
	f := NewFactory()
	if err := componenttest.CheckConfigStruct(f.CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	pass := config(func(c *Config) { c.OnUnavailable = Pass })
	processortest.VerifyShutdown(t, f, pass)
	for _, signal := range census.Signals {
		for range 2 { // a stopped one can be followed by another
			_, stop, err := census.Run(context.Background(), f, config(), hostWith(newRegistry(t)), signal)
			if err != nil {
				t.Fatal(err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
	// A processor that was never started can be shut down.
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(f.Type()), config(), consumertest.NewNop())
	if err != nil || p.Shutdown(context.Background()) != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		in   map[string]any
		want string // in the error; "": valid
	}{
		{map[string]any{}, ""},
		{map[string]any{"registry": "tagoutregistry/other", "on_unavailable": "pass", "max_depth": 8, "numbers": true, "metric_versions": true,
			"summary": map[string]any{"enabled": true, "trust_incoming": true}}, ""},
		{map[string]any{"on_unavailable": "ignore"}, "on_unavailable"},
		{map[string]any{"max_depth": 0}, "max_depth"},
		{map[string]any{"max_depth": 1001}, "max_depth"},
		{map[string]any{"summary": map[string]any{"trust_incoming": true}}, "trust_incoming"},
		{map[string]any{"registri": "x"}, "registri"},
	} {
		cfg := config()
		err := confmap.NewFromStringMap(c.in).Unmarshal(cfg)
		if err == nil {
			err = cfg.Validate()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.in, err)
		}
	}
	if (&Config{OnUnavailable: Pass, MaxDepth: 1}).Validate() == nil {
		t.Error("no registry is not an error")
	}
}

// COL-7: a registry that is missing, empty or stale, at the start and later.
func TestUnavailable(t *testing.T) {
	ctx := context.Background()
	leaky := func() any { return census.Plant("logs", ".ResourceLogs.ScopeLogs.LogRecords.Body string") }
	for _, mode := range []string{Refuse, Drop, Pass} {
		cfg := config(func(c *Config) { c.OnUnavailable = mode })
		for _, state := range []string{"missing", "empty", "stale"} {
			var h component.Host = componenttest.NewNopHost()
			if state != "missing" {
				r := newRegistry(t)
				r.set(state)
				h = hostWith(r)
			}
			f, stop, err := census.Run(ctx, NewFactory(), cfg, h, "logs")
			if mode == Refuse {
				if err == nil || !strings.Contains(err.Error(), state) {
					t.Errorf("%s: started with a registry that is %s: %v", mode, state, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", mode, state, err)
				continue
			}
			out, err := f(leaky())
			if err != nil || (out == nil) != (mode == Drop) {
				t.Errorf("%s, %s: %v, %v", mode, state, out, err)
			}
			if state == "stale" && mode == Pass { // what is known is redacted all the same
				if b, _ := census.Marshal(out); census.Leaks(b) {
					t.Error("a stale registry leaks what it knows")
				}
			}
			stop()
		}
		// It was there at the start and goes away.
		r := newRegistry(t)
		f, stop, err := census.Run(ctx, NewFactory(), cfg, hostWith(r), "logs")
		if err != nil {
			t.Fatal(err)
		}
		r.set("stale")
		out, err := f(leaky())
		if (err != nil) != (mode == Refuse) || (out == nil) != (mode != Pass) {
			t.Errorf("%s: %v, %v", mode, out, err)
		}
		if err != nil && consumererror.IsPermanent(err) {
			t.Error("the sender is not told to retry")
		}
		r.set("")
		if out, err := f(leaky()); err != nil || out == nil {
			t.Errorf("%s: not back: %v", mode, err)
		}
		stop()
	}
	// Another kind of extension is a mistake in any mode.
	cfg := config(func(c *Config) { c.OnUnavailable = Pass })
	other := struct {
		component.StartFunc
		component.ShutdownFunc
	}{}
	if _, _, err := census.Run(ctx, NewFactory(), cfg, hostWith(other), "traces"); err == nil {
		t.Error("an extension that is no registry was accepted")
	}
	// No snapshot is not a licence.
	r := newRegistry(t)
	r.p.Store(nil)
	if b, _ := census.Marshal(run(t, hostWith(r), config(), "logs", leaky())); census.Leaks(b) {
		t.Error("without a snapshot data leaks")
	}
}

// panicky has a Source that panics with data.
type panicky struct{ registry }

func (*panicky) Matcher() *redact.Matcher { panic(census.Secret) }

// COL-10: an internal failure drops the batch, counts it and shows no data.
func TestPanicIsContained(t *testing.T) {
	core, logged := observer.New(zap.DebugLevel)
	tel := componenttest.NewTelemetry()
	defer tel.Shutdown(context.Background())
	set := processortest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Logger = zap.New(core)
	sink := new(consumertest.LogsSink)
	p, err := NewFactory().CreateLogs(context.Background(), set, config(), sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background(), hostWith(&panicky{})); err != nil {
		t.Fatal(err)
	}
	d := census.Plant("logs", "").(plog.Logs)
	if err := p.ConsumeLogs(context.Background(), d); err != nil { // an error would be retried for ever
		t.Error(err)
	}
	if len(sink.AllLogs()) != 0 {
		t.Error("a batch that was not redacted went on")
	}
	if s := fmt.Sprint(logged.All()); logged.Len() != 1 || strings.Contains(s, census.Secret) {
		t.Errorf("log: %s", s)
	}
	if m, err := tel.GetMetric("otelcol_tagout_dropped"); err != nil || m.Data.(metricdata.Sum[int64]).DataPoints[0].Value != int64(d.LogRecordCount()) {
		t.Error("not counted", err)
	}
}

// COL-8: own telemetry counts items, places and time, by signal alone.
func TestTelemetry(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer tel.Shutdown(context.Background())
	set := processortest.NewNopSettings(NewFactory().Type())
	set.TelemetrySettings = tel.NewTelemetrySettings()
	r := newRegistry(t)
	p, err := NewFactory().CreateTraces(context.Background(), set, config(func(c *Config) { c.OnUnavailable = Pass }), new(consumertest.TracesSink))
	if err != nil {
		t.Fatal(err)
	}
	p.Start(context.Background(), hostWith(r))
	p.ConsumeTraces(context.Background(), census.Plant("traces", ".ResourceSpans.ScopeSpans.Spans.Name").(ptrace.Traces))
	r.set("stale")
	p.ConsumeTraces(context.Background(), census.Plant("traces", "none").(ptrace.Traces))
	for name, want := range map[string]int64{"otelcol_tagout_scanned": 2, "otelcol_tagout_redacted": 1, "otelcol_tagout_unavailable": 1} {
		m, err := tel.GetMetric(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := m.Data.(metricdata.Sum[int64]).DataPoints; len(got) != 1 || got[0].Value != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if m, err := tel.GetMetric("otelcol_tagout_duration"); err != nil || m.Data.(metricdata.Histogram[float64]).DataPoints[0].Count != 2 {
		t.Error("duration", err)
	}
}

func oneSpan(f func(ptrace.Span)) ptrace.Traces {
	td := ptrace.NewTraces()
	f(td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	return td
}

func span(d any) ptrace.Span {
	return d.(ptrace.Traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
}

// COL-6: the summary says what this processor did; user data cannot say it for
// us, hide it or make us add to it.
func TestSummary(t *testing.T) {
	h := hostWith(newRegistry(t))
	enabled := config(func(c *Config) { c.Summary.Enabled = true })
	trusting := config(func(c *Config) { c.Summary = SummaryConfig{Enabled: true, TrustIncoming: true} })
	plain := func(s ptrace.Span) { s.SetName("n") }
	dirty := func(s ptrace.Span) { s.SetName(census.Secret); s.Attributes().PutStr("k", census.Secret) }
	forged := func(v any) func(ptrace.Span) {
		return func(s ptrace.Span) { s.Attributes().PutEmpty(SummaryKey).FromRaw(v) }
	}
	for _, c := range []struct {
		name string
		cfg  *Config
		in   []func(ptrace.Span)
		want any
	}{
		{"off", config(), []func(ptrace.Span){dirty}, nil},
		{"off, user data stays user data", config(), []func(ptrace.Span){forged("mine")}, "mine"},
		{"clean", enabled, []func(ptrace.Span){plain}, nil},
		{"dirty", enabled, []func(ptrace.Span){dirty}, int64(2)},
		{"forged on clean", enabled, []func(ptrace.Span){plain, forged(int64(5))}, nil},
		{"forged on dirty", enabled, []func(ptrace.Span){dirty, forged(int64(5))}, int64(2)},
		{"forged zero on dirty", enabled, []func(ptrace.Span){dirty, forged(int64(0))}, int64(2)},
		{"forged text", enabled, []func(ptrace.Span){dirty, forged("none")}, int64(2)},
		{"forged secret", enabled, []func(ptrace.Span){forged(census.Secret)}, int64(1)},
		{"trusted", trusting, []func(ptrace.Span){dirty, forged(int64(5))}, int64(7)},
		{"trusted on clean", trusting, []func(ptrace.Span){plain, forged(int64(5))}, int64(5)},
		{"trusted, not a number", trusting, []func(ptrace.Span){dirty, forged("none")}, int64(2)},
		{"trusted, negative", trusting, []func(ptrace.Span){dirty, forged(int64(-9))}, int64(2)},
	} {
		out := run(t, h, c.cfg, "traces", oneSpan(func(s ptrace.Span) {
			for _, f := range c.in {
				f(s)
			}
		}))
		var got any
		n := 0
		for k, v := range span(out).Attributes().All() {
			if k == SummaryKey {
				got = v.AsRaw()
				n++
			}
		}
		if got != c.want || n > 1 {
			t.Errorf("%s: %v (%d times), want %v", c.name, got, n, c.want)
		}
		// Once more: the second processor of a chain finds nothing and, unless it
		// trusts, says so.
		again := run(t, h, c.cfg, "traces", out)
		if c.cfg == trusting && span(again).Attributes().Len() != span(out).Attributes().Len() {
			t.Errorf("%s: re-entry changed a trusted summary", c.name)
		}
	}
	// A duplicate of the name is no way around, nor is a secret that a tag turns
	// into nothing of the kind.
	b, _ := census.Marshal(oneSpan(func(s ptrace.Span) {
		s.Attributes().PutInt(SummaryKey, 1)
		s.Attributes().PutInt("tagout.redacted.counu", 1)
	}))
	d, _ := census.Unmarshal("traces", []byte(strings.Replace(string(b), "tagout.redacted.counu", SummaryKey, 1)))
	if out := run(t, h, enabled, "traces", d); span(out).Attributes().Len() != 0 {
		t.Error("a duplicate survived")
	}
}

// COL-5: duplicate keys and order survive a redacted key.
func TestKeys(t *testing.T) {
	b, _ := census.Marshal(oneSpan(func(s ptrace.Span) {
		s.Attributes().PutInt("a", 1)
		s.Attributes().PutInt(census.Secret, 2)
		s.Attributes().PutInt("dup-1", 3)
		s.Attributes().PutInt("dup-2", 4)
		s.Attributes().PutInt("z", 5)
	}))
	d, _ := census.Unmarshal("traces", []byte(strings.Replace(string(b), "dup-2", "dup-1", 1)))
	out := run(t, hostWith(newRegistry(t)), config(), "traces", d)
	var got []string
	for k, v := range span(out).Attributes().All() {
		got = append(got, fmt.Sprint(k, v.Int()))
	}
	if want := "[a1 " + tag + "2 dup-13 dup-14 z5]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// COL-5: depth and numbers.
func TestDepthAndNumbers(t *testing.T) {
	pin := redact.NewSecret("pin", "v1", []byte("7788990011"))
	h := hostWith(newRegistry(t, pin))
	deep := func(n int) ptrace.Traces {
		return oneSpan(func(s ptrace.Span) {
			v := s.Attributes().PutEmpty("k")
			for range n {
				v = v.SetEmptySlice().AppendEmpty()
			}
			v.SetStr(census.Secret)
			s.Attributes().PutInt("pin", 7788990011)
		})
	}
	for _, n := range []int{1, 64, 65, 5000} {
		out := run(t, h, config(), "traces", deep(n))
		b, _ := census.Marshal(out)
		if census.Leaks(b) || strings.Contains(string(b), tooDeep) != (n > 64) {
			t.Errorf("depth %d", n)
		}
		if v, _ := span(out).Attributes().Get("pin"); v.Type() != pcommon.ValueTypeInt {
			t.Error("a number was touched")
		}
	}
	out := run(t, h, config(func(c *Config) { c.Numbers = true }), "traces", deep(1))
	if v, _ := span(out).Attributes().Get("pin"); v.AsString() != "[REDACTED:pin@v1]" {
		t.Errorf("numbers: %v", v.AsRaw())
	}
}

// COL-11: metric tags have no version unless asked for.
func TestMetricTags(t *testing.T) {
	for want, cfg := range map[string]*Config{"[REDACTED:db/password]": config(), tag: config(func(c *Config) { c.MetricVersions = true })} {
		out := run(t, hostWith(newRegistry(t)), cfg, "metrics", census.Plant("metrics", ""))
		if b, _ := census.Marshal(out); !strings.Contains(string(b), want) || strings.Contains(string(b), "@v7") != strings.Contains(want, "@v7") {
			t.Errorf("no %s", want)
		}
	}
}

// COL-12: trace state stays valid.
func TestTraceState(t *testing.T) {
	second := redact.NewSecret("other", "v1", []byte("5b4a-and-more"))
	h := hostWith(newRegistry(t, second, redact.NewSecret("pair", "v1", []byte("vendor=blob77"))))
	for in, want := range map[string]string{
		"":                                 "",
		"a=1,b=2":                          "a=1,b=2",
		"a=1,b=" + census.Secret:           "a=1,b=" + tag,
		census.Secret + "=1,b=2":           "b=2",
		"a=" + census.Secret + "-and-more": "a=[REDACTED]",
		"not valid " + census.Secret:       "",
		"vendor=blob77":                    "",
	} {
		out := run(t, h, config(), "traces", oneSpan(func(s ptrace.Span) { s.TraceState().FromRaw(in) }))
		if got := span(out).TraceState().AsRaw(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// COL-13: an original payload that cannot be looked into, or holds a secret, is
// removed; another stays.
func TestOriginalPayload(t *testing.T) {
	for in, want := range map[string]int{"plain text": 10, "x" + census.Secret: 0, "\x1f\x8b compressed": 0, "(\xb5/\xfd": 0} {
		pd := pprofile.NewProfiles()
		pd.ResourceProfiles().AppendEmpty().ScopeProfiles().AppendEmpty().Profiles().AppendEmpty().OriginalPayload().FromRaw([]byte(in))
		out := run(t, hostWith(newRegistry(t)), config(), "profiles", pd).(pprofile.Profiles)
		if got := out.ResourceProfiles().At(0).ScopeProfiles().At(0).Profiles().At(0).OriginalPayload().Len(); got != want {
			t.Errorf("%q: %d bytes", in, got)
		}
	}
}

// COL-14: large and many-membered input, while secrets rotate, from many
// senders: no leak, no crash.
func TestHostileInput(t *testing.T) {
	r := newRegistry(t)
	p, err := NewFactory().CreateTraces(context.Background(), processortest.NewNopSettings(NewFactory().Type()), config(), checking{t})
	if err != nil {
		t.Fatal(err)
	}
	p.Start(context.Background(), hostWith(r))
	big := strings.Repeat("x", 4<<20) + census.Secret
	var wg sync.WaitGroup
	done := make(chan struct{})
	rotated := make(chan struct{})
	go func() {
		defer close(rotated)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			m, _ := r.Matcher().Update([]redact.Secret{redact.NewSecret("rotating", fmt.Sprint("v", i), fmt.Appendf(nil, "rotating-value-%08d", i))}, nil)
			r.p.Store(m)
			if i > 200 {
				return
			}
		}
	}()
	for range 2 {
		wg.Go(func() {
			for range 2 {
				td := oneSpan(func(s ptrace.Span) {
					s.SetName(big)
					s.Attributes().PutStr("invalid", "\xff\xfe"+census.Secret+"\x00")
				})
				if err := p.ConsumeTraces(context.Background(), td); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	many := ptrace.NewTraces()
	attrs := many.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes()
	attrs.EnsureCapacity(10000)
	raw := map[string]any{}
	for i := range 10000 {
		raw[fmt.Sprint("k", i, census.Secret)] = census.Secret
	}
	attrs.FromRaw(raw)
	if err := p.ConsumeTraces(context.Background(), many); err != nil {
		t.Error(err)
	}
	close(done)
	<-rotated
}

// checking is a consumer that fails on a leak.
type checking struct{ t testing.TB }

func (c checking) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }
func (c checking) ConsumeTraces(_ context.Context, td ptrace.Traces) error {
	b, err := census.Marshal(td)
	if err != nil || census.Leaks(b) {
		c.t.Error("leak", err)
	}
	return errors.Join(err)
}

// COL-3, COL-15: what was clean under one snapshot is looked at again under the
// next, and what is remembered is never more than a comparison in full.
func TestKnownFollowsSnapshot(t *testing.T) {
	r := newRegistry(t)
	r.p.Store(nothing)
	f, stop, err := census.Run(context.Background(), NewFactory(), config(), hostWith(r), "traces")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	in := func(more int) any {
		return oneSpan(func(s ptrace.Span) {
			s.SetName(census.Secret)
			s.Attributes().PutStr(census.Secret, census.Secret)
			for i := range more {
				s.Attributes().PutStr(fmt.Sprint("k", i), fmt.Sprint("v", i%7))
			}
		})
	}
	secrets := newRegistry(t).Matcher()
	for i := range 12 {
		r.p.Store([]*redact.Matcher{nothing, secrets}[i%2])
		more := []int{0, 3 * knownTexts}[i/6] // with few attributes nothing pushes the secret out
		out, err := f(in(more))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := census.Marshal(out); census.Leaks(b) != (i%2 == 0) {
			t.Errorf("round %d: leak is %v", i, i%2 != 0)
		}
		if n := span(out).Attributes().Len(); n != more+1 {
			t.Errorf("%d attributes", n)
		}
	}
}

// COL-3: zero Matchers, which have the same ID, are snapshots without secrets, the
// second one too when the first is gone.
func TestZeroMatchers(t *testing.T) {
	r := newRegistry(t)
	f, stop, err := census.Run(context.Background(), NewFactory(), config(), hostWith(r), "traces")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for i := range 3 {
		r.p.Store(new(redact.Matcher))
		runtime.GC()
		out, err := f(oneSpan(func(s ptrace.Span) { s.SetName("a name") }))
		if err != nil {
			t.Fatal(err)
		}
		if got := span(out).Name(); got != "a name" {
			t.Errorf("round %d: %q", i, got)
		}
	}
}

// COL-15: texts of every length have a place, those that telemetry has seldom
// share one, and long ones are not kept.
func TestKnownPlaces(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 20)
	var c known
	for n := range len(text) {
		if p := c.at(text[:n]); (p == nil) != (n > knownMaxSize) {
			t.Errorf("length %d: %v", n, p)
		}
	}
	for _, format := range []string{"/orders/%d/items", "order-%d", "%d", "http.request.header.x-%d", "pod-%d-x2x4z"} {
		taken := map[uint64]bool{}
		for i := range knownTexts {
			taken[place(fmt.Sprintf(format, 7919*i))] = true
		}
		// Thrown at random, they would take 63 % of the places.
		if len(taken) < knownTexts/2 {
			t.Errorf("%s: %d texts share %d places", format, knownTexts, len(taken))
		}
	}
	w := walk{}
	m := nothing
	w.events[posKey] = redact.NewSink(m, "test").Event()
	r := &w.known.recent[0]
	w.key(text, r)
	w.string(posKey, pcommon.NewValueStr(text), r)
	if *r != (recent{}) {
		t.Errorf("kept %q", *r)
	}
	w.key("short", r)
	w.string(posKey, pcommon.NewValueStr("value"), r)
	if *r != (recent{"short", "value"}) {
		t.Errorf("kept %q", *r)
	}
}
