package redact

// A text is matched as it is and in several views: as it reads after escapes of
// one kind, or of mixed kinds, were decoded, up to some depth. Views form a
// tree: each decodes what its parent reads.
//
//	raw ─┬─ json ─┬─ json2 ── json3      backslash escapes alone
//	     │        ├─ json+fold
//	     │        └─ json+dump
//	     ├─ percent ── percent2 ── percent3
//	     ├─ entity ── entity2
//	     ├─ mixed ── mixed2 ── mixed3 ── mixed4
//	     ├─ fold                         lines that were broken at a column
//	     └─ dump                         the format of hex.Dump
//
// The mixed views decode backslash, percent and entity escapes together, and
// read over line breaks with indentation, soft line breaks and ANSI control
// sequences inside a value. The folded views read over line breaks alone: what
// follows one may be white space of the value. The pure views are there because a value, or what
// stands before it, can itself contain what looks like an escape of another
// kind.
//
// A view costs nothing while it reads the same as its parent. It wakes up at an
// escape, with a copy of the parent's automaton states, and goes back to sleep
// once no decoded character is part of its states.
type viewID uint8

const (
	viewRaw viewID = iota
	viewJSON
	viewJSON2
	viewJSON3
	viewPercent
	viewPercent2
	viewPercent3
	viewEntity
	viewEntity2
	viewMixed
	viewMixed2
	viewMixed3
	viewMixed4
	viewFold
	viewJSONFold
	viewDump
	viewJSONDump
	numViews
)

var viewNames = [numViews]string{
	"", "json", "json2", "json3", "percent", "percent2", "percent3", "entity", "entity2", "mixed", "mixed2", "mixed3", "mixed4", "fold", "json+fold", "dump", "json+dump",
}

// viewTree describes the views: the parent of each and what it decodes.
var viewTree = [numViews]struct {
	parent  viewID
	escapes escapeSet
	gaps    bool // reads over line breaks
	indents bool // and over indentation after them, and control sequences
	dump    bool
}{
	viewJSON:     {parent: viewRaw, escapes: backslashEscapes},
	viewJSON2:    {parent: viewJSON, escapes: backslashEscapes},
	viewJSON3:    {parent: viewJSON2, escapes: backslashEscapes},
	viewPercent:  {parent: viewRaw, escapes: percentEscapes},
	viewPercent2: {parent: viewPercent, escapes: percentEscapes},
	viewPercent3: {parent: viewPercent2, escapes: percentEscapes},
	viewEntity:   {parent: viewRaw, escapes: entityEscapes},
	viewEntity2:  {parent: viewEntity, escapes: entityEscapes},
	viewMixed:    {parent: viewRaw, escapes: backslashEscapes | percentEscapes | entityEscapes, gaps: true, indents: true},
	viewMixed2:   {parent: viewMixed, escapes: backslashEscapes | percentEscapes | entityEscapes, gaps: true, indents: true},
	viewMixed3:   {parent: viewMixed2, escapes: backslashEscapes | percentEscapes | entityEscapes, gaps: true, indents: true},
	viewMixed4:   {parent: viewMixed3, escapes: backslashEscapes | percentEscapes | entityEscapes, gaps: true, indents: true},
	viewFold:     {parent: viewRaw, gaps: true},
	viewJSONFold: {parent: viewJSON, gaps: true},
	viewDump:     {parent: viewRaw, dump: true},
	viewJSONDump: {parent: viewJSON, dump: true},
}

// A viewSet is a set of views, a bit for each.
type viewSet uint32

// viewsBelow holds for each view itself and those that derive from it.
var viewsBelow = func() (t [numViews]viewSet) {
	for id := viewRaw; id < numViews; id++ {
		for k := id; ; k = viewTree[k].parent {
			t[k] |= 1 << id
			if k == viewRaw {
				break
			}
		}
	}
	return
}()

const (
	// maxSegments bounds the automata that one snapshot runs side by side.
	maxSegments = 8
	// wrapMin is how many bytes of a value must stand before a line break inside
	// it. With fewer, the end of nearly every line could begin a secret and
	// would be held back.
	wrapMin = 4
	// colourMin is the same for control sequences.
	colourMin = 2
	// maxGap is the most that is read over inside a value, in source bytes.
	maxGap = 256
)

// A char is one byte of a view with the source bytes that spell it.
type char struct {
	c    byte
	s, e int64
}

// A view is the reading of a text at one node of the tree. Its automaton states
// are those after the bytes that it has read.
type view struct {
	id     viewID
	parent *view
	kids   []*view
	active bool
	used   bool // was active since the scanner was taken

	states [maxSegments]position
	depth  int // what of the text read may still become a match, by the deepest state

	lastByte byte                  // the last character read
	hexRun   uint8                 // hexadecimal digits before that, or dumpReady
	eq       [maxSegments]position // states before it, if it is "=": a soft line break may follow
	eqDepth  int

	// The last characters read since the view woke up and those that its states
	// were made of, for mapping a match back to the source. The raw view has
	// none: its offsets are the source's.
	chars []char
	last  int64 // end of the last character in the source
	since int   // characters since the last decoded one

	// Decoder.
	partial []char // undecided escape
	gap     gapState
	gapFrom int64
	control []char // undecided control sequence
	dump    dumpReader

	// Matches that go on into the next character if that carries bits of them.
	pending []pendingMatch
}

type gapState uint8

const (
	gapNone gapState = iota
	gapWrap          // after a line break: reading over white space
	gapControl
)

// A pendingMatch ends where a block encoding shares a character with what
// follows.
type pendingMatch struct {
	match
	ext alphabet
}

// newViews makes the tree.
func newViews(t *[numViews]view) {
	for i := range t {
		v := &t[i]
		v.id = viewID(i)
		if v.id != viewRaw {
			v.parent = &t[viewTree[i].parent]
			v.parent.kids = append(v.parent.kids, v)
		}
	}
	t[viewRaw].active = true
}

// atRest reports whether the decoder has nothing undecided.
func (v *view) atRest() bool {
	return len(v.partial) == 0 && v.gap == gapNone && !v.dump.busy() && len(v.pending) == 0
}

// sleep makes v read as its parent does.
func (v *view) sleep() {
	v.active = false
	clear(v.chars)
	v.chars = v.chars[:0]
	v.partial = v.partial[:0]
	v.control = v.control[:0]
	v.pending = v.pending[:0]
	v.gap = gapNone
	v.dump.reset()
}
