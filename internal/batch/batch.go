// Package batch is how log adapters ask about all texts of a record at once.
package batch

import "github.com/seed-00b494d3/tagout/redact"

// A Batch collects the texts of one event. It is meant to live on the stack of
// the goroutine that handles the event. Begin comes before everything else.
type Batch struct {
	ev      redact.Event
	least   int
	n       int
	unclean bool
	texts   [24]string // asked about when there is no more room
}

// Begin begins an event.
func (b *Batch) Begin(ev redact.Event) { b.ev, b.least = ev, ev.MinLen() }

// Add adds a text.
func (b *Batch) Add(s string) {
	if len(s) >= b.least {
		b.add(s)
	}
}

func (b *Batch) add(s string) {
	if b.n == len(b.texts) {
		b.ask()
	}
	b.texts[b.n] = s
	b.n++
}

// Clean reports whether nothing in the texts needs to be redacted. False is no
// answer: see [redact.Event.AllClean].
func (b *Batch) Clean() bool {
	b.ask()
	return !b.unclean
}

func (b *Batch) ask() {
	b.unclean = b.unclean || !b.ev.AllClean(b.texts[:b.n])
	b.n = 0
}
