package tagoutprocessor

import (
	"bytes"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func (w *walk) traces(td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		if oldSpans.in(rs) {
			migrateSpans(rs)
		}
		w.resource(rs.Resource())
		w.text(posText, rs.SchemaUrl(), rs.SetSchemaUrl)
		for _, ss := range rs.ScopeSpans().All() {
			w.scope(ss.Scope())
			w.text(posText, ss.SchemaUrl(), ss.SetSchemaUrl)
			for _, s := range ss.Spans().All() {
				w.span(s)
			}
		}
	}
}

func (w *walk) span(s ptrace.Span) {
	before := w.hits
	w.text(posName, s.Name(), s.SetName)
	w.traceState(s.TraceState())
	w.attributes(s.Attributes())
	w.text(posStatus, s.Status().Message(), s.Status().SetMessage)
	for _, e := range s.Events().All() {
		w.text(posName, e.Name(), e.SetName)
		w.attributes(e.Attributes())
	}
	for _, l := range s.Links().All() {
		w.traceState(l.TraceState())
		w.attributes(l.Attributes())
	}
	w.summary(s.Attributes(), before)
}

func (w *walk) logs(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		if oldLogs.in(rl) {
			migrateLogs(rl)
		}
		w.resource(rl.Resource())
		w.text(posText, rl.SchemaUrl(), rl.SetSchemaUrl)
		for _, sl := range rl.ScopeLogs().All() {
			w.scope(sl.Scope())
			w.text(posText, sl.SchemaUrl(), sl.SetSchemaUrl)
			for _, r := range sl.LogRecords().All() {
				before := w.hits
				w.value(posBody, r.Body(), 0)
				w.text(posSeverity, r.SeverityText(), r.SetSeverityText)
				w.text(posName, r.EventName(), r.SetEventName)
				w.attributes(r.Attributes())
				w.summary(r.Attributes(), before)
			}
		}
	}
}

func (w *walk) metrics(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		if oldMetrics.in(rm) {
			migrateMetrics(rm)
		}
		w.resource(rm.Resource())
		w.text(posText, rm.SchemaUrl(), rm.SetSchemaUrl)
		for _, sm := range rm.ScopeMetrics().All() {
			w.scope(sm.Scope())
			w.text(posText, sm.SchemaUrl(), sm.SetSchemaUrl)
			for _, m := range sm.Metrics().All() {
				w.metric(m)
			}
		}
	}
}

func (w *walk) metric(m pmetric.Metric) {
	w.text(posName, m.Name(), m.SetName)
	w.text(posText, m.Description(), m.SetDescription)
	w.text(posText, m.Unit(), m.SetUnit)
	w.attributes(m.Metadata())
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		w.numbers(m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		w.numbers(m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			w.attributes(p.Attributes())
			w.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			w.attributes(p.Attributes())
			w.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeSummary:
		for _, p := range m.Summary().DataPoints().All() {
			w.attributes(p.Attributes())
		}
	case pmetric.MetricTypeEmpty:
	default: // a kind this code does not know
		w.hits++
		m.SetEmptyGauge()
	}
}

func (w *walk) numbers(points pmetric.NumberDataPointSlice) {
	for _, p := range points.All() {
		w.attributes(p.Attributes())
		w.exemplars(p.Exemplars())
	}
}

func (w *walk) exemplars(es pmetric.ExemplarSlice) {
	for _, e := range es.All() {
		w.attributes(e.FilteredAttributes())
	}
}

// profiles walks the dictionary too, where the text of a profile is.
func (w *walk) profiles(pd pprofile.Profiles) {
	d := pd.Dictionary()
	w.strings(posStrings, d.StringTable())
	for _, kv := range d.AttributeTable().All() {
		w.value(posValue, kv.Value(), 0)
	}
	for _, rp := range pd.ResourceProfiles().All() {
		w.resource(rp.Resource())
		w.text(posText, rp.SchemaUrl(), rp.SetSchemaUrl)
		for _, sp := range rp.ScopeProfiles().All() {
			w.scope(sp.Scope())
			w.text(posText, sp.SchemaUrl(), sp.SetSchemaUrl)
			for _, p := range sp.Profiles().All() {
				w.text(posText, p.OriginalPayloadFormat(), p.SetOriginalPayloadFormat)
				w.payload(p.OriginalPayload())
			}
		}
	}
}

// payload removes an original payload that holds a secret, whose format would not
// survive a replacement, and one that is compressed, which cannot be looked into.
func (w *walk) payload(b pcommon.ByteSlice) {
	if b.Len() == 0 {
		return
	}
	raw := b.AsRaw()
	if isCompressed(raw) {
		w.hits++
		b.FromRaw(nil)
		return
	}
	if ev := w.events[posPayload]; !ev.Clean(raw) {
		ev.Append(nil, raw) // for the hit report
		w.hits++
		b.FromRaw(nil)
	}
}

// isCompressed knows data by its first bytes. Zlib has none of its own, but a
// method, a window of 512 bytes or more and a check of both.
func isCompressed(b []byte) bool {
	for _, magic := range compressed {
		if bytes.HasPrefix(b, magic) {
			return true
		}
	}
	return len(b) >= 2 && b[0]&0x8f == 0x08 && b[0] >= 0x18 && (uint(b[0])<<8|uint(b[1]))%31 == 0
}

// compressed has the first bytes of gzip, zstd, lz4, snappy, xz, bzip2 and zip.
var compressed = [][]byte{
	{0x1f, 0x8b}, {0x28, 0xb5, 0x2f, 0xfd}, {0x04, 0x22, 0x4d, 0x18}, {0xff, 0x06, 0x00, 0x00, 's', 'N', 'a', 'P', 'p', 'Y'},
	{0xfd, '7', 'z', 'X', 'Z'}, []byte("BZh"), []byte("PK\x03\x04"),
}
