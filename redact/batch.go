package redact

// A Batch asks about many texts of one event at once, whether they are all clean:
// for adapters whose events nearly all are, and consist of many short texts. It is
// several times cheaper than to ask about each.
//
//	var b redact.Batch
//	b.Reset(ev)
//	b.Add(r.Message)
//	...
//	if b.Clean() {
//		return next.Handle(ctx, r)
//	}
//
// A Batch may be used again after Reset, by one goroutine at a time. It keeps no
// text. The zero Batch is of the zero [Event].
type Batch struct {
	hidden
	ev    Event
	least int // of shorter texts none has anything in it
	n     int // bytes of texts
	count int
	dirty bool // something may have to be redacted
	texts [512]byte
	ends  [64]uint16
}

// Reset empties the batch, for texts of the event ev.
func (b *Batch) Reset(ev Event) {
	m, _ := ev.load()
	b.ev, b.least, b.dirty = ev, m.least, false
	b.drop()
}

// Add adds a text.
func (b *Batch) Add(s string) {
	if len(s) >= b.least {
		b.add(s)
	}
}

func (b *Batch) add(s string) {
	if len(s) == 0 || b.dirty {
		return
	}
	if len(s) > len(b.texts)-b.n || b.count == len(b.ends) {
		b.ask()
		if b.dirty {
			return
		}
		if len(s) > len(b.texts) {
			m, cfg := b.ev.load()
			b.dirty = !m.clean(bytesOf(s), cfg)
			return
		}
	}
	if c := s[len(s)-1]; c == '.' || c == '=' {
		b.dirty = true // may stand for the rest of a value
		b.drop()
		return
	}
	b.n += copy(b.texts[b.n:], s)
	b.ends[b.count] = uint16(b.n)
	b.count++
}

// ask asks about what is there.
func (b *Batch) ask() {
	if b.count == 0 || b.dirty {
		return
	}
	m, cfg := b.ev.load()
	if m == closed || !m.engine().nothing(b.texts[:b.n], b.ends[:b.count], !cfg.noCut) {
		b.dirty = true
		b.drop()
		return
	}
	b.n, b.count = 0, 0
}

// drop wipes what was not found clean: it may hold a value.
func (b *Batch) drop() {
	clear(b.texts[:b.n])
	b.n, b.count = 0, 0
}

// Clean reports whether nothing in any of the texts since Reset needs to be
// redacted: String would return each of them as it is. False is no answer: some
// text may need it, and String tells which. It reports no hits.
func (b *Batch) Clean() bool {
	b.ask()
	return !b.dirty
}
