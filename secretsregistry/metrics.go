package secretsregistry

import (
	"fmt"
	"time"
)

// Metrics receives the measurements of a [Cache]. Implementations are safe for
// concurrent use, do not block and do not panic. provider is what
// [WithProviderName] says; label is one of a small, fixed set (a class, a
// reason, a state), empty if the metric has none. Neither is a path, a name of a
// secret or a value.
//
// Package otelmetrics reports to OpenTelemetry.
type Metrics interface {
	// Add adds to a counter, or changes a gauge by n.
	Add(m Metric, provider, label string, n int64)
	// Observe records a duration in seconds.
	Observe(m Metric, provider, label string, seconds float64)
}

// A Metric names one measurement of a [Cache].
type Metric uint8

const (
	MetricFetches         Metric = iota // counter, label: class
	MetricFetchSeconds                  // histogram, label: class
	MetricServedAge                     // histogram, label: "fresh" or "stale"
	MetricStaleServed                   // counter
	MetricExpired                       // counter: values not served because they were too old
	MetricRefreshLag                    // histogram: how much later than planned a refresh succeeded
	MetricBreakerState                  // gauge: 0 closed, 1 half open, 2 open
	MetricRotations                     // counter
	MetricRegisterSeconds               // histogram: from a read value to its being in force
	MetricUnredactable                  // counter, label: reason
	MetricWatchConnected                // gauge: watches that run
	MetricShared                        // counter: callers that shared a fetch
	NumMetrics
)

var metricNames = [NumMetrics]string{
	"fetch_total", "fetch_seconds", "served_age_seconds", "stale_served_total", "expired_total", "refresh_lag_seconds",
	"breaker_state", "rotations_total", "register_seconds", "unredactable_total", "watch_connected", "singleflight_shared_total",
}

var metricLabels = [NumMetrics]string{
	MetricFetches: "class", MetricFetchSeconds: "class", MetricServedAge: "state", MetricUnredactable: "reason",
}

func (m Metric) String() string {
	if m < NumMetrics {
		return metricNames[m]
	}
	return fmt.Sprintf("metric(%d)", uint8(m))
}

// Label returns the name of the metric's label beside the provider, "" if it has
// none.
func (m Metric) Label() string {
	if m < NumMetrics {
		return metricLabels[m]
	}
	return ""
}

// Histogram reports whether the metric is observed rather than added to.
func (m Metric) Histogram() bool {
	switch m {
	case MetricFetchSeconds, MetricServedAge, MetricRefreshLag, MetricRegisterSeconds:
		return true
	}
	return false
}

// Gauge reports whether the metric goes down too.
func (m Metric) Gauge() bool { return m == MetricBreakerState || m == MetricWatchConnected }

type noMetrics struct{}

func (noMetrics) Add(Metric, string, string, int64)       {}
func (noMetrics) Observe(Metric, string, string, float64) {}

func (w *cache) count(m Metric, label string, n int64) { w.cfg.metrics.Add(m, w.cfg.name, label, n) }

func (w *cache) observe(m Metric, label string, seconds float64) {
	w.cfg.metrics.Observe(m, w.cfg.name, label, seconds)
}

// A FetchEvent describes one request to a provider, for an audit log. It has no
// values.
type FetchEvent struct {
	Time         time.Time // when it was sent
	Duration     time.Duration
	Provider     string // see WithProviderName
	Identity     string // as the provider tells it; see Identifier
	Op           string // "read", "renew", "revoke" or, where there is none to be had, "watch"
	Path         string
	Version      string // what was read, empty if nothing was
	Class        Class
	Unredactable []string // fields that are not redacted although they are not public
}

// An Identifier is a Provider that can say as whom it reads, without a
// credential: a role, a service account.
type Identifier interface{ Identity() string }
