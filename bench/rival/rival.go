// Package rival wraps everything that somebody might use to redact known
// secrets, this project's engine included, behind one function from text to
// text, so that all are given equal work and their answers can be compared.
//
// Every engine is used in the best way its interface allows: text without a
// secret is handed back as it is, without a copy, where the engine can tell.
package rival

import (
	"strings"
	"unsafe"

	"github.com/seed-00b494d3/tagout/bench/corpus"
)

// A Job is what to look for. Engines that know forms use Secrets; the others
// use Patterns, which spell the same out.
type Job struct {
	Secrets  []corpus.Secret
	Patterns []corpus.Pattern
	Forms    bool // all forms, rather than the values alone
}

// NewJob returns the job for a set, the values alone or in all forms.
func NewJob(secrets []corpus.Secret, forms bool) Job {
	if forms {
		return Job{Secrets: secrets, Patterns: corpus.Forms(secrets), Forms: true}
	}
	return Job{Secrets: secrets, Patterns: corpus.Raw(secrets)}
}

// Size is the sum of the lengths of the patterns.
func (j Job) Size() int {
	n := 0
	for _, p := range j.Patterns {
		n += len(p.Text)
	}
	return n
}

func (j Job) texts() []string {
	out := make([]string, len(j.Patterns))
	for i, p := range j.Patterns {
		out[i] = p.Text
	}
	return out
}

// tags returns the tag of each pattern.
func (j Job) tags() []string {
	bySecret := make([]string, len(j.Secrets))
	for i, s := range j.Secrets {
		bySecret[i] = corpus.Tag(s)
	}
	out := make([]string, len(j.Patterns))
	for i, p := range j.Patterns {
		out[i] = bySecret[p.Secret]
	}
	return out
}

// An Engine is a way to redact.
type Engine struct {
	Name string
	// PerByte is about how many bytes of memory the engine takes for each byte
	// of its patterns, as seen; it keeps a run from exhausting the machine.
	PerByte int
	// MaxSize is the sum of the lengths of patterns up to which the engine is of
	// use. 0: no limit.
	MaxSize int
	Build   func(Job) (Redactor, error)
}

// A Redactor is an engine with its set.
type Redactor struct {
	Redact  func(string) string
	Outside int    // bytes held outside the Go heap, as far as known
	Close   func() // may be nil
}

// Engines returns all engines of this build, this project's first.
func Engines() []Engine {
	return append([]Engine{
		Tagout,
		replacer,
		replaceAll,
		alternation,
		cloudflare,
		bobusumisu,
		petar,
		streaming,
	}, extra...)
}

// extra are engines that need a build tag.
var extra []Engine

// ByName returns the engine of a name.
func ByName(name string) (Engine, bool) {
	for _, e := range Engines() {
		if e.Name == name {
			return e, true
		}
	}
	return Engine{}, false
}

// bytesOf lends the bytes of s to an engine that takes a slice and does not
// write to it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// stringOf is the reverse, for results that nobody writes to any more.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// A span is a match of a pattern.
type span struct{ start, end, pattern int }

// splice replaces matches by their tags, leftmost first; of two that overlap
// the later one is dropped. The matches are sorted by start.
func splice(s string, spans []span, tags []string) string {
	if len(spans) == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 32*len(spans))
	at := 0
	for _, m := range spans {
		if m.start < at {
			continue
		}
		b.WriteString(s[at:m.start])
		b.WriteString(tags[m.pattern])
		at = m.end
	}
	b.WriteString(s[at:])
	return b.String()
}
