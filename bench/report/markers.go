package report

import (
	"fmt"
	"regexp"
)

var marker = regexp.MustCompile(`(?s)(<!-- bench: ([a-z-]+) -->\n).*?(<!-- /bench -->)`)

// Fill replaces what stands between the markers
//
//	<!-- bench: clean-line -->
//	<!-- /bench -->
//
// of a document by the table of that ID. The ID "where" stands for a line that
// says on what the run was made. A marker of a table that the run lacks is an
// error: an old figure must not stay beside new ones.
func (r *Run) Fill(doc string) (string, error) {
	var missing error
	out := marker.ReplaceAllStringFunc(doc, func(m string) string {
		part := marker.FindStringSubmatch(m)
		if part[2] == "where" {
			return part[1] + r.Where() + "\n" + part[3]
		}
		t, ok := r.Table(part[2])
		if !ok {
			missing = fmt.Errorf("the run of %s has no table %s", r.Date, part[2])
			return m
		}
		return part[1] + t.Markdown() + part[3]
	})
	if missing != nil {
		return doc, missing
	}
	return out, nil
}
