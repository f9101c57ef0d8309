package suite

import (
	"fmt"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
)

// corpora measures the styles of text, by line.
func (s *Suite) corpora() {
	t := report.Table{ID: "corpora", Title: "Kinds of clean text, 1,000 secrets, one call per line", Unit: "GB/s"}
	for _, style := range corpus.Styles {
		t.Columns = append(t.Columns, string(style))
	}
	secrets := corpus.Secrets(corpus.Tokens, min(1000, s.Most))
	for _, c := range []struct {
		engine string
		forms  bool
	}{{ours, true}, {ours, false}, {hyperscan, true}, {bobusum, false}, {replacer, false}} {
		for _, e := range s.named(c.engine) {
			row := report.Row{Name: fmt.Sprintf("%s, %s", e.Name, map[bool]string{true: "all forms", false: "raw"}[c.forms])}
			j := rival.NewJob(secrets, c.forms)
			for _, style := range corpus.Styles {
				lines := corpus.Lines(s.text(style))
				inst, word := s.prepare(e, j, lines)
				if inst != nil {
					word = s.rate(inst, lines)
					inst.close()
				}
				row.Cells = append(row.Cells, word)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	s.add(t)
}

// kinds measures what secrets look like: short ones leave less to go by.
func (s *Suite) kinds() {
	rate := report.Table{ID: "kinds", Title: "Kinds of secrets in all forms, clean JSON, one call per line, tagout", Unit: "GB/s"}
	memory := report.Table{ID: "kinds-memory", Title: "Memory per secret in all forms, tagout", Unit: "bytes"}
	build := report.Table{ID: "kinds-build", Title: "Time to build, all forms, tagout", Unit: "ms"}
	lines := corpus.Lines(s.text(corpus.JSON))
	counts := s.upTo(10, 1000, 10_000)
	for _, n := range counts {
		for _, t := range []*report.Table{&rate, &memory, &build} {
			t.Columns = append(t.Columns, count(n))
		}
	}
	for _, kind := range corpus.Kinds {
		var cells [3][]report.Cell
		for _, n := range counts {
			row := []report.Cell{report.Word("-"), report.Word("-"), report.Word("-")}
			if kind != corpus.PEMs || n <= 1000 { // 17 MB of keys are no set of secrets
				s.Log("kinds: %d %s", n, kind)
				inst, word := s.prepare(rival.Tagout, rival.NewJob(corpus.Secrets(kind, n), true), lines)
				if inst == nil {
					row = []report.Cell{word, word, word}
				} else {
					row = []report.Cell{s.rate(inst, lines), report.Figure(float64(inst.heap) / float64(n)), report.Figure(float64(inst.build.Microseconds()) / 1000)}
					inst.close()
				}
			}
			for i := range cells {
				cells[i] = append(cells[i], row[i])
			}
		}
		for i, t := range []*report.Table{&rate, &memory, &build} {
			t.Rows = append(t.Rows, report.Row{Name: string(kind), Cells: cells[i]})
		}
	}
	s.add(rate)
	s.add(memory)
	s.add(build)
}

// dirty measures text with secrets in it.
func (s *Suite) dirty() {
	t := report.Table{ID: "dirty", Title: "JSON logs with secrets, 1,000 in all forms, one call per line", Unit: "GB/s"}
	lines := corpus.Lines(s.text(corpus.JSON))
	j := rival.NewJob(corpus.Secrets(corpus.Tokens, min(1000, s.Most)), true)
	shares := []int{1000, 100, 10, 1}
	for _, every := range shares {
		t.Columns = append(t.Columns, fmt.Sprintf("%g %% of lines", 100/float64(every)))
	}
	for _, e := range s.named(ours, hyperscan, replacer) {
		row := report.Row{Name: e.Name}
		inst, word := s.prepare(e, j, lines)
		for _, every := range shares {
			if inst != nil {
				texts, want := corpus.Plant(lines, j.Secrets, j.Patterns, every)
				word = s.rate(inst, texts)
				for i := range texts[:min(2000, len(texts))] {
					if got := inst.Redact(texts[i]); got != want[i] {
						s.fail(e.Name, "dirty line %d: another answer", i)
						word = report.Word("wrong")
						break
					}
				}
			}
			row.Cells = append(row.Cells, word)
		}
		if inst != nil {
			inst.close()
		}
		t.Rows = append(t.Rows, row)
	}
	s.add(t)
}
