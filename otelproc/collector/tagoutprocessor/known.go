package tagoutprocessor

import "hash/maphash"

// Telemetry repeats itself: keys, methods, hosts and statements come back in
// every span. known remembers texts that held no secret, under one snapshot, so
// that most need not be scanned again. It is a direct-mapped cache: a text is
// compared in full, whoever had its place before is forgotten.
type known struct {
	of    *snapshot
	texts [knownTexts]string
}

const (
	knownTexts   = 512
	knownMaxSize = 128 // bytes; longer texts seldom repeat
)

var knownSeed = maphash.MakeSeed()

// use forgets everything if the snapshot is another one.
func (c *known) use(s *snapshot) {
	if c.of != s {
		clear(c.texts[:])
		c.of = s
	}
}

// at returns the place of s, nil if it has none.
func (c *known) at(s string) *string {
	if len(s) > knownMaxSize {
		return nil
	}
	return &c.texts[maphash.String(knownSeed, s)%knownTexts]
}
