package redact

import "bytes"

const (
	// maxDumpLine is the length of a line of a hex dump, with room for a prefix.
	maxDumpLine = 96
	// dumpWindow is how far from its beginning a line may go on where the text at
	// the right is escaped.
	dumpWindow = maxDumpLine + 16*maxBackslash
	// maxBackslash is the length of the longest escape that spells one byte.
	maxBackslash = len(`\U0000003c`)
)

// dumpLine returns where the line of a hex dump that at may be in begins, or at.
// It has an offset and two spaces, that are not both still to come: of an offset
// at the end, the scanner keeps count.
func dumpLine(p []byte, from, at int) int {
	lo := max(0, at-dumpWindow)
	line := p[lo:min(len(p), at+dumpOffsetLen+2)]
	for i := 0; ; {
		j := bytes.Index(line[i:], []byte("  "))
		if j < 0 {
			break
		}
		if i += j; i >= dumpOffsetLen && allHex(line[i-dumpOffsetLen:i]) && lo+i-dumpOffsetLen < at {
			return max(from, lo+i-dumpOffsetLen)
		}
		for i += 2; i < len(line) && line[i] == ' '; {
			i++
		}
	}
	return at
}

// offsetThrough reports whether p goes on with a line of a hex dump of which a part
// of the offset stands before it, run as hexRun counts it; open, whether p ends
// before that is known.
func offsetThrough(run uint8, p []byte) (line, open bool) {
	for i, c := range p {
		switch {
		case run == 0 || i > dumpOffsetLen+1:
			return false, false
		case run == dumpReady:
			return c == ' ', false
		}
		run = hexRunAfter(run, c)
	}
	return false, run != 0
}

// dumpBars finds the bars that close lines of hex dumps among those that it is
// shown, in the order of the text. The zero value is ready for a first one.
type dumpBars struct {
	begun bool
	open  int // one more than the place of the last bar before which a byte stands, or 0
}

// line returns where the line of a hex dump begins that the bar at p[i] may
// close, or i.
func (d *dumpBars) line(p []byte, from, i int) int {
	if !d.begun {
		d.begun = true
		for j := max(from, i-1-16*maxBackslash); ; j++ {
			k := bytes.IndexByte(p[j:i], '|')
			if k < 0 {
				break
			}
			if j += k; opensDumpText(p, from, j) {
				d.open = j + 1
			}
		}
	}
	at := i
	if d.open > 0 && (i-d.open <= 16 || i-d.open <= 16*maxBackslash && bytes.IndexByte(p[d.open:i], '\\') >= 0) {
		// An earlier bar would be of a line that this finds as well.
		if begin := dumpLine(p, from, d.open-1); begin < d.open-1 {
			at = begin
		}
		d.open = 0
	}
	if opensDumpText(p, from, i) {
		d.open = i + 1
	}
	return at
}

// opensDumpText reports whether a byte, in hexadecimal, stands before the bar at
// p[i].
func opensDumpText(p []byte, from, i int) bool {
	for i > from && p[i-1] == ' ' {
		i--
	}
	return i-3 >= from && unhex[p[i-1]] >= 0 && unhex[p[i-2]] >= 0 && p[i-3] == ' '
}

func allHex(b []byte) bool {
	for _, c := range b {
		if unhex[c] < 0 {
			return false
		}
	}
	return true
}
