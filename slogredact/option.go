package slogredact

import (
	"log/slog"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// An Option configures [NewHandler]. Options are made by the functions of this
// package only.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	sink    *redact.Sink
	rules   *keyrules.Rules
	numbers bool
	render  Rendering
	sinkOpt []redact.SinkOption
}

// WithKeyRules hides the values under the keys that r hits, groups as a whole:
// [REDACTED:key/password]. It applies to attributes, to the members of what is
// rendered as JSON, and to fields that stand before a colon in the %+v form of a
// text handler, where the value as a whole is hidden.
func WithKeyRules(r *keyrules.Rules) Option { return optionFunc(func(c *config) { c.rules = r }) }

// WithNumbers also looks at numbers, in decimal: one that is a secret, such as a
// PIN, becomes a tag. Such values are short; they need a minimum length of their
// own to be registered at all. It costs an allocation for each number.
func WithNumbers() Option { return optionFunc(func(c *config) { c.numbers = true }) }

// WithSinkOptions passes options on to the [redact.Sink] of the handler, whose
// name is "slog" unless one of them sets another.
func WithSinkOptions(opts ...redact.SinkOption) Option {
	return optionFunc(func(c *config) { c.sinkOpt = append(c.sinkOpt, opts...) })
}

// A Rendering says what a handler makes of values of [slog.KindAny].
type Rendering uint8

const (
	// RenderingUnknown stands for either, decided by what the handler turns out
	// to call. Values are looked at both ways.
	RenderingUnknown Rendering = iota
	// RenderingJSON is what [slog.JSONHandler] does.
	RenderingJSON
	// RenderingText is what [slog.TextHandler] does: MarshalText or %+v.
	RenderingText
)

// WithRendering says how a handler that this package does not know renders
// values. Those of log/slog, and a redacting handler over one, are known. It
// saves the second look, and with RenderingJSON the reading of unexported
// fields, which code that guards them by a lock may not expect.
func WithRendering(r Rendering) Option { return optionFunc(func(c *config) { c.render = r }) }

func renderingOf(h slog.Handler) Rendering {
	switch h := h.(type) {
	case *slog.JSONHandler:
		return RenderingJSON
	case *slog.TextHandler:
		return RenderingText
	case *handler:
		return h.cfg.render
	}
	return RenderingUnknown
}
