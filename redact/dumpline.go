package redact

import "bytes"

// maxDumpLine is the length of a line of a hex dump, with room for a prefix.
const maxDumpLine = 96

// dumpLine returns where the line of a hex dump that at may be in begins, or at:
// after an offset and two spaces, one of which may still follow.
func dumpLine(p []byte, from, at int) int {
	lo := max(0, at-maxDumpLine)
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
	// The text may end within the offset, or between the spaces.
	n := 0
	for n < dumpOffsetLen+1 && at-n > from && (unhex[p[at-n-1]] >= 0 || n == 0 && p[at-1] == ' ') {
		n++
	}
	return at - n
}

func allHex(b []byte) bool {
	for _, c := range b {
		if unhex[c] < 0 {
			return false
		}
	}
	return true
}
