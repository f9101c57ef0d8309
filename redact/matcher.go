package redact

import (
	"cmp"
	"iter"
	"sync/atomic"
)

// A Source provides the [Matcher] to use now. An implementation is safe for
// concurrent use, does not block, and never returns nil: adapters treat nil as
// [Closed]. It is loaded once for every event.
type Source interface{ Matcher() *Matcher }

// A Matcher is an immutable snapshot that finds every form of every secret it
// was made from. It is safe for concurrent use. The zero Matcher knows no
// secrets and changes nothing.
type Matcher struct {
	hidden
	open  func() *engine // nil: no secrets
	least int            // of shorter texts none has anything in it; 0 if that is not known
	id    uint64
}

// Match is one occurrence of one secret.
type Match struct {
	Start, End int    // byte offsets: src[Start:End]
	Name       string // as tags show it
	Version    string // as tags show it, empty if there is none
	Form       Form
	Cut        bool // only a prefix of the value is there
}

// compareHits orders occurrences by start, the longer first, then by name, then
// the plainest reading first.
func compareHits(e *engine, a, b match) int {
	if c := cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)); c != 0 {
		return c
	}
	x, y := e.show(e.segments[a.segment].secrets[a.entry.secret]), e.show(e.segments[b.segment].secrets[b.entry.secret])
	return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.version, y.version),
		cmp.Compare(a.view, b.view), cmp.Compare(a.entry.form, b.entry.form))
}

// NewMatcher returns a Matcher for the secrets. If it refuses any, it returns
// nil and an error that joins one typed error for each of them, all named.
func NewMatcher(secrets []Secret, opts ...Option) (*Matcher, error) {
	return newMatcher(secrets, opts...)
}

// Update returns a Matcher that also knows the secrets of add and no longer
// those of remove, which are told by identity (see [Secret]), with the options
// of m. Secrets that it refuses are left out and named in the error, joined;
// the Matcher is valid all the same. m itself does not change. The cost is that
// of the change, not that of the whole set.
func (m *Matcher) Update(add, remove []Secret) (*Matcher, error) {
	return m.update(add, remove)
}

// Check returns the error with which m.Update would refuse s, nil if it would
// take it.
func (m *Matcher) Check(s Secret) error {
	if m == closed {
		return nil
	}
	return m.engine().cfg.refuse(0, s)
}

// Closed returns a Matcher that turns every text that is not empty into the tag
// [REDACTED:unavailable]: what a Source returns when it cannot vouch for its
// secrets and must fail closed.
func Closed() *Matcher { return closed }

var closed = &Matcher{id: newID()}

// Matcher returns m, so that a fixed set is its own [Source].
func (m *Matcher) Matcher() *Matcher { return m }

// ID tells the snapshots of a process apart: two of the same ID are one, or both
// zero. Who keeps what was made under a snapshot, but not the snapshot itself,
// which holds values that may have been withdrawn, remembers its ID.
func (m *Matcher) ID() uint64 { return m.id }

var lastID atomic.Uint64

func newID() uint64 { return lastID.Add(1) }

// Len returns the number of secrets.
func (m *Matcher) Len() int {
	if m == closed {
		return 0
	}
	return m.engine().live
}

// String returns s with every secret replaced by its tag; s itself, without
// allocation, if there is none. The end of s counts as the end of a field: a
// value that is cut there is redacted too.
func (m *Matcher) String(s string) string {
	if len(s) < m.least {
		return s
	}
	return m.redactString(s, &zeroSinkConfig)
}

// Append appends src to dst with every secret replaced by its tag, and returns
// the extended buffer. dst and src must not overlap.
func (m *Matcher) Append(dst, src []byte) []byte { return m.appendText(dst, src, &zeroSinkConfig) }

// Find yields every occurrence of every secret, overlapping ones included, by
// start, the longer first. It copies what it needs of src before it yields.
func (m *Matcher) Find(src []byte) iter.Seq[Match] {
	return m.find(src)
}
