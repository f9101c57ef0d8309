package zerologredact

import (
	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// An Option configures [NewWriter]. Options are made by the functions of this
// package only.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	rules   *keyrules.Rules
	sinkOpt []redact.SinkOption
}

// WithKeyRules hides the values under the keys that r hits, wherever they stand
// in the event: "password":"[REDACTED:key/password]".
func WithKeyRules(r *keyrules.Rules) Option { return optionFunc(func(c *config) { c.rules = r }) }

// WithSinkOptions passes options on to the [redact.Sink] of the writer, whose
// name is "zerolog" unless one of them sets another.
func WithSinkOptions(opts ...redact.SinkOption) Option {
	return optionFunc(func(c *config) { c.sinkOpt = append(c.sinkOpt, opts...) })
}
