package suite

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/measure"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
)

// A set is a number of secrets, the values alone or in all forms.
type set struct {
	n     int
	forms bool
}

func (s set) String() string {
	if s.forms {
		return count(s.n) + " in all forms"
	}
	return count(s.n) + " raw"
}

var cleanSets = []set{{10, false}, {1000, false}, {10, true}, {1000, true}, {10_000, true}}

// sets returns the sets that are not too large for this run.
func (s *Suite) sets() []set {
	return slices.DeleteFunc(slices.Clone(cleanSets), func(c set) bool { return c.n > s.Most })
}

// clean measures every engine on JSON logs without a secret, by line and by
// body, and what it costs to have.
func (s *Suite) clean() {
	line := report.Table{ID: "clean-line", Title: "Clean JSON logs, one call per line", Unit: "GB/s"}
	body := report.Table{ID: "clean-body", Title: "Clean JSON logs, one call per MiB", Unit: "GB/s"}
	build := report.Table{ID: "build", Title: "Time to build", Unit: "ms"}
	memory := report.Table{ID: "memory", Title: "Memory of the set", Unit: "MB"}
	allocs := report.Table{ID: "allocs", Title: "Allocations per clean line", Unit: "allocations"}
	tables := []*report.Table{&line, &body, &build, &memory, &allocs}
	for _, set := range s.sets() {
		for _, t := range tables {
			t.Columns = append(t.Columns, set.String())
		}
	}
	text := s.text(corpus.JSON)
	lines, bodies := corpus.Lines(text), corpus.Bodies(text)
	rows := map[string][]*report.Row{}
	var order []string
	for _, e := range s.engines() {
		order = append(order, e.Name)
		for range tables {
			rows[e.Name] = append(rows[e.Name], &report.Row{Name: e.Name})
		}
	}
	for _, set := range s.sets() {
		j := rival.NewJob(corpus.Secrets(corpus.Tokens, set.n), set.forms)
		for _, e := range s.engines() {
			s.Log("clean: %s, %s", e.Name, set)
			cells := make([]report.Cell, len(tables))
			inst, word := s.prepare(e, j, lines)
			if inst == nil {
				for i := range cells {
					cells[i] = word
				}
			} else {
				perLine, _ := s.allocs(inst, lines[:min(200, len(lines))])
				cells = []report.Cell{
					s.rate(inst, lines), s.rate(inst, bodies),
					report.Figure(float64(inst.build.Microseconds()) / 1000), report.Figure(float64(inst.heap) / 1e6),
					report.Figure(perLine),
				}
				inst.close()
			}
			for i := range tables {
				rows[e.Name][i].Cells = append(rows[e.Name][i].Cells, cells[i])
			}
		}
	}
	for i, t := range tables {
		for _, name := range order {
			t.Rows = append(t.Rows, *rows[name][i])
		}
	}
	limit := report.Row{Name: "limit: bytes.IndexByte of an absent byte"}
	for range s.sets() {
		limit.Cells = append(limit.Cells, report.Word("-"))
	}
	limit.Cells[0] = s.rate(absent(), lines)
	line.Rows = append(line.Rows, limit)
	limit.Cells = append([]report.Cell{s.rate(absent(), bodies)}, limit.Cells[1:]...)
	body.Rows = append(body.Rows, limit)
	line.Note = fmt.Sprintf("Secrets are tokens of 32 to 44 characters. In all forms: the others get %d patterns for 1,000 secrets, spelled out; tagout makes its own, more of them, and decodes escapes.",
		len(corpus.Forms(corpus.Secrets(corpus.Tokens, 1000))))
	for _, t := range tables {
		s.add(*t)
	}
}

func (s *Suite) allocs(i *instance, lines []string) (allocs, size float64) {
	var sink int
	defer runtime.KeepAlive(&sink)
	return measure.Allocs(len(lines), func() {
		for _, l := range lines {
			sink += len(i.Redact(l))
		}
	})
}
