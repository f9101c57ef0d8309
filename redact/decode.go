package redact

// This file is what views do with the characters of their parents.

// decode has view k take one character of what its parent reads.
func (sc *scanner) decode(k *view, x char) {
	t := &viewTree[k.id]
	if t.dump {
		sc.readDump(k, x)
		return
	}
	if len(k.partial) == 0 && !t.escapes.starts(x.c) {
		sc.emit(k, x, false)
		return
	}
	if len(k.partial) == 0 {
		sc.lastAsIs(k, x)
	}
	k.partial = append(k.partial, x)
	sc.drain(k, false)
}

// lastAsIs reports the values that end with x, which begins what may be an
// escape, as it stands: what follows the value is not part of it.
func (sc *scanner) lastAsIs(k *view, x char) {
	sc.work++
	next := k.states
	var matched uint
	for i := range sc.e.segments {
		a := sc.e.segments[i].auto
		next[i] = a.next(next[i], x.c)
		if a.matching(next[i]) {
			matched |= 1 << i
		}
	}
	if matched == 0 {
		return
	}
	states, last := k.states, k.last
	k.states, k.last = next, x.e
	k.push(x, sc.e.maxLen)
	for i := range sc.e.segments {
		if matched>>i&1 != 0 {
			sc.report(k, i)
		}
	}
	k.states, k.last, k.chars = states, last, k.chars[:len(k.chars)-1]
}

// drain decodes what view k has collected, as far as it is decided, or all of
// it at the end of the text.
func (sc *scanner) drain(k *view, final bool) {
	var in [maxEscape + 4]byte
	var out [16]byte
	for len(k.partial) > 0 {
		b := in[:0]
		for _, x := range k.partial {
			b = append(b, x.c)
		}
		n, res, st := viewTree[k.id].escapes.decode(b, out[:0])
		if st == escapeMore && !final {
			return
		}
		first := k.partial[0]
		if st != escapeDone {
			k.partial = k.partial[:copy(k.partial, k.partial[1:])]
			sc.emit(k, first, false)
			continue
		}
		end := k.partial[n-1].e
		var literal [maxEscape + 4]char
		copy(literal[:], k.partial[:n])
		k.partial = k.partial[:copy(k.partial, k.partial[n:])]
		if k.id == viewJSON && jsonEscape(b[:n]) {
			sc.units = append(sc.units, unit{first.s, end})
		}
		if sc.leadsNowhere(k, res) {
			for _, c := range res {
				sc.derive(k, k, char{c, first.s, end})
			}
			for _, x := range literal[:n] {
				sc.step(k, x, false)
			}
			sc.settleDown(k, k)
			continue
		}
		k.since = 0
		for _, c := range res {
			sc.emit(k, char{c, first.s, end}, true)
		}
	}
}

// leadsNowhere reports whether no value goes on or begins with what an escape
// spells. Then k reads the escape as it stands, for it may not be one: a value
// may follow a stray "%" or contain one. The views that read what k decodes see
// it decoded all the same.
func (sc *scanner) leadsNowhere(k *view, res []byte) bool {
	if len(res) == 0 || k.gap != gapNone {
		return false
	}
	for _, c := range res {
		if viewTree[k.id].gaps && (c == '\n' || c == '\r' || c == 0x1b) {
			return false
		}
	}
	for i := range sc.e.segments {
		a, s := sc.e.segments[i].auto, k.states[i]
		for _, c := range res {
			s = a.next(s, c)
		}
		if s.depth > 0 {
			return false
		}
	}
	return true
}

// finish decides what view k has left undecided when the text ends.
func (sc *scanner) finish(k *view) {
	sc.drain(k, true)
	var kept [maxControl + 1]char
	control := kept[:copy(kept[:], k.control)]
	k.control = k.control[:0]
	k.gap = gapNone
	for _, x := range control {
		sc.char(k, x, false)
	}
	k.since = 0
	sc.spillDump(k)
}

