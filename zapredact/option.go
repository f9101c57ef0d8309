package zapredact

import (
	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// An Option configures [NewCore] and [WrapCore]. Options are made by the
// functions of this package only.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	sink    *redact.Sink
	rules   *keyrules.Rules
	numbers bool
	sinkOpt []redact.SinkOption
}

func newConfig(src redact.Source, opts []Option) *config {
	cfg := &config{}
	for _, o := range opts {
		o.apply(cfg)
	}
	cfg.sink = redact.NewSink(src, "zap", append(cfg.sinkOpt, redact.SinkJSON())...)
	return cfg
}

// WithKeyRules hides the values under the keys that r hits, objects, arrays and
// namespaces as a whole: [REDACTED:key/password]. It applies to the members of
// values of zap.Reflect too.
func WithKeyRules(r *keyrules.Rules) Option { return optionFunc(func(c *config) { c.rules = r }) }

// WithNumbers also looks at numbers, in decimal: one that is a secret, such as a
// PIN, becomes a tag. Such values are short; they need a minimum length of their
// own to be registered at all. It costs an allocation for each number.
func WithNumbers() Option { return optionFunc(func(c *config) { c.numbers = true }) }

// WithSinkOptions passes options on to the [redact.Sink] of the core, whose name
// is "zap" unless one of them sets another.
func WithSinkOptions(opts ...redact.SinkOption) Option {
	return optionFunc(func(c *config) { c.sinkOpt = append(c.sinkOpt, opts...) })
}
