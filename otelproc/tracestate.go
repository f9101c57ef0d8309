package otelproc

import (
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// spanContext redacts the trace state of sc; the rest of it is identifiers.
func (w *walk) spanContext(sc trace.SpanContext) (trace.SpanContext, bool) {
	ts, dirty := w.traceState(sc.TraceState())
	if !dirty {
		return sc, false
	}
	return sc.WithTraceState(ts), true
}

// traceState looks at the text as it is exported, because a value may span
// members. Trace state has a narrow grammar: a member whose key holds a secret
// is dropped, a tag that does not fit becomes the constant one, and what cannot
// be made both valid and clean is dropped as a whole.
func (w *walk) traceState(ts trace.TraceState) (trace.TraceState, bool) {
	if ts.Len() == 0 {
		return ts, false
	}
	w.buf = w.buf[:0]
	ts.Walk(func(k, v string) bool {
		if len(w.buf) > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(append(append(w.buf, k...), '='), v...)
		return true
	})
	if w.ev.Clean(w.buf) {
		return ts, false
	}
	var members []string
	ts.Walk(func(k, v string) bool {
		if _, dirty := w.text(k); dirty {
			return true
		}
		v, _ = w.text(v)
		m := k + "=" + v
		if _, err := trace.ParseTraceState(m); err != nil || strings.Contains(v, ",") {
			m = k + "=[REDACTED]"
		}
		members = append(members, m)
		return true
	})
	joined := strings.Join(members, ",")
	if !w.ev.Clean([]byte(joined)) {
		return trace.TraceState{}, true
	}
	out, err := trace.ParseTraceState(joined)
	if err != nil {
		return trace.TraceState{}, true
	}
	return out, true
}
