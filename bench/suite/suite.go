// Package suite is what is measured: each file fills one or a few tables.
package suite

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/measure"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
)

// A Suite measures into a Run.
type Suite struct {
	Run    *report.Run
	Effort measure.Effort
	Full   bool           // the whole programme, which takes a while
	Memory int            // bytes that an engine may take
	Text   int            // bytes of each text
	Most   int            // largest number of secrets
	Long   int            // bytes of the long stream
	Only   *regexp.Regexp // of engine names; nil: all
	Log    func(format string, args ...any)
	Wrong  bool // an answer of ours was wrong

	texts map[corpus.Style]string
}

// Parts are the parts of the suite by name, in the order in which they run.
var Parts = []struct {
	Name string
	Do   func(*Suite)
}{
	{"clean", (*Suite).clean},
	{"corpora", (*Suite).corpora},
	{"kinds", (*Suite).kinds},
	{"dirty", (*Suite).dirty},
	{"hostile", (*Suite).hostile},
	{"secrets", (*Suite).secrets},
	{"length", (*Suite).length},
	{"short", (*Suite).short},
	{"rotation", (*Suite).rotation},
	{"stream", (*Suite).stream},
	{"scaling", (*Suite).scaling},
	{"targets", (*Suite).targets},
}

// text returns clean text.
func (s *Suite) text(style corpus.Style) string {
	if s.texts == nil {
		s.texts = map[corpus.Style]string{}
	}
	if s.texts[style] == "" {
		s.texts[style] = corpus.Text(style, s.Text)
	}
	return s.texts[style]
}

// upTo drops the numbers of secrets that are too large for this run.
func (s *Suite) upTo(counts ...int) []int {
	return slices.DeleteFunc(counts, func(n int) bool { return n > s.Most })
}

// engines returns the engines to measure.
func (s *Suite) engines() []rival.Engine {
	var out []rival.Engine
	for _, e := range rival.Engines() {
		if s.Only == nil || s.Only.MatchString(e.Name) {
			out = append(out, e)
		}
	}
	return out
}

// named returns those of the given engines that are in this build and wanted.
func (s *Suite) named(names ...string) []rival.Engine {
	var out []rival.Engine
	for _, n := range names {
		if e, ok := rival.ByName(n); ok && (s.Only == nil || s.Only.MatchString(n)) {
			out = append(out, e)
		}
	}
	return out
}

// Names of engines that tables and targets refer to.
const (
	ours      = "tagout"
	replacer  = "strings.NewReplacer"
	streaming = "naive streaming replacer"
	hyperscan = "Hyperscan (C++, cgo)"
	bobusum   = "BobuSumisu/aho-corasick"
)

// An instance is an engine that was built and has answered right.
type instance struct {
	rival.Redactor
	build time.Duration
	heap  int
}

// prepare builds an engine and checks its answers. Where that fails it returns
// the word to show instead of figures.
func (s *Suite) prepare(e rival.Engine, j rival.Job, lines []string) (inst *instance, word report.Cell) {
	if need := e.PerByte * j.Size(); need > s.Memory {
		return nil, report.Word("needs ~%.1f GB", float64(need)/1e9)
	}
	if e.MaxSize > 0 && j.Size() > e.MaxSize {
		return nil, report.Word("too large")
	}
	defer func() {
		if p := recover(); p != nil {
			s.fail(e.Name, "building: panic: %.100v", p)
			inst, word = nil, report.Word("panics")
		}
	}()
	inst = new(instance)
	var err error
	inst.heap, inst.build = measure.Heap(func() any {
		inst.Redactor, err = e.Build(j)
		return inst
	})
	if err != nil {
		s.fail(e.Name, "%v", err)
		return nil, report.Word("fails")
	}
	inst.heap += inst.Outside
	if lines == nil {
		return inst, word
	}
	if err := rival.Check(inst.Redactor, j, lines[:min(len(lines), s.sample(j))]); err != nil {
		s.fail(e.Name, "%v", err)
		inst.close()
		if strings.Contains(err.Error(), "panics") {
			return nil, report.Word("panics")
		}
		return nil, report.Word("wrong")
	}
	return inst, word
}

// sample is how many lines an answer is checked on: fewer where the slow
// engines would take minutes.
func (s *Suite) sample(j rival.Job) int {
	if len(j.Patterns) > 20_000 {
		return 60
	}
	return 200
}

// fail keeps a wrong answer. A rival's is shown; one of ours is an error.
func (s *Suite) fail(engine, format string, args ...any) {
	f := engine + ": " + fmt.Sprintf(format, args...)
	s.Wrong = s.Wrong || engine == ours
	s.Run.Failures = append(s.Run.Failures, f)
	s.Log("WRONG: %s", f)
}

func (i *instance) close() {
	if i.Close != nil {
		i.Close()
	}
	i.Redactor = rival.Redactor{}
	runtime.GC()
}

// rate measures an engine over texts, each given in one call. Of an engine too
// slow for all of them it takes as many as the effort allows.
func (s *Suite) rate(i *instance, texts []string) report.Cell {
	texts = s.affordable(i, texts)
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	var sink int
	gbps := s.Effort.Rate(size, func() {
		for _, t := range texts {
			sink += len(i.Redact(t))
		}
	})
	runtime.KeepAlive(sink)
	return report.Figure(gbps)
}

// affordable returns the first of the texts, and of the first text the
// beginning, as far as one pass over them takes a fraction of the effort.
func (s *Suite) affordable(i *instance, texts []string) []string {
	probe := texts[0][:min(len(texts[0]), 16<<10)]
	start := time.Now()
	i.Redact(probe)
	perByte := float64(time.Since(start)) / float64(len(probe))
	budget := int(float64(s.Effort.Limit/4) / perByte)
	if len(texts[0]) > budget {
		return []string{texts[0][:max(len(probe), budget)]}
	}
	size := 0
	for k, t := range texts {
		if size += len(t); size > budget {
			return texts[:max(1, k)]
		}
	}
	return texts
}

// add adds a table and logs it.
func (s *Suite) add(t report.Table) {
	s.Run.Tables = append(s.Run.Tables, t)
	s.Log("%s", t.Text())
}
