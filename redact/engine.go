package redact

import (
	"bytes"
	"cmp"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// An engine is what a Matcher opens to: the immutable tables of one snapshot.
type engine struct {
	cfg      *config
	merger   *merger
	segments []segmentRef // the oldest and largest first
	live     int          // secrets
	minLen   int          // of the patterns
	maxLen   int
	left     *[256]bool // characters that may carry the first bits of an encoded value
	early    *[256]bool // among the first bytes of patterns
	opaque   map[*secret]string
	nextID   int // of opaque names
}

// A segmentRef is a segment with the secrets of it that are no longer wanted.
type segmentRef struct {
	*segment
	dead bitset
}

// A segment is the automaton of the secrets that were added together.
type segment struct {
	auto    *automaton
	secrets []*secret
	byName  []uint32 // indices of secrets, sorted by name and version
	filter  *filter
	left    [256]bool
	labels  []byte // names and versions, for the check against new values
}

type bitset []uint64

func (b bitset) has(i uint32) bool { return int(i>>6) < len(b) && b[i>>6]>>(i&63)&1 != 0 }

// with returns a copy that also has i.
func (b bitset) with(i uint32, size int) bitset {
	c := make(bitset, (size+63)/64)
	copy(c, b)
	c[i>>6] |= 1 << (i & 63)
	return c
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		for ; w != 0; w &= w - 1 {
			n++
		}
	}
	return n
}

// newMatcher is NewMatcher.
func newMatcher(secrets []Secret, opts ...Option) (*Matcher, error) {
	cfg := &config{min: DefaultMinLength, format: defaultTagFormat, style: TagVersioned}
	for _, o := range opts {
		o.apply(cfg)
	}
	if cfg.style == TagDefault {
		cfg.style = TagVersioned
	}
	if err := cfg.format.check(); err != nil {
		return nil, err
	}
	if cfg.min < MinMinLength {
		return nil, &MinLengthError{Min: cfg.min, Smallest: MinMinLength}
	}
	e, err := (&engine{cfg: cfg, merger: new(merger)}).update(secrets, nil)
	if err != nil {
		return nil, err
	}
	return newMatcherOf(e), nil
}

func newMatcherOf(e *engine) *Matcher {
	return &Matcher{open: func() *engine { return e }, least: min(e.minLen, derivedMin), id: newID()}
}

// emptyEngine is what the zero Matcher opens to.
var emptyEngine = &engine{
	cfg:  &config{min: DefaultMinLength, format: defaultTagFormat, style: TagVersioned},
	left: new([256]bool),
}

func (m *Matcher) engine() *engine {
	if m.open == nil {
		return emptyEngine
	}
	return m.open()
}

// update is Matcher.Update.
func (m *Matcher) update(add, remove []Secret) (*Matcher, error) {
	if m == closed {
		return closed, nil
	}
	e, err := m.engine().update(add, remove)
	return newMatcherOf(e), err
}

// update returns the engine with secrets added and removed, and an error that
// names those that were refused.
func (e *engine) update(add, remove []Secret) (*engine, error) {
	n := &engine{cfg: e.cfg, merger: e.merger, live: e.live, opaque: e.opaque, nextID: e.nextID}
	if n.merger == nil {
		n.merger = new(merger) // the zero Matcher begins a line of its own
	}
	n.segments = n.merger.adopt(slices.Clone(e.segments))
	if len(remove) > 0 {
		gone := make(map[*secret]bool, len(remove))
		for _, r := range remove {
			if !r.IsZero() {
				gone[r.open()] = true
			}
		}
		n.drop(gone)
	}
	var errs []error
	var fresh []*secret
	known := make(map[*secret]bool)
	for i, s := range add {
		if err := e.cfg.refuse(i, s); err != nil {
			errs = append(errs, err)
			continue
		}
		if sec := s.open(); !known[sec] {
			known[sec] = true
			fresh = append(fresh, sec)
		}
	}
	if len(fresh) > 0 {
		n.live += len(fresh)
		seg, err := newSegment(n.cfg, n.absorb(slices.Clone(fresh)))
		if err != nil {
			errs = append(errs, err)
		}
		n.segments = append(n.segments, segmentRef{segment: seg})
	}
	n.tidy()
	n.summarise()
	n.disguise(fresh)
	return n, errors.Join(errs...)
}

