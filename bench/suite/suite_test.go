package suite

import (
	"regexp"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/bench/measure"
	"github.com/seed-00b494d3/tagout/bench/report"
)

// Every part runs, finds every answer of ours right and fills its tables. The
// figures of so small a run mean nothing and are not looked at.
func TestEveryPartRuns(t *testing.T) {
	s := &Suite{
		Run: &report.Run{}, Effort: measure.Effort{Round: time.Microsecond, Rounds: 1, Limit: 10 * time.Millisecond},
		Memory: 100 << 20, Text: 40_000, Most: 20, Long: 1 << 20,
		Only: regexp.MustCompile("^(tagout|strings.NewReplacer|naive streaming replacer)$"),
		Log:  t.Logf,
	}
	for _, p := range Parts {
		p.Do(s)
	}
	for _, f := range s.Run.Failures {
		t.Errorf("wrong answer: %s", f)
	}
	ids := map[string]bool{}
	for _, table := range s.Run.Tables {
		if ids[table.ID] {
			t.Errorf("two tables %s", table.ID)
		}
		ids[table.ID] = true
		if len(table.Rows) == 0 && table.ID != "targets" {
			t.Errorf("table %s has no rows", table.ID)
		}
		for _, r := range table.Rows {
			if len(r.Cells) != len(table.Columns) {
				t.Errorf("table %s, row %s: %d cells for %d columns", table.ID, r.Name, len(r.Cells), len(table.Columns))
			}
			for i, c := range r.Cells {
				if c.Word == "" && c.Value < 0 {
					t.Errorf("table %s, row %s, %s: %v", table.ID, r.Name, table.Columns[i], c.Value)
				}
			}
		}
	}
	for _, id := range []string{"clean-line", "clean-body", "build", "memory", "allocs", "corpora", "kinds", "dirty", "hostile", "secrets", "length", "short", "rotation", "stream", "long", "scaling", "targets"} {
		if !ids[id] {
			t.Errorf("no table %s", id)
		}
	}
	for id := range report.Plots {
		if !ids[id] {
			t.Errorf("a plot of %s, which is no table", id)
		}
	}
}
