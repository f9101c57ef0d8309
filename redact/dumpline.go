package redact

import "bytes"

// maxDumpLine is the length of a line of a hex dump, with room for a prefix.
const maxDumpLine = 96

// dumpLine returns where the line of a hex dump that at may be in begins, or at.
// It has an offset and two spaces, that are not both still to come: of an offset
// at the end, the scanner keeps count.
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
	return at
}

func allHex(b []byte) bool {
	for _, c := range b {
		if unhex[c] < 0 {
			return false
		}
	}
	return true
}