// emit passes a decoded character on, through the gaps that view k reads over.
func (sc *scanner) emit(k *view, x char, decoded bool) {
	t := &viewTree[k.id]
	if !t.gaps {
		sc.char(k, x, decoded)
		return
	}
	switch k.gap {
	case gapWrap:
		if x.c == '\n' || x.c == '\r' || t.indents && (x.c == ' ' || x.c == '\t') {
			if x.e-k.gapFrom <= maxGap {
				return
			}
			k.states, k.depth, k.lastByte, k.eqDepth = [maxSegments]position{}, 0, 0, 0
		}
		k.gap = gapNone
		if sc.softBreak(k, x.c) {
			k.dropEq()
		}
	case gapControl:
		k.control = append(k.control, x)
		n := len(k.control)
		switch {
		case n == 2 && x.c == '[', n > 2 && n < maxControl && x.c >= 0x20 && x.c < 0x40:
			return // more to come
		case n > 2 && x.c >= 0x40 && x.c <= 0x7e:
			k.control, k.gap, k.since = k.control[:0], gapNone, 0
			return
		}
		k.gap = gapNone
		var kept [maxControl + 1]char
		spill := kept[:copy(kept[:], k.control)]
		k.control = k.control[:0]
		for _, y := range spill {
			sc.char(k, y, false)
		}
		k.since = 0 // one of them may have been decoded
		return
	}
	switch {
	case x.c == '\n' || x.c == '\r':
		if k.depth < wrapMin && k.lastByte == '=' && k.eqDepth >= wrapMin && len(k.chars) > 0 {
			k.dropEq()
		}
		if k.depth >= wrapMin {
			k.gap, k.gapFrom, k.since = gapWrap, x.s, 0
			return
		}
	case x.c == 0x1b && t.indents && k.depth >= colourMin:
		k.gap, k.since = gapControl, 0
		k.control = append(k.control[:0], x)
		return
	}
	sc.char(k, x, decoded)
}

// A dumpReader reads lines in the format of hex.Dump and hexdump -C:
//
//	00000000  70 61 73 73 77 6f 72 64  31 32 33 34 35 36 37 38  |password12345678|
//
// The bytes of a line are passed on when the line ends, each with the rest of
// the line, so that the text at the right goes with them.
type dumpReader struct {
	phase dumpPhase
	line  []char // what was read of the line, to be passed on if it is none
	n     int    // bytes, or digits of the offset, or spaces
	bytes [16]char
	high  int8  // first digit of a byte, -1: none
	text  int   // characters at the right
	from  int64 // where the offset starts
}

type dumpPhase uint8

const (
	dumpIdle dumpPhase = iota
	dumpOffset
	dumpBytes
	dumpText
	dumpEnd  // after the closing bar: a line end should follow
	dumpNext // after the line end: another line may follow
)

const (
	dumpOffsetLen = 8   // digits
	dumpReady     = 255 // as a view's hexRun: an offset and a space were read
)

// hexRunAfter returns how many hexadecimal digits have been read in a row, c the
// last, and whether they may be the offset of a line of a dump.
func hexRunAfter(run uint8, c byte) uint8 {
	switch {
	case unhex[c] >= 0 && run < dumpReady:
		return min(run+1, dumpOffsetLen)
	case unhex[c] >= 0:
		return 1
	case c == ' ' && run == dumpOffsetLen:
		return dumpReady
	}
	return 0
}

// hexRunThrough is hexRunAfter for a text, of which the end tells.
func hexRunThrough(run uint8, text []byte) uint8 {
	if n := len(text); n > 0 && text[n-1] != ' ' && unhex[text[n-1]] < 0 {
		return 0 // nearly always
	}
	for _, c := range text[max(0, len(text)-dumpOffsetLen-1):] {
		run = hexRunAfter(run, c)
	}
	return run
}

// offsetAhead reports whether what v has read last and p together begin, or may
// begin, a line of a dump. skip sees only those that are in its text as a whole.
func (v *view) offsetAhead(p []byte) bool {
	line, open := offsetThrough(v.hexRun, p)
	return line || open
}

func (d *dumpReader) busy() bool { return d.phase != dumpIdle }

