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
		i++
	}
	return at
}

// dumpBar returns where the line of a hex dump begins that the bar at p[i] may
// close, or i. Before the text at the right, of 16 characters at most, there are
// a bar and a byte.
func dumpBar(p []byte, from, i int) int {
	lo := max(from, i-17)
	if bytes.IndexByte(p[max(from, i-16-maxBackslash):i], '\\') >= 0 {
		lo = max(from, i-1-16*maxBackslash)
	}
	for j := i; ; {
		if j = lo + bytes.LastIndexByte(p[lo:j], '|'); j < lo {
			return i
		}
		k := j
		for k > from && p[k-1] == ' ' {
			k--
		}
		if k-3 >= from && unhex[p[k-1]] >= 0 && unhex[p[k-2]] >= 0 && p[k-3] == ' ' {
			// An earlier bar would be of a line that this finds as well.
			if at := dumpLine(p, from, k); at < k {
				return at
			}
			return i
		}
	}
}

func allHex(b []byte) bool {
	for _, c := range b {
		if unhex[c] < 0 {
			return false
		}
	}
	return true
}
