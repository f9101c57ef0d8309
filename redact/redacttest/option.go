package redacttest

import "github.com/seed-00b494d3/tagout/redact"

// An Option tells a runner what the sink under test is like.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	style   redact.TagStyle
	noCut   bool
	json    bool
	carries func(string) bool
	skip    map[string]string
}

func newConfig(opts []Option) *config {
	c := &config{style: redact.TagVersioned, carries: func(string) bool { return true }, skip: map[string]string{}}
	for _, o := range opts {
		o.apply(c)
	}
	return c
}

// TagStyle says what the tags of the sink tell, [redact.TagVersioned] by
// default.
func TagStyle(s redact.TagStyle) Option { return optionFunc(func(c *config) { c.style = s }) }

// NoCut says that the sink does not have the rule for cut values.
func NoCut() Option { return optionFunc(func(c *config) { c.noCut = true }) }

// JSON says that the sink takes whole JSON records and has [redact.SinkJSON].
// Without it, cases that need that are left out.
func JSON() Option { return optionFunc(func(c *config) { c.json = true }) }

// Carries says which texts the sink can carry unchanged when they hold no
// secret: a header has no line ends, a JSON string no invalid UTF-8. Cases with
// other texts are left out.
func Carries(f func(text string) bool) Option {
	return optionFunc(func(c *config) { c.carries = f })
}

// Skip leaves out one case, by its title, and logs why.
func Skip(title, why string) Option { return optionFunc(func(c *config) { c.skip[title] = why }) }
