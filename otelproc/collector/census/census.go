// Package census measures where a Collector processor lets a secret through.
//
// It plants one secret in every position of traces, logs, metrics and profiles
// in which pdata can hold text, one position at a time, sends each through a
// processor and looks for the secret in the OTLP bytes that come out. The
// positions are found by reflection over the methods of pdata, so that a newer
// pdata brings newer positions. It knows nothing of the processor and can be run
// against any.
package census

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/processor/xprocessor"
)

// Secret is what is planted. It holds nothing that an encoding would change
// except base64, and it is a valid trace state key.
const Secret = "hunter2-hunter2-9f8e7d6c5b4a"

// A Result says what became of the secret at one position.
type Result struct {
	Signal    string
	Position  string
	Leaked    bool // it is in the output
	Dropped   bool // there was no output
	KindLost  bool // a value of another kind came out
	Supported bool // the processor has this signal
}

// Signals lists what is measured.
var Signals = []string{"traces", "logs", "metrics", "profiles"}

// Positions lists the positions of a signal, each once, in order.
func Positions(signal string) []string {
	p := &planter{secret: Secret, only: "\x00"}
	p.walk("", reflect.ValueOf(empty(signal)))
	seen := map[string]bool{}
	var out []string
	for _, path := range p.seen {
		if !seen[path] {
			seen[path] = true
			out = append(out, path)
		}
	}
	return out
}

// Plant returns data of a signal with the secret at the position, or at all if
// position is "". It is a ptrace.Traces, plog.Logs, pmetric.Metrics or
// pprofile.Profiles.
func Plant(signal, position string) any {
	d := empty(signal)
	(&planter{secret: Secret, only: position}).walk("", reflect.ValueOf(d))
	return d
}

func empty(signal string) any {
	switch signal {
	case "traces":
		return ptrace.NewTraces()
	case "logs":
		return plog.NewLogs()
	case "metrics":
		return pmetric.NewMetrics()
	case "profiles":
		return pprofile.NewProfiles()
	}
	panic("census: unknown signal " + signal)
}

// encode spells s as an HTTP Authorization header does.
func encode(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }

// Leaks says whether the OTLP bytes hold the secret, as it is or encoded.
func Leaks(otlp []byte) bool {
	return bytes.Contains(otlp, []byte(Secret)) || bytes.Contains(otlp, []byte(encode("a " + Secret)[len("Basic "):]))
}

// Marshal returns d as OTLP bytes.
func Marshal(d any) ([]byte, error) {
	switch d := d.(type) {
	case ptrace.Traces:
		return (&ptrace.ProtoMarshaler{}).MarshalTraces(d)
	case plog.Logs:
		return (&plog.ProtoMarshaler{}).MarshalLogs(d)
	case pmetric.Metrics:
		return (&pmetric.ProtoMarshaler{}).MarshalMetrics(d)
	case pprofile.Profiles:
		return (&pprofile.ProtoMarshaler{}).MarshalProfiles(d)
	}
	return nil, fmt.Errorf("census: %T is no signal", d)
}

