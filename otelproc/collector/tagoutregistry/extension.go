package tagoutregistry

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.uber.org/zap"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// registry is the extension. Processors use it as a redact.Source and ask
// Unavailable; neither waits for a read of the sources.
type registry struct {
	cfg       Config
	log       *zap.Logger
	telemetry *telemetry
	reg       *secretsregistry.Registry
	key       func() []byte // of fingerprints; out of fmt's reach
	sink      *redact.Sink  // for what the extension says itself
	sources   []*tracked

	known  atomic.Int64 // how many values are current
	vouch  atomic.Int64 // Unix nanoseconds of the last read in which all succeeded
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// tracked is a source and what it gave.
type tracked struct {
	source
	prefix   string
	optional bool
	names    map[string]values
	failing  bool
	reading  chan reading // the read under way, nil if there is none
}

// A reading is what one read of a source gave.
type reading struct {
	names map[string]values
	err   error
	began time.Time
}

func newRegistry(set extension.Settings, cfg *Config) (*registry, error) {
	key := make([]byte, 32)
	crand.Read(key) // never fails
	if cfg.KeyFile != "" {
		var err error
		if key, err = readFile(cfg.KeyFile, 1<<16); err != nil {
			return nil, fmt.Errorf("tagoutregistry: key_file: %w", err)
		}
		if len(key) < 32 {
			return nil, fmt.Errorf("tagoutregistry: key_file: %d bytes, 32 are needed", len(key))
		}
	}
	r := &registry{cfg: *cfg, log: set.Logger, key: func() []byte { return key }, reg: secretsregistry.New(
		secretsregistry.WithKey(key),
		secretsregistry.WithGrace(cfg.Grace),
		secretsregistry.WithMatcherOptions(redact.WithMinLength(cfg.MinLength)))}
	r.cfg.Sources = nil // they may hold credentials
	r.sink = redact.NewSink(r.reg, "tagoutregistry")
	for i, s := range cfg.Sources {
		src, err := newSource(s, r.reg)
		if err != nil {
			return nil, r.shown(fmt.Errorf("tagoutregistry: sources[%d]: %w", i, err))
		}
		r.sources = append(r.sources, &tracked{source: src, prefix: s.Name, optional: s.Optional})
	}
	var err error
	if r.telemetry, err = newTelemetry(set.TelemetrySettings, cfg.Telemetry, r); err != nil {
		return nil, err
	}
	return r, nil
}

// Matcher implements redact.Source.
func (r *registry) Matcher() *redact.Matcher { return r.reg.Matcher() }

// Unavailable says whether the registry is "empty" or "stale", or neither: "".
func (r *registry) Unavailable() string {
	switch {
	case r.known.Load() == 0:
		return "empty"
	case r.cfg.MaxAge > 0 && r.age() > r.cfg.MaxAge:
		return "stale"
	}
	return ""
}

// age is the time since all sources could be read.
func (r *registry) age() time.Duration {
	if at := r.vouch.Load(); at != 0 {
		return time.Since(time.Unix(0, at))
	}
	return 0
}

// Start reads the sources, until ctx ends at the latest. It fails if one that is
// not optional cannot be read: Collectors must not begin to forward what they
// cannot redact.
func (r *registry) Start(ctx context.Context, host component.Host) error {
	life, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.vouch.Store(time.Now().UnixNano()) // age counts from here if nothing can be read
	err := r.refresh(ctx)
	if ended := ctx.Err(); ended != nil {
		cancel()
		if err == nil {
			err = errors.New("all sources were read")
		}
		return fmt.Errorf("tagoutregistry: start: %w: %w", ended, err)
	}
	if err != nil {
		for _, s := range r.sources {
			if s.failing && !s.optional {
				cancel()
				return fmt.Errorf("tagoutregistry: %w", err)
			}
		}
		r.report(host, err)
	}
	if err := r.telemetry.start(); err != nil {
		cancel()
		return err
	}
	r.done.Go(func() { r.poll(life, host) })
	return nil
}

// Shutdown ends the reads and closes the sources. If ctx ends first it returns an
// error, and what still goes on closes itself when it can. What is known goes on
// being redacted: processors stop before extensions do, but nobody must see a
// moment without secrets.
func (r *registry) Shutdown(ctx context.Context) error {
	if r.cancel != nil {
		r.cancel()
	}
	ended := make(chan error, 1)
	go func() { ended <- r.close() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		select {
		case err := <-ended: // both: what is done is done
			return err
		default:
		}
		return fmt.Errorf("tagoutregistry: shutdown: sources are still being read or closed: %w", ctx.Err())
	}
}

func (r *registry) close() error {
	r.done.Wait()
	var errs []error
	for _, s := range r.sources {
		if c, ok := s.source.(io.Closer); ok {
			errs = append(errs, r.shown(c.Close()))
		}
	}
	r.telemetry.Shutdown()
	return errors.Join(errs...)
}

func (r *registry) poll(ctx context.Context, host component.Host) {
	failing := slices.ContainsFunc(r.sources, func(s *tracked) bool { return s.failing })
	for {
		spread := (2*rand.Float64() - 1) * r.cfg.Jitter
		timer := time.NewTimer(time.Duration(float64(r.cfg.RefreshInterval) * (1 + spread)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		err := r.refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil || failing {
			r.report(host, err)
		}
		failing = err != nil
	}
}

// report tells the host, for health checks, and the log.
func (r *registry) report(host component.Host, err error) {
	if err == nil {
		componentstatus.ReportStatus(host, componentstatus.NewEvent(componentstatus.StatusOK))
		r.log.Info("all sources of secrets can be read again")
		return
	}
	componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(err))
	r.log.Warn("a source of secrets cannot be read; what is known stays redacted", zap.Error(err), zap.Duration("age", r.age()))
}

// refresh reads every source and makes what they give current. What a source no
// longer gives is retired; what a source that cannot be read gave before stays.
// A read that panics counts as one that failed. The sources are read side by
// side, so that one that hangs costs the others nothing but the wait.
func (r *registry) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(r.cfg.RefreshInterval, 30*time.Second))
	defer cancel()
	for _, s := range r.sources {
		r.begin(ctx, s)
	}
	var errs []error
	owner := map[string]source{}
	var current, previous, pending, kept []redact.Secret
	var gone []string
	oldest := time.Now()
	for _, s := range r.sources {
		got := s.wait(ctx)
		names, err := got.names, got.err
		if got.began.Before(oldest) {
			oldest = got.began
		}
		for name := range names {
			if other, taken := owner[name]; taken && err == nil {
				err = fmt.Errorf("%s: %s gives a secret named %q too", s, other, name)
			}
		}
		s.failing = err != nil
		r.telemetry.refreshed(ctx, err)
		if err != nil {
			errs = append(errs, err)
			names = s.names // as before
			for _, v := range names {
				kept = append(kept, v.current...)
			}
		} else {
			for name := range s.names {
				if _, still := names[name]; !still {
					gone = append(gone, name)
				}
			}
			for _, v := range names {
				current = append(current, v.current...)
				previous = append(previous, v.previous...)
				pending = append(pending, v.pending...)
			}
		}
		for name := range names {
			owner[name] = s
		}
		s.names = names
	}
	if len(gone) > 0 {
		r.reg.Remove(slices.DeleteFunc(gone, func(name string) bool { return owner[name] != nil })...)
	}
	if len(current) > 0 {
		// Refused values come back by name; the rest is in force.
		err := errors.Join(r.reg.Put(current...), r.reg.PutPrevious(previous...), r.reg.PutPending(pending...))
		if err != nil {
			r.log.Warn("some values cannot be redacted and are not", zap.Error(r.shown(err)))
		}
	}
	// What the registry holds besides, such as the tokens of a provider, does not
	// make it less empty.
	m := r.reg.Matcher()
	r.known.Store(int64(len(slices.DeleteFunc(append(kept, current...), func(s redact.Secret) bool { return m.Check(s) != nil }))))
	if len(errs) == 0 {
		r.vouch.Store(oldest.UnixNano())
	}
	return r.shown(errors.Join(errs...))
}

