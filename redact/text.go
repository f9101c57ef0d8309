package redact

import (
	"bytes"
	"iter"
	"slices"
)

// This file redacts texts that are there as a whole.

// clean reports whether text needs no change.
func (m *Matcher) clean(text []byte, cfg *sinkConfig) bool {
	if m == closed {
		return len(text) == 0
	}
	sc := scanAll(m.engine(), text, cfg)
	if sc == nil {
		return true
	}
	defer sc.release()
	return len(sc.ranges) == 0
}

// scanAll reads a whole text, to its end. It returns nil if the filter proves
// that there is nothing in it.
func scanAll(e *engine, text []byte, cfg *sinkConfig) *scanner {
	at, until := -1, -1
	if n := len(text); n >= longGram && n <= maxWhole && !e.cfg.noFilter {
		at, until = e.first(text, !cfg.noCut)
	}
	if at < 0 {
		at, until = e.skip(text, 0, true, !cfg.noCut)
	}
	if at == len(text) {
		return nil
	}
	sc := newScanner(e, cfg)
	sc.data, sc.final = text, true
	if at > 0 {
		sc.readTo(0, at)
	}
	sc.run(int64(until))
	sc.end()
	return sc
}

// redactString is String.
func (m *Matcher) redactString(s string, cfg *sinkConfig) string {
	if m == closed {
		if s == "" {
			return s
		}
		return unavailableTag
	}
	text := bytesOf(s)
	sc := scanAll(m.engine(), text, cfg)
	if sc == nil {
		return s
	}
	defer sc.release()
	if len(sc.ranges) == 0 {
		return s
	}
	const tag = 64 // of usual length
	return stringOf(sc.write(make([]byte, 0, len(s)+tag), int64(len(text))))
}

// appendText is Append.
func (m *Matcher) appendText(dst, src []byte, cfg *sinkConfig) []byte {
	if m == closed {
		if len(src) == 0 {
			return dst
		}
		return append(dst, unavailableTag...)
	}
	sc := scanAll(m.engine(), src, cfg)
	if sc == nil {
		return append(dst, src...)
	}
	defer sc.release()
	return sc.write(dst, int64(len(src)))
}

// appendRecord is Append for a whole record.
func (m *Matcher) appendRecord(dst, src []byte, cfg *sinkConfig) []byte {
	if len(src) == 0 {
		return dst
	}
	out := m.redactRecord(src, cfg, func() []byte { return dst })
	if len(out) == len(src) && &out[0] == &src[0] {
		return append(dst, src...)
	}
	return out
}

// redactRecord returns src itself if it needs no change, and otherwise appends
// what becomes of it to what room returns.
func (m *Matcher) redactRecord(src []byte, cfg *sinkConfig, room func() []byte) []byte {
	if m == closed {
		dst := room()
		body := bytes.TrimRight(src, "\r\n")
		if len(body) > 0 && cfg.json {
			dst = append(dst, `"`+unavailableTag+`"`...)
		} else if len(body) > 0 {
			dst = append(dst, unavailableTag...)
		}
		return append(dst, src[len(body):]...)
	}
	sc := scanAll(m.engine(), src, cfg)
	if sc == nil {
		return src
	}
	defer sc.release()
	switch {
	case len(sc.ranges) == 0:
		return src
	case cfg.json:
		return sc.writeJSON(room())
	}
	return sc.write(room(), int64(len(src)))
}

// find is Find.
func (m *Matcher) find(src []byte) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		if m == closed {
			return
		}
		e := m.engine()
		sc := newScanner(e, &zeroSinkConfig)
		sc.all = true
		sc.data, sc.final = src, true
		sc.run(0)
		sc.end()
		slices.SortFunc(sc.found, func(a, b match) int { return compareHits(e, a, b) })
		found := make([]Match, 0, len(sc.found))
		for _, f := range sc.found {
			if f.start < 0 || f.end > int64(len(src)) {
				continue
			}
			s := e.show(e.segments[f.segment].secrets[f.entry.secret])
			found = append(found, Match{
				Start: int(f.start), End: int(f.end), Name: s.name, Version: s.version,
				Form: formNames[f.entry.form][f.view], Cut: f.cut,
			})
		}
		sc.release()
		found = slices.CompactFunc(found, func(a, b Match) bool {
			return a.Start == b.Start && a.End == b.End && a.Name == b.Name && a.Version == b.Version && a.Cut == b.Cut
		})
		for _, f := range found {
			if !yield(f) {
				return
			}
		}
	}
}

