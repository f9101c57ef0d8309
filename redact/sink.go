package redact

// A Hit tells that a secret was redacted, not where and never its value.
type Hit struct {
	Name    string // as tags show it
	Version string // as tags show it, empty if there is none
	Form    Form   // the spelling in which it occurred
	Sink    string // which adapter met it, as [SinkName] set it
}

// An Observer is told of every hit: once for each secret, version and form in
// each range that was replaced. Redacted is called synchronously, on the path of
// the event, by many goroutines at once: it must not block, and it must not log
// through a redacting logger.
type Observer interface{ Redacted(Hit) }

// A Sink is how an adapter uses a [Source]: it names the adapter for the hit
// report and fixes what its tags tell. It is immutable and safe for concurrent
// use.
//
//	type Handler struct{ sink *redact.Sink }
//
//	func (h *Handler) Handle(r Record) {
//		ev := h.sink.Event() // one event, one snapshot
//		r.Message = ev.String(r.Message)
//		...
//	}
type Sink struct {
	src Source
	cfg sinkConfig
}

type sinkConfig struct {
	name  string
	style TagStyle
	noCut bool
	json  bool
}

// A SinkOption configures a [Sink], a writer or a reader.
type SinkOption interface{ applySink(*sinkConfig) }

type sinkOptionFunc func(*sinkConfig)

func (f sinkOptionFunc) applySink(c *sinkConfig) { f(c) }

// SinkName sets the name under which hits are reported, such as "slog".
func SinkName(name string) SinkOption {
	return sinkOptionFunc(func(c *sinkConfig) { c.name = name })
}

// SinkTagStyle sets what the tags of this sink tell, whatever the snapshot's
// default.
func SinkTagStyle(s TagStyle) SinkOption {
	return sinkOptionFunc(func(c *sinkConfig) { c.style = s })
}

// SinkNoCut switches off the rule for cut values. What goes to a remote peer
// must not have it: a peer that sees its own guesses reflected could otherwise
// search for a value byte by byte.
func SinkNoCut() SinkOption { return sinkOptionFunc(func(c *sinkConfig) { c.noCut = true }) }

// SinkJSON says that each record is a JSON text: a number that is a secret
// becomes a quoted tag, and a record that was valid JSON stays valid whatever
// was redacted. It has an effect on [RecordWriter] and [Event.AppendRecord]
// only.
func SinkJSON() SinkOption { return sinkOptionFunc(func(c *sinkConfig) { c.json = true }) }

// NewSink returns a Sink over src. It panics if src is nil.
func NewSink(src Source, name string, opts ...SinkOption) *Sink {
	if src == nil {
		panic("redact: nil Source")
	}
	s := &Sink{src: src, cfg: sinkConfig{name: name}}
	for _, o := range opts {
		o.applySink(&s.cfg)
	}
	return s
}

// Event loads the snapshot to use for one event. A Source that returns nil is
// treated as unavailable: everything is redacted.
func (s *Sink) Event() Event { return s.EventOf(s.src.Matcher()) }

// EventOf returns an Event under a snapshot that is not, or no longer, the current
// one, for what has begun under it. nil redacts everything.
func (s *Sink) EventOf(m *Matcher) Event { return Event{m: orClosed(m), cfg: &s.cfg} }

// current loads a snapshot and fails closed.
func current(src Source) *Matcher { return orClosed(src.Matcher()) }

func orClosed(m *Matcher) *Matcher {
	if m == nil {
		return closed
	}
	return m
}

// An Event redacts the texts of one event under one snapshot. It is a small
// value, safe to copy and for concurrent use. The zero Event redacts everything.
type Event struct {
	m   *Matcher
	cfg *sinkConfig
}

var zeroSinkConfig sinkConfig

func (e Event) load() (*Matcher, *sinkConfig) {
	if e.m == nil {
		return closed, &zeroSinkConfig
	}
	return e.m, e.cfg
}

// Matcher returns the snapshot, which makes an Event a [Source]. Two Events
// with the same Matcher redact alike.
func (e Event) Matcher() *Matcher { m, _ := e.load(); return m }

// String returns s with every secret replaced by its tag; s itself, without
// allocation, if there is none.
func (e Event) String(s string) string {
	if e.m != nil && len(s) < e.m.least {
		return s // most keys: without a call
	}
	return e.string(s)
}

func (e Event) string(s string) string { m, c := e.load(); return m.redactString(s, c) }

// Append appends src to dst with every secret replaced by its tag. dst and src
// must not overlap.
func (e Event) Append(dst, src []byte) []byte { m, c := e.load(); return m.appendText(dst, src, c) }

// AppendRecord is Append for a whole record: the line end that closes it is
// kept, and with [SinkJSON] it stays valid JSON.
func (e Event) AppendRecord(dst, src []byte) []byte {
	m, c := e.load()
	return m.appendRecord(dst, src, c)
}

// Record returns src itself if it needs no change, and otherwise does what
// AppendRecord does with the slice that room returns, which is not asked before.
func (e Event) Record(src []byte, room func() []byte) []byte {
	m, c := e.load()
	return m.redactRecord(src, c, room)
}

// Clean reports whether src would come back unchanged from Append. It reports
// no hits.
func (e Event) Clean(src []byte) bool { m, c := e.load(); return m.clean(src, c) }
