package secretsregistry

import "time"

// Metrics receives the measurements of a [Cache]. Implementations are safe for
// concurrent use, do not block and do not panic. A label is one of a small,
// fixed set (a class, a reason, a state), never a name or a value.
//
// Package otelmetrics reports to OpenTelemetry.
type Metrics interface {
	// Add adds to a counter, or changes a gauge by n.
	Add(m Metric, label string, n int64)
	// Observe records a duration in seconds.
	Observe(m Metric, label string, seconds float64)
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
	MetricBreakerOpen                   // gauge: 1 while open or half open
	MetricRotations                     // counter
	MetricRegisterSeconds               // histogram: from a read value to its being in force
	MetricUnredactable                  // counter, label: reason
	MetricWatchConnected                // gauge: watches that run
	MetricShared                        // counter: callers that shared a fetch
	NumMetrics
)

var metricNames = [NumMetrics]string{
	"fetch_total", "fetch_seconds", "served_age_seconds", "stale_served_total", "expired_total", "refresh_lag_seconds",
	"breaker_open", "rotations_total", "register_seconds", "unredactable_total", "watch_connected", "singleflight_shared_total",
}

var metricLabels = [NumMetrics]string{
	MetricFetches: "class", MetricFetchSeconds: "class", MetricServedAge: "state", MetricUnredactable: "reason",
}

func (m Metric) String() string { return metricNames[m] }

// Label returns the name of the metric's label, "" if it has none.
func (m Metric) Label() string { return metricLabels[m] }

// Histogram reports whether the metric is observed rather than added to.
func (m Metric) Histogram() bool {
	switch m {
	case MetricFetchSeconds, MetricServedAge, MetricRefreshLag, MetricRegisterSeconds:
		return true
	}
	return false
}

// Gauge reports whether the metric goes down too.
func (m Metric) Gauge() bool { return m == MetricBreakerOpen || m == MetricWatchConnected }

type noMetrics struct{}

func (noMetrics) Add(Metric, string, int64)       {}
func (noMetrics) Observe(Metric, string, float64) {}

// A FetchEvent describes one request to a provider, for an audit log. It has no
// values.
type FetchEvent struct {
	Time         time.Time // when it was sent
	Duration     time.Duration
	Provider     string // see WithProviderName
	Identity     string // as the provider tells it; see Identifier
	Op           string // "read", "renew" or "revoke"
	Path         string
	Version      string // what was read, empty if nothing was
	Class        Class
	Unredactable []string // fields that are not redacted although they are not public
}

// An Identifier is a Provider that can say as whom it reads, without a
// credential: a role, a service account.
type Identifier interface{ Identity() string }
