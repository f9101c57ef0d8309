package collector

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/otelproc/collector/census"
)

var fill = flag.Bool("fill", false, "write results/leaks.md and the tables of README.md and docs/collector.md anew")

// A row is one position and what became of the secret there, by rival.
type row struct {
	position string // with its signal
	marks    []string
}

const (
	redacted = "redacted"
	leak     = "**leak**"
	dropped  = "dropped"
	kindLost = "redacted, kind lost"
	noSignal = "no such signal"
)

// measureAll sends every position of the census through every rival.
func measureAll(t *testing.T, rivals []rival) (rows []row) {
	for _, signal := range census.Signals {
		for _, p := range census.Positions(signal) {
			rows = append(rows, row{position: signal + " " + strings.TrimPrefix(p, ".")})
		}
	}
	for _, r := range rivals {
		results, err := census.Measure(context.Background(), r.factory, r.config, r.host)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]census.Result{}
		for _, res := range results {
			got[res.Signal+" "+strings.TrimPrefix(res.Position, ".")] = res
		}
		for i := range rows {
			res, measured := got[rows[i].position]
			mark := redacted
			switch {
			case !measured:
				mark = noSignal
			case res.Leaked:
				mark = leak
			case res.Dropped:
				mark = dropped
			case res.KindLost:
				mark = kindLost
			}
			rows[i].marks = append(rows[i].marks, mark)
		}
	}
	return rows
}

// The three processors get the exact value and every position of the census. Ours
// leaks at none. What contrib's leaks is written down, not judged: the test fails
// if it suddenly leaks nothing, which would mean that the table measures nothing,
// and if a table that stands somewhere is not what was measured.
func TestSideBySide(t *testing.T) {
	rivals := []rival{ours(t, []string{census.Secret}), contrib([]string{census.Secret}, false), contrib([]string{census.Secret}, true)}
	rows := measureAll(t, rivals)
	for _, r := range rows {
		if r.marks[0] == leak || r.marks[0] == noSignal || r.marks[0] == dropped {
			t.Errorf("tagout: %s: %s", r.position, r.marks[0])
		}
	}
	if n := count(rows, 1, leak); n < 22 {
		t.Errorf("contrib leaks at %d positions: does the table measure anything?", n)
	}
	fields := tableOf("field", rivals, rows, fieldOf)
	totals := tableOf("signal", rivals, rows, func(p string) string { signal, _, _ := strings.Cut(p, " "); return signal })
	for path, block := range map[string]string{"../../README.md": fields, "../../docs/collector.md": totals} {
		keep(t, path, func(old string) string { return between.ReplaceAllString(old, "${1}"+block+"${2}") })
	}
	keep(t, "results/leaks.md", func(string) string { return page(rivals, rows) })
}

var between = regexp.MustCompile(`(?s)(<!-- census -->\n).*?(<!-- /census -->)`)

// keep writes a file as it should be, or fails if it is not.
func keep(t *testing.T, path string, should func(old string) string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := should(string(b))
	if path != "results/leaks.md" && !between.Match(b) {
		t.Errorf("%s has no place for the census", path)
	}
	if want == string(b) {
		return
	}
	if !*fill {
		t.Errorf("%s is not what was measured: go test -run SideBySide -fill", path)
		return
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fieldOf says what kind of field a position is.
func fieldOf(position string) string {
	_, last, _ := strings.Cut(position[strings.LastIndexByte(position, '.')+1:], " ")
	field := position[strings.LastIndexByte(position, '.')+1:]
	switch {
	case strings.HasPrefix(field, "TraceState"):
		return "trace state of spans and links"
	case last == "key":
		return "attribute keys"
	case last == "encoded":
		return "strings with base64 of the secret"
	case last == "map key":
		return "map keys inside values"
	case last == "map value":
		return "map values"
	case last == "nested":
		return "bytes in a map in a slice"
	case last != "":
		return last + " values"
	case strings.HasSuffix(field, "Name"):
		return "names of spans, events, scopes, metrics"
	case strings.Contains(position, "EntityRefs"):
		return "entity references"
	case strings.HasPrefix(position, "profiles Dictionary"):
		return "string table of profiles"
	default:
		return "other text: " + "versions, schema URLs, status, severity, description, unit"
	}
}

// grouped puts rows together, in the order of their first.
func grouped(rows []row, by func(string) string) (names []string, groups map[string][]row) {
	groups = map[string][]row{}
	for _, r := range rows {
		name := by(r.position)
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], r)
	}
	return names, groups
}

func count(rows []row, rival int, mark string) (n int) {
	for _, r := range rows {
		if r.marks[rival] == mark {
			n++
		}
	}
	return n
}

// tableOf shows how many positions of each group leak.
func tableOf(head string, rivals []rival, rows []row, by func(string) string) string {
	names, groups := grouped(rows, by)
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | positions |", head)
	for _, r := range rivals {
		fmt.Fprintf(&b, " %s |", r.name)
	}
	b.WriteString("\n|---|---:" + strings.Repeat("|---:", len(rivals)) + "|\n")
	line := func(name string, rows []row) {
		fmt.Fprintf(&b, "| %s | %d |", name, len(rows))
		for i := range rivals {
			cell := fmt.Sprint(count(rows, i, leak))
			if n := count(rows, i, noSignal); n > 0 {
				cell += fmt.Sprintf(", %d not handled", n)
			}
			if n := count(rows, i, kindLost); n > 0 && i > 0 {
				cell += fmt.Sprintf(", %d flattened", n)
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteByte('\n')
	}
	for _, name := range names {
		line(name, groups[name])
	}
	line("**all**", rows)
	return b.String()
}

// page lists every position.
func page(rivals []rival, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Where a secret gets through\n\nMade by `go test -run SideBySide -fill`, which fails without `-fill` if it measures anything else. Every processor was given the exact value. \"encoded\" is base64, as an Authorization header has it.\n"+
		"contrib is redactionprocessor %s with the value in `blocked_values` and `allow_all_keys`.\n\n| position |", contribVersion)
	for _, r := range rivals {
		fmt.Fprintf(&b, " %s |", r.name)
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(rivals)) + "|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r.position, strings.Join(r.marks, " | "))
	}
	return b.String()
}

// The version that is measured is the one that go.mod names.
func TestContribVersion(t *testing.T) {
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(b)), contribVersion) || !strings.Contains(string(b), "redactionprocessor "+contribVersion) {
		t.Errorf("go.mod does not name redactionprocessor %s", contribVersion)
	}
}
