package collector

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

var table = flag.String("table", "", "write the side-by-side table of leaks to this file")

// Both processors get the exact value and every position of the census. Ours
// leaks at none; what contrib's leaks is written down, not judged: the test
// fails only if it suddenly leaks nothing, which would mean that the table
// measures nothing.
func TestSideBySide(t *testing.T) {
	rivals := []rival{ours(t, []string{census.Secret}), contrib([]string{census.Secret}, false), contrib([]string{census.Secret}, true)}
	marks := map[string][]string{}
	var order []string
	counts := make([]struct{ leaked, kindLost, positions, unsupported int }, len(rivals))
	for i, r := range rivals {
		results, err := census.Measure(context.Background(), r.factory, r.config, r.host)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]census.Result{}
		unsupported := map[string]bool{}
		for _, res := range results {
			got[res.Signal+res.Position] = res
			if !res.Supported {
				unsupported[res.Signal] = true
			}
		}
		for _, signal := range census.Signals {
			for _, p := range census.Positions(signal) {
				key := signal + " " + strings.TrimPrefix(p, ".")
				if i == 0 {
					order = append(order, key)
				}
				res := got[signal+p]
				mark := "redacted"
				switch {
				case unsupported[signal]:
					mark = "no such signal"
					counts[i].unsupported++
				case res.Leaked:
					mark = "**leak**"
					counts[i].leaked++
				case res.Dropped:
					mark = "dropped"
				case res.KindLost:
					mark = "redacted, kind lost"
					counts[i].kindLost++
				}
				counts[i].positions++
				marks[key] = append(marks[key], mark)
			}
		}
	}
	for i, r := range rivals {
		c := counts[i]
		t.Logf("%-28s %3d positions: %3d leak, %3d of a signal it does not have, %d lose their kind", r.name, c.positions, c.leaked, c.unsupported, c.kindLost)
	}
	if counts[0].leaked > 0 || counts[0].unsupported > 0 {
		t.Error("tagout leaks")
	}
	if counts[1].leaked == 0 {
		t.Error("contrib leaks nowhere: does the table measure anything?")
	}
	if *table != "" {
		var b strings.Builder
		fmt.Fprintf(&b, "# Where a secret gets through\n\nMade by `go test -run SideBySide -table results/leaks.md` on %s. Every processor was given the exact value. \"encoded\" is base64, as an Authorization header has it.\n"+
			"contrib is redactionprocessor v0.159.0 with the value in `blocked_values` and `allow_all_keys`.\n\n", time.Now().Format(time.DateOnly))
		b.WriteString("| position |")
		for _, r := range rivals {
			fmt.Fprintf(&b, " %s |", r.name)
		}
		b.WriteString("\n|---" + strings.Repeat("|---", len(rivals)) + "|\n")
		for _, key := range slices.Compact(order) {
			fmt.Fprintf(&b, "| %s | %s |\n", key, strings.Join(marks[key], " | "))
		}
		if err := os.WriteFile(*table, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
