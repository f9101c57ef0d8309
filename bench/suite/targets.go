package suite

import (
	"fmt"

	"github.com/seed-00b494d3/tagout/bench/report"
)

// targets sets what is asked of the engine beside what was measured in this
// very run. Ratios travel between machines, figures do not.
func (s *Suite) targets() {
	t := report.Table{ID: "targets", Title: "What is asked, and what this run measured", Unit: "", Columns: []string{"asked", "measured", "met"}}
	r := s.Run
	row := func(name, asked string, got float64, format string, met bool) {
		word := "yes"
		if !met {
			word = "NO"
		}
		t.Rows = append(t.Rows, report.Row{Name: name, Cells: []report.Cell{report.Word("%s", asked), report.Word(format, got), report.Word("%s", word)}})
	}
	all, large, few := set{1000, true}.String(), set{10_000, true}.String(), set{10, true}.String()
	raw := set{1000, false}.String()
	ratio := func(name, asked string, a, b float64, okA, okB bool, least float64) {
		if okA && okB && b > 0 {
			row(name, asked, a/b, "%.1fx", a/b >= least)
		}
	}
	us, okUs := r.Cell("clean-line", ours, all)
	other, ok := r.Cell("clean-line", replacer, raw)
	ratio("clean JSON by line, 1,000 in all forms: times NewReplacer with the raw values", ">= 20x", us, other, okUs, ok, 20)
	other, ok = r.Cell("clean-line", streaming, raw)
	ratio("the same: times the naive streaming replacer with the raw values", ">= 100x", us, other, okUs, ok, 100)
	other, ok = r.Cell("clean-line", hyperscan, all)
	ratio("the same: times Hyperscan with the same forms spelled out", ">= 1x (goal 2x)", us, other, okUs, ok, 1)
	a, okA := r.Cell("clean-line", ours, few)
	b, okB := r.Cell("clean-line", ours, large)
	if okA && okB {
		row("from 10 to 10,000 secrets in all forms, by line", "within 4x", a/b, "%.1fx", a/b <= 4)
	}
	if v, ok := r.Cell("allocs", ours, all); ok {
		row("allocations per clean line", "0", v, "%g", v == 0)
	}
	if v, ok := r.Cell("memory", ours, large); ok {
		row("memory of 10,000 secrets in all forms", "<= 40 MB", v, "%.1f MB", v <= 40)
	}
	if v, ok := r.Cell("build", ours, large); ok {
		row("build of 10,000 secrets in all forms", "<= 300 ms", v, "%.0f ms", v <= 300)
	}
	if v, ok := r.Cell("rotation", "10,000 secrets", "median"); ok {
		row("one rotation of 10,000 in force, median", "<= 2 ms (goal 100 us)", v, "%.0f us", v <= 2000)
	}
	if v, ok := r.Cell("rotation", "10,000 secrets", "longest"); ok {
		row("one rotation of 10,000 in force, longest", "<= 2 ms", v, "%.0f us", v <= 2000)
	}
	if tab, ok := r.Table("hostile"); ok {
		worst, where := 0.0, ""
		for _, h := range tab.Rows {
			slow, ok1 := r.Cell("hostile", h.Name, ours)
			clean, ok2 := r.Cell("hostile", h.Name, onClean)
			if ok1 && ok2 && clean/slow > worst {
				worst, where = clean/slow, h.Name
			}
		}
		if where != "" {
			row(fmt.Sprintf("hostile inputs: clean speed over the slowest (%s)", where), "<= 30x", worst, "%.1fx", worst <= 30)
		}
	}
	if p, ok := r.Cell("corpora", ours+", all forms", "json"); ok {
		if e, ok := r.Cell("corpora", ours+", all forms", "escapes"); ok {
			row("text full of escapes: times the cost of plain JSON", "<= 2x", p/e, "%.1fx", p/e <= 2)
		}
	}
	if v, ok := r.Cell("stream", "StreamWriter, writes of 1 MiB", "time, times Append's"); ok {
		row("StreamWriter, writes of 1 MiB: times the time of Append", "<= 1.3x", v, "%.2fx", v <= 1.3)
	}
	if v, ok := r.Cell("stream", "StreamWriter, writes of 100 bytes", "time, times Append's"); ok {
		row("StreamWriter, writes of 100 bytes: times the time of Append", "<= 2x", v, "%.2fx", v <= 2)
	}
	s.add(t)
}
