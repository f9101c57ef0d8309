package otelproc

import (
	"sync"

	"github.com/seed-00b494d3/tagout/redact"
)

// DefaultMaxDepth is how deep nested attribute values and bodies are walked,
// which is also the depth that the OpenTelemetry SDK keeps by default.
const DefaultMaxDepth = 64

// An Option configures a wrapper. Options are made by the functions of this
// package only.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is fixed when a wrapper is made and shared, read-only.
type config struct {
	maxDepth int
	numbers  bool
	style    redact.TagStyle
}

// WithMaxDepth sets how many levels of nested slices and maps are walked,
// [DefaultMaxDepth] by default. What lies deeper is replaced by a placeholder.
// A limit below 1 counts as 1.
func WithMaxDepth(n int) Option { return optionFunc(func(c *config) { c.maxDepth = max(n, 1) }) }

// WithTagStyle sets what tags tell. The default is the matcher's own style,
// except for metrics, where it is [redact.TagNamed]: a tag with a version would
// start a new series at every rotation.
func WithTagStyle(s redact.TagStyle) Option { return optionFunc(func(c *config) { c.style = s }) }

// WithNumbers has integer attributes compared in their decimal spelling too. One
// that holds a secret becomes a string. Measured values of metrics are never
// touched.
func WithNumbers() Option { return optionFunc(func(c *config) { c.numbers = true }) }

// A redactor is what all wrappers share: the sink, the settings and the
// resources and scopes already seen. It is safe for concurrent use.
type redactor struct {
	cfg  config
	sink *redact.Sink
	memo memo
	pool sync.Pool
}

func newRedactor(src redact.Source, name string, style redact.TagStyle, opts []Option) *redactor {
	r := &redactor{cfg: config{maxDepth: DefaultMaxDepth, style: style}}
	for _, o := range opts {
		o.apply(&r.cfg)
	}
	r.sink = redact.NewSink(src, name, redact.SinkTagStyle(r.cfg.style))
	r.pool.New = func() any { return new(walk) }
	return r
}

// begin returns a walk under the snapshot of now, to be given back with end.
func (r *redactor) begin() *walk {
	w := r.pool.Get().(*walk)
	w.r, w.ev = r, r.sink.Event()
	return w
}

// end wipes the walk before it is pooled: neither a text nor an outdated
// snapshot is kept alive by it.
func (r *redactor) end(w *walk) {
	clear(w.buf[:cap(w.buf)])
	*w = walk{buf: w.buf[:0]}
	if cap(w.buf) <= 4096 {
		r.pool.Put(w)
	}
}
