package suite

import (
	"strings"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
)

// A contender is an engine with the forms it is given in a sweep.
type contender struct {
	engine string
	forms  bool
	label  string
}

var contenders = []contender{
	{ours, true, "tagout, all forms"},
	{ours, false, "tagout, raw"},
	{hyperscan, true, "Hyperscan, all forms"},
	{hyperscan, false, "Hyperscan, raw"},
	{replacer, false, "NewReplacer, raw"},
	{bobusum, false, "BobuSumisu, raw"},
	{streaming, false, "naive streaming, raw"},
}

// secrets measures throughput against the number of secrets.
func (s *Suite) secrets() {
	t := report.Table{ID: "secrets", Title: "Throughput against number of secrets, clean JSON by line", Unit: "GB/s"}
	counts := s.upTo(10, 100, 1000, 10_000)
	if s.Full {
		counts = s.upTo(10, 30, 100, 300, 1000, 3000, 10_000)
	}
	lines := corpus.Lines(s.text(corpus.JSON))
	for _, n := range counts {
		t.Columns = append(t.Columns, count(n))
	}
	for _, c := range contenders {
		for _, e := range s.named(c.engine) {
			row := report.Row{Name: c.label}
			for _, n := range counts {
				s.Log("secrets: %s, %d", c.label, n)
				inst, word := s.prepare(e, rival.NewJob(corpus.Secrets(corpus.Tokens, n), c.forms), lines)
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

// length measures throughput against the length of the text of one call.
func (s *Suite) length() {
	t := report.Table{ID: "length", Title: "Throughput against length of text, 1,000 secrets", Unit: "GB/s"}
	lengths := []int{16, 32, 64, 128, 256, 1024, 4096, 16384, 65536, 1 << 20}
	text := s.text(corpus.JSON)
	for _, n := range lengths {
		t.Columns = append(t.Columns, count(n))
	}
	for _, c := range contenders {
		for _, e := range s.named(c.engine) {
			row := report.Row{Name: c.label}
			inst, word := s.prepare(e, rival.NewJob(corpus.Secrets(corpus.Tokens, min(1000, s.Most)), c.forms), corpus.Lines(text))
			for _, n := range lengths {
				if inst != nil {
					word = s.rate(inst, pieces(text[:min(len(text), max(n, 1<<20))], n))
				}
				row.Cells = append(row.Cells, word)
			}
			if inst != nil {
				inst.close()
			}
			t.Rows = append(t.Rows, row)
		}
	}
	s.add(t)
}

// short measures what a call costs on attribute values.
func (s *Suite) short() {
	t := report.Table{ID: "short", Title: "Cost of a short string, 1,000 secrets", Unit: "ns per call"}
	lengths := []int{5, 8, 12, 16, 20, 24, 32, 40}
	text := strings.ReplaceAll(s.text(corpus.Logfmt)[:min(s.Text, 256<<10)], "\n", " ")
	for _, n := range lengths {
		t.Columns = append(t.Columns, count(n)+" bytes")
	}
	for _, c := range contenders[:len(contenders)-2] {
		for _, e := range s.named(c.engine) {
			row := report.Row{Name: c.label}
			inst, word := s.prepare(e, rival.NewJob(corpus.Secrets(corpus.Tokens, min(1000, s.Most)), c.forms), corpus.Lines(s.text(corpus.Logfmt)))
			for _, n := range lengths {
				if inst != nil {
					texts := s.affordable(inst, pieces(text, n))
					sink := 0
					word = report.Figure(s.Effort.Nanoseconds(len(texts), func() {
						for _, t := range texts {
							sink += len(inst.Redact(t))
						}
					}))
				}
				row.Cells = append(row.Cells, word)
			}
			if inst != nil {
				inst.close()
			}
			t.Rows = append(t.Rows, row)
		}
	}
	s.add(t)
}

// pieces cuts a text into pieces of n bytes; the rest is left out, unless it is
// all there is.
func pieces(text string, n int) []string {
	var out []string
	for len(text) >= n {
		out = append(out, text[:n])
		text = text[n:]
	}
	if out == nil {
		return []string{text}
	}
	return out
}
