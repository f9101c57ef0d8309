package tagoutprocessor

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/seed-00b494d3/tagout/redact"
)

// tooDeep stands in for what is nested deeper than the limit.
const tooDeep = "[REDACTED:depth]"

// A walk redacts one batch in place under one snapshot. It writes only where
// there is something to redact: every setter here is behind a check.
type walk struct {
	cfg    *Config
	events [positions]redact.Event
	known  known
	hits   int // places redacted
}

// begin returns a walk under the snapshot of now, to be given back with end.
func (p *tagout) begin() *walk {
	m := p.registry.Matcher()
	if m == nil {
		m = redact.Closed()
	}
	w, _ := p.walks.Get().(*walk)
	if w == nil {
		w = &walk{cfg: &p.cfg}
	}
	for i, sink := range p.sinks {
		w.events[i] = sink.EventOf(m)
	}
	w.known.use(m.ID())
	return w
}

// end gives a walk back. What is pooled does not keep the snapshot alive.
func (p *tagout) end(w *walk) {
	w.hits = 0
	clear(w.events[:])
	p.walks.Put(w)
}

// redacted returns s, or what it is to be replaced by.
func (w *walk) redacted(at position, s string) (t string, dirty bool) {
	if s == "" {
		return s, false
	}
	place := w.known.at(s)
	if place != nil && *place == s {
		return s, false
	}
	t = w.events[at].String(s)
	if t == s {
		if place != nil {
			*place = s
		}
		return s, false
	}
	w.hits++
	return t, true
}

// text gives a redacted s to set, if there is anything to redact.
func (w *walk) text(at position, s string, set func(string)) {
	if t, dirty := w.redacted(at, s); dirty {
		set(t)
	}
}

func (w *walk) bytes(at position, b pcommon.ByteSlice) {
	raw := b.AsRaw() // a copy
	if ev := w.events[at]; !ev.Clean(raw) {
		w.hits++
		b.FromRaw(ev.Append(nil, raw))
	}
}

func (w *walk) value(at position, v pcommon.Value, depth int) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		if t, dirty := w.redacted(at, v.Str()); dirty {
			v.SetStr(t)
		}
	case pcommon.ValueTypeBytes:
		w.bytes(at, v.Bytes())
	case pcommon.ValueTypeMap:
		if w.deep(v, depth) {
			return
		}
		w.attrs(at, v.Map(), depth+1)
	case pcommon.ValueTypeSlice:
		if w.deep(v, depth) {
			return
		}
		s := v.Slice()
		for i := range s.Len() {
			w.value(at, s.At(i), depth+1)
		}
	case pcommon.ValueTypeInt:
		if w.cfg.Numbers {
			s := strconv.FormatInt(v.Int(), 10)
			w.text(at, s, v.SetStr)
		}
	case pcommon.ValueTypeEmpty, pcommon.ValueTypeBool, pcommon.ValueTypeDouble:
	default:
		w.hits++
		v.SetStr("[REDACTED:unknown-kind]")
	}
}

func (w *walk) deep(v pcommon.Value, depth int) bool {
	if depth < w.cfg.MaxDepth {
		return false
	}
	w.hits++
	v.SetStr(tooDeep)
	return true
}

// key is redacted for the key of a map, which it remembers in r.
func (w *walk) key(k string, r *recent) (t string, dirty bool) {
	t, dirty = w.redacted(posKey, k)
	if !dirty && len(k) <= knownMaxSize {
		r.key = k
	}
	return t, dirty
}

// string is value for a string in a map, which it remembers in r.
func (w *walk) string(at position, v pcommon.Value, r *recent) {
	s := v.Str()
	if t, dirty := w.redacted(at, s); dirty {
		v.SetStr(t)
	} else if len(s) <= knownMaxSize {
		r.value = s
	}
}

// attrs redacts values in place and, where a key holds a secret, puts a new map
// in the place of the old one. Order and duplicate keys are kept.
func (w *walk) attrs(at position, m pcommon.Map, depth int) {
	var keys []string // redacted ones, up to the last dirty one; nil: all clean
	i := 0
	for k, v := range m.All() {
		before := &w.known.recent[i%knownRecent] // what was clean a map ago
		if v.Type() != pcommon.ValueTypeStr {
			w.value(at, v, depth)
		} else if v.Str() != before.value {
			w.string(at, v, before)
		}
		if k != before.key {
			if t, dirty := w.key(k, before); dirty {
				if keys == nil {
					keys = make([]string, m.Len())
				}
				keys[i] = t
			}
		}
		i++
	}
	if keys == nil {
		return
	}
	var b xpdata.MapBuilder
	b.EnsureCapacity(m.Len())
	i = 0
	for k, v := range m.All() {
		if keys[i] != "" { // a redacted key has at least a tag
			k = keys[i]
		}
		v.MoveTo(b.AppendEmpty(k))
		i++
	}
	b.UnsafeIntoMap(m)
}

func (w *walk) attributes(m pcommon.Map) { w.attrs(posValue, m, 0) }

func (w *walk) resource(r pcommon.Resource) {
	w.attributes(r.Attributes())
	refs := entity.ResourceEntityRefs(r)
	for i := range refs.Len() {
		e := refs.At(i)
		w.text(posText, e.SchemaUrl(), e.SetSchemaUrl)
		w.text(posText, e.Type(), e.SetType)
		w.strings(posKey, e.IdKeys())
		w.strings(posKey, e.DescriptionKeys())

	}
}

func (w *walk) scope(s pcommon.InstrumentationScope) {
	w.text(posScope, s.Name(), s.SetName)
	w.text(posScope, s.Version(), s.SetVersion)
	w.attributes(s.Attributes())
}

func (w *walk) strings(at position, s pcommon.StringSlice) {
	for i := range s.Len() {
		w.text(at, s.At(i), func(t string) { s.SetAt(i, t) })
	}
}

// summary tells in how many places the item was redacted since before. A name
// that comes in is not ours and is removed, or added to if that is configured.
func (w *walk) summary(attrs pcommon.Map, before int) {
	if !w.cfg.Summary.Enabled {
		return
	}
	n := int64(w.hits - before)
	if v, ok := attrs.Get(SummaryKey); ok {
		if w.cfg.Summary.TrustIncoming && v.Type() == pcommon.ValueTypeInt && v.Int() > 0 {
			n += v.Int()
		}
		attrs.RemoveIf(func(k string, _ pcommon.Value) bool { return k == SummaryKey }) // duplicates too
	}
	if n > 0 {
		attrs.PutInt(SummaryKey, n)
	}
}
