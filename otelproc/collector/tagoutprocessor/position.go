package tagoutprocessor

import (
	"sync/atomic"
	"weak"

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

// snapshots remembers the sinks made for the current snapshot. They reach it by
// a weak pointer: a processor without traffic does not keep withdrawn values
// alive.
type snapshots struct{ p atomic.Pointer[snapshot] }

type snapshot struct {
	id    uint64
	of    weak.Pointer[redact.Matcher]
	sinks [positions]*redact.Sink
}

// Matcher implements redact.Source. nil, when nobody uses the snapshot any more,
// redacts everything.
func (s *snapshot) Matcher() *redact.Matcher { return s.of.Value() }

// get returns the sinks for m, which the caller holds while it uses them.
func (c *snapshots) get(m *redact.Matcher, sig signal, style redact.TagStyle) *snapshot {
	// Zero Matchers have the same ID: that of s may be gone, though it is like m.
	if s := c.p.Load(); s != nil && s.id == m.ID() && (s.id != 0 || s.of.Value() == m) {
		return s
	}
	s := &snapshot{id: m.ID(), of: weak.Make(m)}
	for i := range s.sinks {
		s.sinks[i] = redact.NewSink(s, SinkPrefix+string(sig)+"/"+positionNames[i], redact.SinkTagStyle(style))
	}
	c.p.Store(s)
	return s
}
