package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A tally counts what was found, by secret, version and form.
type tally map[tallyKey]uint64

type tallyKey struct{ name, version, form string }

func (t tally) add(name, version, form string, n uint64) { t[tallyKey{name, version, form}] += n }

// hits returns the counts of a Registry, except those of our own messages.
func hits(reg *secretsregistry.Registry) tally {
	t := tally{}
	for _, h := range reg.Hits() {
		if h.Sink != "messages" {
			t.add(h.Name, h.Version, string(h.Form), h.Count)
		}
	}
	return t
}

// print writes the table that --stats asks for.
func (t tally) print(w io.Writer) {
	if len(t) == 0 {
		fmt.Fprintln(w, "no secrets found")
		return
	}
	keys := make([]tallyKey, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b tallyKey) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version), cmp.Compare(a.form, b.form))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SECRET\tVERSION\tFORM\tHITS")
	for _, k := range keys {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%d\n", k.name, k.version, k.form, t[k])
	}
	tw.Flush()
}