// write appends the text up to a position before which the result is certain,
// with the ranges replaced, and reports their hits.
func (sc *scanner) write(dst []byte, upto int64) []byte {
	n := 0
	for n < len(sc.ranges) && sc.ranges[n].end <= upto {
		r := &sc.ranges[n]
		n++
		sc.whole(r)
		for n < len(sc.ranges) && sc.ranges[n].start < r.end {
			next := &sc.ranges[n]
			sc.whole(next)
			r.end = max(r.end, next.end)
			r.hits = append(r.hits, next.hits...)
			n++
		}
		if r.start > sc.out {
			dst = append(dst, sc.data[sc.out-sc.base:r.start-sc.base]...)
		}
		dst = sc.appendTag(dst, r)
		sc.out = r.end
	}
	if n > 0 {
		for i := range sc.ranges[:n] {
			if h := sc.ranges[i].hits; len(sc.spare) < 16 && cap(h) <= 64 {
				sc.spare = append(sc.spare, h[:0])
			}
		}
		sc.ranges = slices.Delete(sc.ranges, 0, n)
		sc.forgetNamed()
	}
	if upto > sc.out {
		dst = append(dst, sc.data[sc.out-sc.base:upto-sc.base]...)
		sc.out = upto
	}
	n = 0
	for n < len(sc.tags) && sc.tags[n].end <= upto {
		n++
	}
	sc.tags = slices.Delete(sc.tags, 0, n)
	n = 0
	for n < len(sc.units) && sc.units[n].end <= upto {
		n++
	}
	sc.units = slices.Delete(sc.units, 0, n)
	return dst
}

// whole extends a range to the whole of the JSON escapes that it cuts.
func (sc *scanner) whole(r *span) {
	inside := func(at int64) (unit, bool) {
		i, found := slices.BinarySearchFunc(sc.units, at, func(u unit, at int64) int {
			switch {
			case u.end <= at:
				return -1
			case u.start >= at:
				return 1
			}
			return 0
		})
		if !found {
			return unit{}, false
		}
		return sc.units[i], true
	}
	if u, ok := inside(r.start); ok && u.start >= sc.out {
		r.start = u.start
	}
	if u, ok := inside(r.end); ok {
		r.end = u.end
	}
}

// appendTag appends the tag of a range and reports its hits.
func (sc *scanner) appendTag(dst []byte, r *span) []byte {
	if len(r.hits) > 1 {
		slices.SortStableFunc(r.hits, func(a, b match) int { return compareHits(sc.e, a, b) })
	}
	var few [8]shown
	names := few[:0]
	for _, h := range r.hits {
		s := sc.e.show(sc.e.segments[h.segment].secrets[h.entry.secret])
		s.cut = h.cut
		names = append(names, s)
	}
	style := sc.cfg.style
	if style == TagDefault {
		style = sc.e.cfg.style
	}
	if o := sc.e.cfg.observer; o != nil {
		sc.observe(o, r)
	}
	return sc.e.cfg.format.appendTag(dst, names, style)
}

// observe reports each secret, version and form of a range once. Of occurrences
// of one secret inside each other only the outermost counts, and of several
// readings of one occurrence the plainest. The hits are sorted.
func (sc *scanner) observe(o Observer, r *span) {
	var done map[Hit]bool
	var ends map[*secret]int64
	if len(r.hits) > 1 {
		done = make(map[Hit]bool, len(r.hits))
		ends = make(map[*secret]int64, len(r.hits))
	}
	for _, h := range r.hits {
		sec := sc.e.segments[h.segment].secrets[h.entry.secret]
		if end, ok := ends[sec]; ok && h.end <= end {
			continue
		}
		if ends != nil {
			ends[sec] = h.end
		}
		s := sc.e.show(sec)
		hit := Hit{Name: s.name, Version: s.version, Form: formNames[h.entry.form][h.view], Sink: sc.cfg.name}
		if done[hit] {
			continue
		}
		if done != nil {
			done[hit] = true
		}
		o.Redacted(hit)
	}
}