func (d *dumpReader) reset() { d.phase, d.line, d.n = dumpIdle, d.line[:0], 0 }

func (d *dumpReader) wipe() {
	clear(d.line[:cap(d.line)])
	d.bytes = [16]char{}
}

// hold returns where the bytes in the line start, or at.
func (d *dumpReader) hold(at int64) int64 {
	if d.phase == dumpBytes || d.phase == dumpText {
		if d.n > 0 {
			return d.bytes[0].s
		}
		if d.high >= 0 {
			return d.line[len(d.line)-1].s
		}
	}
	return at
}

// readDump has view k take one character of what may be a dump.
func (sc *scanner) readDump(k *view, x char) {
	d := &k.dump
	ok := false
	switch d.phase {
	case dumpIdle:
		if x.c == ' ' && k.hexRun == dumpReady {
			d.phase, d.n, d.high, ok = dumpBytes, 0, -1, true
			d.from = x.s - dumpOffsetLen - 1
		}
	case dumpNext:
		if ok = unhex[x.c] >= 0; ok {
			d.line = d.line[:0] // the line end belongs to the dump
			d.phase, d.n, d.from = dumpOffset, 1, x.s
		}
	case dumpOffset:
		switch {
		case d.n < 8:
			ok = unhex[x.c] >= 0
		default:
			ok = x.c == ' '
		}
		if d.n++; ok && d.n == 10 {
			d.phase, d.n, d.high = dumpBytes, 0, -1
		}
	case dumpBytes:
		switch h := unhex[x.c]; {
		case h >= 0 && d.high < 0 && d.n < 16 && d.line[len(d.line)-1].c == ' ':
			d.high, ok = h, true
		case h >= 0 && d.high >= 0:
			d.bytes[d.n] = char{byte(d.high)<<4 | byte(h), d.line[len(d.line)-1].s, x.e}
			d.n++
			d.high, ok = -1, true
		case x.c == ' ' && d.high < 0:
			ok = len(d.line) < 80
		case x.c == '|' && d.n > 0 && d.high < 0:
			d.phase, d.text, ok = dumpText, 0, true
		}
	case dumpText:
		if d.text < d.n {
			d.text++
			ok = true
			break
		}
		if x.c == '|' {
			d.line = d.line[:0]
			d.phase = dumpEnd
			bytes := d.bytes
			for _, b := range bytes[:d.n] {
				sc.char(k, char{b.c, b.s, x.e}, true)
			}
			return
		}
	case dumpEnd:
		switch x.c {
		case '\n':
			d.phase, ok = dumpNext, true
		case '\r':
			ok = true
		}
	}
	d.line = append(d.line, x)
	if !ok {
		sc.spillDump(k)
	}
}

// spillDump passes on what turned out not to be a line of a dump.
func (sc *scanner) spillDump(k *view) {
	d := &k.dump
	if len(d.line) == 0 && d.phase == dumpIdle {
		return
	}
	var kept [maxDumpLine]char
	line := append(kept[:0], d.line...)
	d.reset()
	for _, y := range line {
		sc.char(k, y, false)
	}
}

// dropEq takes back the "=" that v has read last: it and the line end after it
// are a soft line break of quoted-printable.
func (v *view) dropEq() {
	v.states, v.depth, v.chars = v.eq, v.eqDepth, v.chars[:len(v.chars)-1]
	v.lastByte, v.eqDepth = 0, 0
}

// softBreak reports whether the "=" before a line break, though a value may have
// it there too, is better taken for part of a soft one, as c comes next.
func (sc *scanner) softBreak(k *view, c byte) bool {
	if k.lastByte != '=' || k.eqDepth < wrapMin || len(k.chars) == 0 {
		return false
	}
	with, without := uint32(0), uint32(0)
	for i := range sc.e.segments {
		a := sc.e.segments[i].auto
		with = max(with, a.next(k.states[i], c).depth)
		if s := k.eq[i]; s.depth >= wrapMin {
			if n := a.next(s, c); n.depth > s.depth {
				without = max(without, n.depth)
			}
		}
	}
	return without > with
}