// summarise fills in what follows from the segments.
func (n *engine) summarise() {
	n.left, n.early = new([256]bool), new([256]bool)
	for i, seg := range n.segments {
		if i == 0 || seg.auto.minLen < n.minLen {
			n.minLen = seg.auto.minLen
		}
		n.maxLen = max(n.maxLen, seg.auto.maxLen)
		for c := range n.left {
			n.left[c] = n.left[c] || seg.left[c]
			n.early[c] = n.early[c] || seg.filter.early[c]
		}
	}
}

// drop marks secrets as dead, and forgets segments in which none is left.
func (n *engine) drop(gone map[*secret]bool) {
	kept := n.segments[:0]
	for _, seg := range n.segments {
		for i, s := range seg.secrets {
			if gone[s] && !seg.dead.has(uint32(i)) {
				seg.dead = seg.dead.with(uint32(i), len(seg.secrets))
				n.live--
			}
		}
		if seg.alive() > 0 {
			kept = append(kept, seg)
		}
	}
	n.segments = kept
}

// refuse returns why a secret cannot be matched, nil if it can.
func (c *config) refuse(i int, s Secret) error {
	if s.IsZero() || s.Name() == "" {
		return &UnnamedSecretError{Index: i}
	}
	sec := s.open()
	defer runtime.KeepAlive(sec) // a guarded value goes with its secret
	least := cmp.Or(sec.min, c.min)
	switch {
	case least < MinMinLength:
		return &MinLengthError{Name: c.nameForError(sec), Min: least, Smallest: MinMinLength}
	case len(bytes.TrimSpace(sec.value)) == 0:
		return &BlankSecretError{Name: sec.name, Len: len(sec.value)}
	case len(sec.value) < least:
		return &ShortSecretError{Name: c.nameForError(sec), Len: len(sec.value), Min: least}
	case len(sec.value) > MaxLength:
		return &LongSecretError{Name: c.nameForError(sec), Len: len(sec.value), Max: MaxLength}
	case bytes.Contains(sec.value, []byte(c.format.open)):
		return &TagSecretError{Name: c.nameForError(sec)}
	}
	return nil
}

// nameForError is the name, unless it gives the value away.
func (c *config) nameForError(s *secret) string {
	if len(s.value) > 0 && bytes.Contains([]byte(s.name), s.value) {
		return "(a name that contains its value)"
	}
	return s.name
}

// newSegment builds the automaton of some secrets. It is complete even if there
// is an error: its tables are not in guarded memory then, as they should be.
func newSegment(cfg *config, secrets []*secret) (*segment, error) {
	seg := &segment{secrets: secrets, byName: make([]uint32, len(secrets))}
	t, all := spellAll(cfg, secrets)
	var lefts [256]bool
	for i := range all {
		lefts[all[i].left] = true
	}
	for b, ok := range lefts {
		if !ok {
			continue
		}
		for c := range seg.left {
			seg.left[c] = seg.left[c] || leftBits(b).carriedBy(byte(c))
		}
	}
	for i, s := range secrets {
		seg.byName[i] = uint32(i)
		seg.labels = append(append(seg.labels, s.label()...), '\n')
	}
	slices.SortFunc(seg.byName, func(a, b uint32) int {
		return cmp.Or(strings.Compare(secrets[a].name, secrets[b].name), strings.Compare(secrets[a].version, secrets[b].version))
	})
	a := newAutomaton(t, distinctLines(t, all), func(a *automaton) { seg.filter = newFilter(a) })
	seg.auto = a
	if !cfg.guarded {
		return seg, nil
	}
	return seg, a.guard(secrets, t.sources)
}

// spellAll returns everything to look for.
func spellAll(cfg *config, secrets []*secret) (texts, []needle) {
	const grain = 64 // secrets at a time
	parts := make([]needles, (len(secrets)+grain-1)/grain)
	parallel(len(secrets), grain, func(lo, hi int) {
		for k := lo; k < hi; k += grain {
			n, end := &parts[k/grain], min(k+grain, hi)
			n.cfg = cfg
			n.out, n.sources = make([]needle, 0, 40*(end-k)), make([]source, 0, 2*(end-k))
			for i := k; i < end; i++ {
				n.spell(uint32(i), secrets[i])
			}
			n.maker.wipe()
		}
	})
	if len(parts) == 1 {
		return parts[0].texts, parts[0].out
	}
	var t texts
	var all []needle
	sources, marked, total := 0, 0, 0
	for i := range parts {
		sources, marked, total = sources+len(parts[i].sources), marked+len(parts[i].marks), total+len(parts[i].out)
	}
	t.sources, t.marks, all = make([]source, 0, sources), make([]marks, 0, marked), make([]needle, 0, total)
	for i := range parts {
		n := &parts[i]
		for k := range n.sources {
			if n.sources[k].marks != 0 {
				n.sources[k].marks += uint32(len(t.marks))
			}
		}
		for k := range n.out {
			n.out[k].src += uint32(len(t.sources))
		}
		t.sources, t.marks, all = append(t.sources, n.sources...), append(t.marks, n.marks...), append(all, n.out...)
		*n = needles{}
	}
	return t, all
}

