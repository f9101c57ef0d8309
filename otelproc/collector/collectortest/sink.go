package collectortest

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/xexporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

// sink is an exporter that keeps what it is given as OTLP bytes, or hands it on.
type sink struct {
	component.StartFunc
	component.ShutdownFunc
	received func(signal string, data any)

	mu  sync.Mutex
	got [][]byte
}

func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (s *sink) keep(signal string, d any) error {
	if s.received != nil {
		s.received(signal, d)
		return nil
	}
	b, err := census.Marshal(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, b)
	return err
}

func (s *sink) ConsumeTraces(_ context.Context, d ptrace.Traces) error { return s.keep("traces", d) }
func (s *sink) ConsumeLogs(_ context.Context, d plog.Logs) error       { return s.keep("logs", d) }
func (s *sink) ConsumeMetrics(_ context.Context, d pmetric.Metrics) error {
	return s.keep("metrics", d)
}
func (s *sink) ConsumeProfiles(_ context.Context, d pprofile.Profiles) error {
	return s.keep("profiles", d)
}

func (s *sink) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

func (s *sink) factory() exporter.Factory {
	type set = exporter.Settings
	type cfg = component.Config
	return xexporter.NewFactory(component.MustNewType("sink"), func() component.Config { return &struct{}{} },
		xexporter.WithTraces(func(context.Context, set, cfg) (exporter.Traces, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithLogs(func(context.Context, set, cfg) (exporter.Logs, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithMetrics(func(context.Context, set, cfg) (exporter.Metrics, error) { return s, nil }, component.StabilityLevelStable),
		xexporter.WithProfiles(func(context.Context, set, cfg) (xexporter.Profiles, error) { return s, nil }, component.StabilityLevelStable))
}
