package tagoutprocessor

import (
	"github.com/seed-00b494d3/tagout/redact"
)

// A signal is what a pipeline carries.
type signal string

const (
	traces   signal = "traces"
	logs     signal = "logs"
	metrics  signal = "metrics"
	profiles signal = "profiles"
)

// A position is where in the data a secret was, for the hit report. There are
// few of them, whatever the data.
type position uint8

const (
	posName position = iota
	posKey
	posValue
	posBody
	posStatus
	posTraceState
	posSeverity
	posText // description, unit, schema URL, entity type
	posScope
	posStrings // the string table of profiles
	posPayload // the original payload of profiles
	positions
)

var positionNames = [positions]string{"name", "key", "value", "body", "status", "trace_state",
	"severity_text", "text", "scope", "string_table", "payload"}

// SinkPrefix begins the sink names under which hits are reported:
// "collector/<signal>/<position>".
const SinkPrefix = "collector/"

// sinks are how each position uses a snapshot. They have none of their own: a walk
// gives them the one that it is under.
type sinks [positions]*redact.Sink

func newSinks(sig signal, cfg *Config) (s sinks) {
	style := redact.TagDefault
	if sig == metrics && !cfg.MetricVersions {
		style = redact.TagNamed
	}
	for i := range s {
		s[i] = redact.NewSink(redact.Closed(), SinkPrefix+string(sig)+"/"+positionNames[i], redact.SinkTagStyle(style))
	}
	return s
}