// shown redacts an error: a path or a name may have been made of a value.
func (r *registry) shown(err error) error { return r.sink.Event().Err(err) }

// begin starts to read s, unless an earlier read has not come back: a source that
// hangs and ignores its context costs one goroutine, not one for each interval.
func (r *registry) begin(ctx context.Context, s *tracked) {
	if s.reading != nil {
		return
	}
	result, began := make(chan reading, 1), time.Now()
	s.reading = result
	r.done.Go(func() {
		names, err := r.readSafely(ctx, s.source, s.prefix)
		result <- reading{names, err, began}
	})
}

// wait returns what the read under way gave, or that it takes longer than ctx.
func (s *tracked) wait(ctx context.Context) reading {
	select {
	case got := <-s.reading:
		s.reading = nil
		return got
	case <-ctx.Done():
	}
	select {
	case got := <-s.reading: // both: not lost
		s.reading = nil
		return got
	default:
		return reading{err: fmt.Errorf("%s: has not answered: %w", s, ctx.Err())}
	}
}

func (r *registry) readSafely(ctx context.Context, s source, prefix string) (names map[string]values, err error) {
	defer func() {
		if recover() != nil { // its value may hold content
			err = fmt.Errorf("%s: reading it panicked", s)
		}
	}()
	return read(ctx, s, prefix, r.key)
}