// maxSharing is how many values may share a line that they are recognised by.
const maxSharing = 8

// distinctLines drops the lines that many values share from the sequences by
// which those are recognised: such a line says little, and each of its
// occurrences would have to be followed up for all of them.
func distinctLines(t texts, all []needle) []needle {
	count := make(map[string]int)
	text := func(nd *needle) string { return string(t.sources[nd.src].bytes) }
	for i := range all {
		if all[i].piece != 0 {
			count[text(&all[i])]++
		}
	}
	if len(count) == 0 {
		return all
	}
	kept := all[:0]
	for i := 0; i < len(all); {
		if all[i].piece == 0 {
			kept = append(kept, all[i])
			i++
			continue
		}
		// The pieces of a sequence stand in a row.
		j := i + int(all[i].pieces)
		var sequence []needle
		for _, nd := range all[i:j] {
			if count[text(&nd)] <= maxSharing {
				sequence = append(sequence, nd)
			}
		}
		if len(sequence) > 1 {
			for k := range sequence {
				sequence[k].piece, sequence[k].pieces = uint8(k+1), uint8(len(sequence))
			}
			kept = append(kept, sequence...)
		}
		i = j
	}
	return kept
}

// disguise gives opaque ids to the secrets whose name or version contains a
// value that is registered: the fresh names against all values, all names
// against the fresh values.
func (n *engine) disguise(fresh []*secret) {
	if len(fresh) == 0 {
		return
	}
	opaque := func(s *secret) {
		if n.opaque[s] != "" {
			return
		}
		m := make(map[*secret]string, len(n.opaque)+1)
		for k, v := range n.opaque {
			m[k] = v
		}
		n.nextID++
		m[s] = "id-" + strconv.Itoa(n.nextID)
		n.opaque = m
	}
	suspicious := false
	for _, s := range fresh {
		if len(s.name) > maxShownName || n.contains([]byte(s.label())) {
			opaque(s)
		}
	}
	// The fresh ones are in the newest segment.
	newest := &engine{cfg: n.cfg, segments: n.segments[len(n.segments)-1:]}
	newest.summarise()
	for _, seg := range n.segments {
		suspicious = suspicious || newest.contains(seg.labels)
	}
	if !suspicious {
		return
	}
	for _, seg := range n.segments {
		for i, s := range seg.secrets {
			if !seg.dead.has(uint32(i)) && n.contains([]byte(s.label())) {
				opaque(s)
			}
		}
	}
}

// label is how tags name a secret, unless that gives a value away.
func (s *secret) label() string { return s.name + "@" + s.version }

// contains reports whether a form of a secret occurs in a text.
func (e *engine) contains(text []byte) bool {
	cfg := sinkConfig{noCut: true}
	sc := newScanner(e, &cfg)
	defer sc.release()
	sc.all = true
	sc.data, sc.final = text, true
	sc.run(0)
	sc.end()
	return len(sc.found) > 0
}

// show returns how tags name a secret.
func (e *engine) show(s *secret) shown {
	if id := e.opaque[s]; id != "" {
		return shown{name: id}
	}
	return shown{name: s.name, version: s.version}
}

// shows reports whether the snapshot can show such a name: with that version,
// or with none where the style leaves versions out.
func (e *engine) shows(name, version []byte) bool {
	for _, seg := range e.segments {
		i, _ := slices.BinarySearchFunc(seg.byName, name, func(i uint32, name []byte) int {
			return compareBytes(seg.secrets[i].name, name)
		})
		for ; i < len(seg.byName); i++ {
			s := seg.secrets[seg.byName[i]]
			if s.name != string(name) {
				break
			}
			if (len(version) == 0 || s.version == string(version)) && !seg.dead.has(seg.byName[i]) && e.opaque[s] == "" {
				return true
			}
		}
	}
	if len(version) == 0 && len(e.opaque) > 0 {
		for _, id := range e.opaque {
			if id == string(name) {
				return true
			}
		}
	}
	return false
}

// compareBytes is strings.Compare without a conversion.
func compareBytes(a string, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return cmp.Compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b))
}
