package suite

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/measure"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
	"github.com/seed-00b494d3/tagout/redact"
)

// count prints a number of things.
func count(n int) string {
	return report.Thousands(n)
}

// rotation measures how long a new version of one secret takes to be in force,
// and what readers notice of it. Each new value is looked for before it counts.
func (s *Suite) rotation() {
	t := report.Table{ID: "rotation", Title: "Rotating one secret of a set in all forms, tagout", Unit: "us",
		Columns: []string{"median", "99th percentile", "longest", "a reader's line meanwhile, 99th percentile", "the same without rotation", "whole set built anew"}}
	rounds := 100
	if s.Full {
		rounds = 1000
	}
	line := corpus.Lines(s.text(corpus.JSON))[0]
	for _, n := range s.upTo(10, 100, 1000, 10_000) {
		from := corpus.Secrets(corpus.Tokens, n+1)
		old := rival.Secrets(from[:n])
		start := time.Now()
		m, err := redact.NewMatcher(old)
		rebuild := time.Since(start)
		if err != nil {
			s.fail(ours, "rotation: %v", err)
			return
		}
		var now atomic.Pointer[redact.Matcher]
		now.Store(m)
		reading := func(stop *atomic.Bool) <-chan time.Duration {
			out := make(chan time.Duration)
			go func() {
				var worst []time.Duration
				for !stop.Load() {
					_, p99, _ := measure.Spread(200, func() { now.Load().String(line) })
					worst = append(worst, p99)
				}
				var sum time.Duration
				for _, w := range worst {
					sum += w
				}
				out <- sum / time.Duration(max(1, len(worst)))
			}()
			return out
		}
		var stop atomic.Bool
		idle := reading(&stop)
		time.Sleep(50 * time.Millisecond)
		stop.Store(true)
		quiet := <-idle

		stop.Store(false)
		busy := reading(&stop)
		right := true
		i := 0
		var value string
		next := func() redact.Secret {
			value = fmt.Sprintf("%06d-%s", i, from[n].Value) // none part of another
			return redact.NewSecret(from[i%n].Name, fmt.Sprintf("v%d", i+2), []byte(value))
		}
		times := make([]time.Duration, 0, rounds)
		for i = 0; i < rounds; i++ {
			fresh := next()
			begin := time.Now()
			m, err := now.Load().Update([]redact.Secret{fresh}, []redact.Secret{old[i%n]})
			if err == nil {
				now.Store(m)
			}
			times = append(times, time.Since(begin))
			if err != nil || now.Load().String("x "+value+" y") != "x [REDACTED:"+fresh.Name()+"@"+fresh.Version()+"] y" {
				right = false
				break
			}
			if i < n && strings.Contains(now.Load().String(" "+from[i].Value+" "), "[REDACTED") {
				right = false // still there
				break
			}
			old[i%n] = fresh
		}
		stop.Store(true)
		noticed := <-busy
		row := report.Row{Name: count(n) + " secrets"}
		if !right {
			s.fail(ours, "rotation: of %d secrets, step %d: another answer", n, i)
			row.Cells = []report.Cell{report.Word("wrong")}
		} else {
			median, p99, longest := measure.Quantiles(times)
			for _, d := range []time.Duration{median, p99, longest, noticed, quiet, rebuild} {
				row.Cells = append(row.Cells, report.Figure(float64(d.Nanoseconds())/1000))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	s.add(t)
}

// scaling measures one and more goroutines on one matcher.
func (s *Suite) scaling() {
	t := report.Table{ID: "scaling", Title: "Goroutines on one matcher, 1,000 secrets in all forms", Unit: "GB/s, all together"}
	size := min(s.Text, 1<<20)
	lines, bodies := corpus.Lines(s.text(corpus.JSON)[:size]), []string{s.text(corpus.JSON)[:size]}
	counts := []int{1, 2}
	if n := runtime.NumCPU(); n > 2 {
		counts = append(counts, n)
	}
	for _, n := range counts {
		t.Columns = append(t.Columns, count(n))
	}
	for _, e := range s.named(ours, hyperscan, replacer) {
		inst, word := s.prepare(e, rival.NewJob(corpus.Secrets(corpus.Tokens, min(1000, s.Most)), true), lines)
		for _, texts := range []struct {
			name string
			of   []string
		}{{"by line", lines}, {"by MiB", bodies}} {
			row := report.Row{Name: e.Name + ", " + texts.name}
			for _, n := range counts {
				if inst != nil {
					word = report.Figure(s.Effort.Parallel(n, size, func() {
						for _, t := range texts.of {
							inst.Redact(t)
						}
					}))
				}
				row.Cells = append(row.Cells, word)
			}
			t.Rows = append(t.Rows, row)
		}
		if inst != nil {
			inst.close()
		}
	}
	s.add(t)
}
