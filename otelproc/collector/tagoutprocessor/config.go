package tagoutprocessor

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
)

// What to do while the registry cannot vouch for its secrets; see
// [Config.OnUnavailable].
const (
	Refuse = "refuse"
	Drop   = "drop"
	Pass   = "pass"
)

// Config is the configuration of the processor. Every setting has a default.
type Config struct {
	// Registry is the ID of the extension that holds the secrets:
	// tagoutregistry by default. Any extension that implements [Registry] will
	// do.
	Registry component.ID `mapstructure:"registry"`

	// OnUnavailable says what happens while the registry is missing, empty or
	// stale. "refuse", the default: the Collector does not start, and later the
	// sender is refused with a retryable error. "drop": data is dropped. "pass":
	// data passes, redacted by whatever is known. All three count it.
	OnUnavailable string `mapstructure:"on_unavailable"`

	// MaxDepth is how many levels of nested values are looked into, 64 by
	// default. What lies deeper is replaced by a placeholder.
	MaxDepth int `mapstructure:"max_depth"`

	// Numbers has integers compared in their decimal spelling too; one that
	// holds a secret becomes a string. Measured values are never touched.
	Numbers bool `mapstructure:"numbers"`

	// MetricVersions shows versions in the tags of metrics. By default it does
	// not: each rotation would start new series.
	MetricVersions bool `mapstructure:"metric_versions"`

	// Summary adds an attribute to spans and log records that held secrets.
	Summary SummaryConfig `mapstructure:"summary"`
}

// SummaryConfig configures the attribute [SummaryKey].
type SummaryConfig struct {
	// Enabled sets the attribute, and removes any of that name that comes in:
	// what leaves is this processor's word.
	Enabled bool `mapstructure:"enabled"`
	// TrustIncoming adds to an incoming integer of that name instead. It is for
	// a gateway that only processors of this kind can reach.
	TrustIncoming bool `mapstructure:"trust_incoming"`
}

// SummaryKey names the attribute that says in how many places of a span or log
// record secrets were redacted.
const SummaryKey = "tagout.redacted.count"

var defaultRegistry = component.MustNewID("tagoutregistry")

func createDefaultConfig() component.Config {
	return &Config{Registry: defaultRegistry, OnUnavailable: Refuse, MaxDepth: 64}
}

// Validate implements xconfmap.Validator.
func (c *Config) Validate() error {
	var errs []error
	if c.Registry == (component.ID{}) {
		errs = append(errs, errors.New("registry: the ID of an extension is needed"))
	}
	switch c.OnUnavailable {
	case Refuse, Drop, Pass:
	default:
		errs = append(errs, fmt.Errorf("on_unavailable: must be %q, %q or %q", Refuse, Drop, Pass))
	}
	if c.MaxDepth < 1 || c.MaxDepth > 1000 {
		errs = append(errs, fmt.Errorf("max_depth: %d is not between 1 and 1000", c.MaxDepth))
	}
	if c.Summary.TrustIncoming && !c.Summary.Enabled {
		errs = append(errs, errors.New("summary: trust_incoming needs enabled"))
	}
	return errors.Join(errs...)
}
