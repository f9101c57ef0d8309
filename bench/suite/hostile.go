package suite

import (
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
)

// onClean is the column of the same set on JSON logs, to compare with.
const onClean = "tagout on clean JSON"

// hostile measures inputs that are made to be slow. Ours has all forms on; the
// others have the values alone.
func (s *Suite) hostile() {
	n := min(10_000, s.Most)
	t := report.Table{ID: "hostile", Title: "Hostile inputs, one call per MiB", Unit: "GB/s"}
	engines := s.named(ours, hyperscan, replacer)
	if s.Full {
		engines = s.named(ours, hyperscan, replacer, bobusum)
	}
	bodies := corpus.Bodies(s.text(corpus.JSON))
	for _, e := range engines {
		t.Columns = append(t.Columns, e.Name)
		if e.Name == ours {
			t.Columns = append(t.Columns, onClean)
		}
	}
	for _, h := range corpus.HostileInputs(n, 1<<20) {
		s.Log("hostile: %s", h.Name)
		row := report.Row{Name: h.Name}
		for _, e := range engines {
			j := rival.NewJob(h.Secrets, e.Name == ours)
			inst, word := s.prepare(e, j, nil)
			baseline := word
			if inst != nil && hangs(inst, h.Text) {
				if e.Name == ours {
					s.fail(e.Name, "hostile: %s: takes minutes", h.Name)
				}
				word, baseline = report.Word("minutes"), report.Word("-")
			} else if inst != nil {
				if got := inst.Redact(h.Text); h.Want != "" && got != h.Want || h.Want == "" && strings.Contains(got, strings.Repeat("a", 12)) {
					s.fail(e.Name, "hostile: %s: another answer", h.Name)
					word = report.Word("wrong")
				} else {
					word = s.rate(inst, []string{h.Text})
				}
				if e.Name == ours {
					baseline = s.rate(inst, bodies)
				}
			}
			if inst != nil {
				inst.close()
			}
			row.Cells = append(row.Cells, word)
			if e.Name == ours {
				row.Cells = append(row.Cells, baseline)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = "10,000 secrets, in all forms for tagout and raw for the others; the runs of a are 53 secrets."
	s.add(t)
}

// hangs reports whether a text would take too long, by ever longer beginnings
// of it.
func hangs(i *instance, text string) bool {
	for n := 4 << 10; n < len(text); n *= 4 {
		start := time.Now()
		i.Redact(text[:n])
		if time.Since(start) > 30*time.Second {
			return true
		}
	}
	return false
}
