package redact

// maxTogether is up to which length texts are asked about together.
const maxTogether = 512

// AllClean reports whether nothing in any of the texts needs to be redacted:
// String would return each of them as it is. It is for adapters whose events are
// nearly all clean and consist of many short texts: to ask about all of them at
// once is several times cheaper than about each. False is no answer: some text
// may need it, and String tells which. It reports no hits.
func (e Event) AllClean(texts []string) bool {
	m, cfg := e.load()
	var buf [maxTogether]byte // the texts, one directly after the other
	var ends [maxTogether / longGram]uint16
	for len(texts) > 0 {
		n, count := 0, 0
		for len(texts) > 0 {
			s := texts[0]
			if len(s) < m.least {
				texts = texts[1:]
				continue
			}
			if len(s) > len(buf)-n || count == len(ends) {
				break
			}
			n += copy(buf[n:], s)
			ends[count] = uint16(n)
			count++
			texts = texts[1:]
		}
		switch {
		case n > 0 && (m == closed || !m.engine().nothingIn(buf[:n], ends[:count], !cfg.noCut)):
			clear(buf[:n]) // it may hold a value
			return false
		case n == 0 && len(texts) > 0: // one that is too long
			if !m.clean(bytesOf(texts[0]), cfg) {
				return false
			}
			texts = texts[1:]
		}
	}
	return true
}

// MinLen returns a length in bytes below which String returns every text as it
// is: there is no need to ask about them. It is 0 where that is not known.
func (e Event) MinLen() int {
	if e.m == nil {
		return 0
	}
	return e.m.least
}
