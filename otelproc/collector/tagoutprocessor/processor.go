package tagoutprocessor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
	"go.uber.org/zap"
)

// errUnavailable is retryable: the sender keeps the data until the registry is
// back.
var errUnavailable = errors.New("tagout: the registry is unavailable")

// tagout is the processor of one signal.
type tagout struct {
	cfg       Config
	signal    signal
	log       *zap.Logger
	telemetry *telemetry
	registry  Registry
	sinks     sinks
	walks     sync.Pool
}

func newTagout(set processor.Settings, cfg *Config, s signal) (*tagout, error) {
	t, err := newTelemetry(set.TelemetrySettings, s)
	if err != nil {
		return nil, err
	}
	return &tagout{cfg: *cfg, signal: s, log: set.Logger, telemetry: t, registry: missing{}, sinks: newSinks(s, cfg)}, nil
}

// start finds the registry. Extensions start before processors, so that one that
// is empty now has been asked and has nothing.
func (p *tagout) start(_ context.Context, host component.Host) error {
	ext, found := host.GetExtensions()[p.cfg.Registry]
	if found {
		r, ok := ext.(Registry)
		if !ok {
			return fmt.Errorf("tagout: extension %q is not a registry of secrets", p.cfg.Registry)
		}
		p.registry = r
	}
	if why := p.registry.Unavailable(); why != "" {
		if p.cfg.OnUnavailable == Refuse {
			return fmt.Errorf("tagout: the registry %q is %s, and on_unavailable is %q", p.cfg.Registry, why, Refuse)
		}
		p.log.Warn("the registry cannot vouch for its secrets", zap.Stringer("registry", p.cfg.Registry),
			zap.String("state", why), zap.String("on_unavailable", p.cfg.OnUnavailable))
	}
	return nil
}

// process runs walk over a batch of n items. The data is not to be used further
// if it returns an error. A panic is a bug here or in a library; the batch that
// met it is dropped, because it can be neither trusted nor retried.
func (p *tagout) process(ctx context.Context, n int, walk func(*walk)) (err error) {
	defer func() {
		if recover() != nil { // its value may hold data
			p.telemetry.dropped(ctx, n, "panic")
			p.log.Error("a batch was dropped: redacting it panicked", zap.ByteString("stack", debug.Stack()))
			err = processorhelper.ErrSkipProcessingData
		}
	}()
	if why := p.registry.Unavailable(); why != "" {
		p.telemetry.unavailable(ctx, n, why)
		switch p.cfg.OnUnavailable {
		case Refuse:
			return errUnavailable
		case Drop:
			return processorhelper.ErrSkipProcessingData
		}
	}
	start := time.Now()
	w := p.begin()
	walk(w)
	p.telemetry.scanned(ctx, n, w.hits, time.Since(start))
	p.end(w) // not after a panic
	return nil
}

func (p *tagout) processTraces(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	return td, p.process(ctx, td.SpanCount(), func(w *walk) { w.traces(td) })
}

func (p *tagout) processLogs(ctx context.Context, ld plog.Logs) (plog.Logs, error) {
	return ld, p.process(ctx, ld.LogRecordCount(), func(w *walk) { w.logs(ld) })
}

func (p *tagout) processMetrics(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	return md, p.process(ctx, md.DataPointCount(), func(w *walk) { w.metrics(md) })
}

func (p *tagout) processProfiles(ctx context.Context, pd pprofile.Profiles) (pprofile.Profiles, error) {
	return pd, p.process(ctx, pd.SampleCount(), func(w *walk) { w.profiles(pd) })
}
