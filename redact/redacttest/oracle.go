package redacttest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Spelling is one text that an [Oracle] looks for.
type Spelling struct {
	Name, Version string // within A-Za-z0-9._/-
	Text          string // not empty
}

// An Oracle is a redactor that is slow and obviously right: it compares every
// spelling with every place of the text, takes the union of all occurrences,
// and puts one tag where they share bytes. Tags that it can emit itself are
// passed over. It knows no form but the spellings given and no rule for cut
// values.
type Oracle []Spelling

// Redact returns text with every occurrence replaced.
func (o Oracle) Redact(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		i, n := o.nextTag(text)
		o.redact(&b, text[:i])
		b.WriteString(text[i : i+n])
		text = text[i+n:]
	}
	return b.String()
}

// Find returns what [redact.Matcher.Find] must yield for raw values.
func (o Oracle) Find(text string) []redact.Match {
	var all []redact.Match
	pos := 0
	for pos < len(text) {
		i, n := o.nextTag(text[pos:])
		for _, x := range o.occurrences(text[pos : pos+i]) {
			s := o[x.index]
			all = append(all, redact.Match{Start: pos + x.start, End: pos + x.end, Name: s.Name, Version: s.Version, Form: redact.FormRaw})
		}
		pos += i + n
	}
	return all
}

type occurrence struct{ start, end, index int }

// occurrences returns all of them, by start, the longer first.
func (o Oracle) occurrences(text string) []occurrence {
	var all []occurrence
	for i, s := range o {
		for at := 0; at+len(s.Text) <= len(text); at++ {
			if text[at:at+len(s.Text)] == s.Text {
				all = append(all, occurrence{at, at + len(s.Text), i})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.index, b.index))
	})
	return all
}

// redact handles a text without tags.
func (o Oracle) redact(b *strings.Builder, text string) {
	pos := 0
	all := o.occurrences(text)
	for len(all) > 0 {
		end, n := all[0].end, 1
		for n < len(all) && all[n].start < end {
			end = max(end, all[n].end)
			n++
		}
		b.WriteString(text[pos:all[0].start])
		b.WriteString(o.tag(all[:n]))
		pos, all = end, all[n:]
	}
	b.WriteString(text[pos:])
}

// maxNamed is how many secrets a tag names.
const maxNamed = 3

func (o Oracle) tag(all []occurrence) string {
	var names []string
	for _, x := range all {
		if n := o.shown(x.index); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if more := len(names) - maxNamed; more > 0 {
		names = append(names[:maxNamed], "+"+strconv.Itoa(more))
	}
	return "[REDACTED:" + strings.Join(names, ",") + "]"
}

func (o Oracle) shown(i int) string {
	if o[i].Version == "" {
		return o[i].Name
	}
	return o[i].Name + "@" + o[i].Version
}

// nextTag returns the place and length of the first tag that o can emit, or the
// length of text and 0.
func (o Oracle) nextTag(text string) (int, int) {
	const open = "[REDACTED:"
	for i := 0; ; i++ {
		j := strings.Index(text[i:], open)
		if j < 0 {
			return len(text), 0
		}
		i += j
		if n := strings.IndexByte(text[i:], ']'); n > 0 && o.emits(text[i+len(open):i+n]) {
			return i, n + 1
		}
	}
}

// emits reports whether a tag of o can hold these names.
func (o Oracle) emits(names string) bool {
	parts := strings.Split(names, ",")
	if len(parts) > maxNamed+1 {
		return false
	}
	if len(parts) == maxNamed+1 {
		n, err := strconv.Atoi(strings.TrimPrefix(parts[maxNamed], "+"))
		if err != nil || parts[maxNamed] != "+"+strconv.Itoa(n) || n < 1 || n > len(o)-maxNamed {
			return false
		}
		parts = parts[:maxNamed]
	}
	for i, p := range parts {
		if slices.Contains(parts[:i], p) {
			return false
		}
		if !slices.ContainsFunc(o, func(s Spelling) bool {
			return p == s.Name || s.Version != "" && p == s.Name+"@"+s.Version
		}) {
			return false
		}
	}
	return true
}
