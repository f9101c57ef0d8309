package redact

import "bytes"

// The rule for cut values: where a text ends, or goes on with an ellipsis, in
// the middle of a value, what is there of it is redacted if it is distinctive.

// cut appends the cut values that end where view v is: of the suffixes of what
// v has read that begin a pattern, those of the longest that is distinctive.
// None, if a whole pattern ends there first: that is found as such.
func (sc *scanner) cut(v *view, dst []match) []match {
	states := v.states
	for {
		longest := uint32(0)
		for i := range sc.e.segments {
			longest = max(longest, states[i].depth)
		}
		if longest < derivedMin {
			return dst
		}
		n := len(dst)
		whole := false
		for i, seg := range sc.e.segments {
			a, s := seg.auto, states[i]
			if s.depth != longest {
				continue
			}
			limit := 64 // of patterns below: enough to name and count
			a.below(s, func(p *pattern) bool {
				for _, en := range a.entries[p.entry : p.entry+uint32(p.n)] {
					switch {
					case seg.dead.has(en.secret):
					case uint32(p.length) == longest:
						whole = true
					case en.cut != 0 && uint32(en.cut) <= longest:
						dst = append(dst, match{start: v.startOf(int(longest)), end: v.last, entry: en, segment: uint8(i), view: v.id, cut: true})
					}
				}
				limit--
				return limit > 0
			})
			states[i] = a.suffix(s)
		}
		if whole {
			return dst[:n]
		}
		if len(dst) > n {
			return dst
		}
	}
}

// ellipses are the spellings of what stands for the rest of a cut value.
var ellipses = [][]byte{[]byte("..."), []byte("…"), []byte(`\u2026`), []byte("&hellip;"), []byte("%E2%80%A6")}

// cutBefore looks at the byte that comes next: where it may begin an ellipsis,
// or a run of line ends that may be the last, cut values are remembered.
func (sc *scanner) cutBefore(c byte, at int64) {
	newline := c == '\n' || c == '\r'
	if sc.eol.on && !newline {
		sc.eol.drop()
	}
	if sc.dots.on {
		sc.dotText = append(sc.dotText, c)
		viable := false
		for _, e := range ellipses {
			if bytes.Equal(e, sc.dotText) {
				for _, m := range sc.dots.matches {
					sc.add(m)
				}
				sc.dots.drop()
				return
			}
			viable = viable || bytes.HasPrefix(e, sc.dotText)
		}
		if viable {
			return
		}
		sc.dots.drop()
	}
	if sc.views[viewRaw].depth < derivedMin && sc.awake == 0 {
		return
	}
	switch {
	case newline && !sc.eol.on:
		sc.remember(&sc.eol, at)
	case c == '.' || c == 0xe2 || c == '\\' || c == '&' || c == '%':
		sc.remember(&sc.dots, at)
		sc.dotText = append(sc.dotText[:0], c)
	}
}

// remember makes a candidate of the values that are cut here.
func (sc *scanner) remember(c *candidate, at int64) {
	c.matches = c.matches[:0]
	for i := range sc.views {
		if v := &sc.views[i]; v.active && v.depth >= derivedMin && v.last == at && v.atRest() {
			c.matches = sc.cut(v, c.matches)
		}
	}
	c.on = len(c.matches) > 0
}