// Unmarshal is the inverse of Marshal, as a receiver does it.
func Unmarshal(signal string, b []byte) (any, error) {
	switch signal {
	case "traces":
		return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
	case "logs":
		return (&plog.ProtoUnmarshaler{}).UnmarshalLogs(b)
	case "metrics":
		return (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(b)
	case "profiles":
		return (&pprofile.ProtoUnmarshaler{}).UnmarshalProfiles(b)
	}
	return nil, fmt.Errorf("census: unknown signal %q", signal)
}

// Measure sends every position of every signal through processors that it makes,
// one for each signal, and reports what came out.
func Measure(ctx context.Context, f processor.Factory, cfg component.Config, host component.Host) ([]Result, error) {
	var out []Result
	for _, signal := range Signals {
		run, stop, err := Run(ctx, f, cfg, host, signal)
		if errors.Is(err, pipeline.ErrSignalNotSupported) {
			out = append(out, Result{Signal: signal})
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, pos := range Positions(signal) {
			r := Result{Signal: signal, Position: pos, Supported: true}
			in := Plant(signal, pos)
			before := shape(in)
			got, err := run(in)
			if err != nil {
				return nil, fmt.Errorf("census: %s: %s: %w", signal, pos, err)
			}
			if got == nil {
				r.Dropped = true
			} else {
				b, err := Marshal(got)
				if err != nil {
					return nil, err
				}
				r.Leaked = Leaks(b)
				r.KindLost = shape(got) != before
			}
			out = append(out, r)
		}
		if err := stop(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Run is Consume with data that goes through OTLP bytes first, as a receiver
// would hand it over.
func Run(ctx context.Context, f processor.Factory, cfg component.Config, host component.Host, signal string) (run func(any) (any, error), stop func() error, err error) {
	consume, stop, err := Consume(ctx, f, cfg, host, signal)
	if err != nil {
		return nil, nil, err
	}
	return func(d any) (any, error) {
		b, err := Marshal(d)
		if err != nil {
			return nil, err
		}
		if d, err = Unmarshal(signal, b); err != nil {
			return nil, err
		}
		return consume(d)
	}, stop, nil
}

// Consume starts a processor of the signal. run sends data through it and returns
// what comes out, nil if nothing does.
func Consume(ctx context.Context, f processor.Factory, cfg component.Config, host component.Host, signal string) (run func(any) (any, error), stop func() error, err error) {
	set := processortest.NewNopSettings(f.Type())
	var c component.Component
	var consume func(any) error
	var got func() any
	switch signal {
	case "traces":
		sink := new(consumertest.TracesSink)
		p, e := f.CreateTraces(ctx, set, cfg, sink)
		c, err = p, e
		consume = func(d any) error { return p.ConsumeTraces(ctx, d.(ptrace.Traces)) }
		got = func() any { defer sink.Reset(); return last(sink.AllTraces()) }
	case "logs":
		sink := new(consumertest.LogsSink)
		p, e := f.CreateLogs(ctx, set, cfg, sink)
		c, err = p, e
		consume = func(d any) error { return p.ConsumeLogs(ctx, d.(plog.Logs)) }
		got = func() any { defer sink.Reset(); return last(sink.AllLogs()) }
	case "metrics":
		sink := new(consumertest.MetricsSink)
		p, e := f.CreateMetrics(ctx, set, cfg, sink)
		c, err = p, e
		consume = func(d any) error { return p.ConsumeMetrics(ctx, d.(pmetric.Metrics)) }
		got = func() any { defer sink.Reset(); return last(sink.AllMetrics()) }
	case "profiles":
		xf, ok := f.(xprocessor.Factory)
		if !ok {
			return nil, nil, pipeline.ErrSignalNotSupported
		}
		sink := new(consumertest.ProfilesSink)
		p, e := xf.CreateProfiles(ctx, set, cfg, sink)
		c, err = p, e
		consume = func(d any) error { return p.ConsumeProfiles(ctx, d.(pprofile.Profiles)) }
		got = func() any { defer sink.Reset(); return last(sink.AllProfiles()) }
	}
	if err != nil {
		return nil, nil, err
	}
	if host == nil {
		host = componenttest.NewNopHost()
	}
	if err := c.Start(ctx, host); err != nil {
		return nil, nil, err
	}
	return func(d any) (any, error) {
		if err := consume(d); err != nil {
			return nil, err
		}
		return got(), nil
	}, func() error { return c.Shutdown(ctx) }, nil
}

func last[T any](all []T) any {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// shape describes data without its texts: which kinds of value are where.
func shape(d any) string {
	b, err := json(d)
	if err != nil {
		return err.Error()
	}
	var s strings.Builder
	for _, kind := range []string{`"stringValue"`, `"bytesValue"`, `"arrayValue"`, `"kvlistValue"`, `"intValue"`} {
		fmt.Fprintf(&s, "%s %d, ", kind, bytes.Count(b, []byte(kind)))
	}
	return s.String()
}

func json(d any) ([]byte, error) {
	switch d := d.(type) {
	case ptrace.Traces:
		return (&ptrace.JSONMarshaler{}).MarshalTraces(d)
	case plog.Logs:
		return (&plog.JSONMarshaler{}).MarshalLogs(d)
	case pmetric.Metrics:
		return (&pmetric.JSONMarshaler{}).MarshalMetrics(d)
	case pprofile.Profiles:
		return (&pprofile.JSONMarshaler{}).MarshalProfiles(d)
	}
	return nil, fmt.Errorf("census: %T is no signal", d)
}
