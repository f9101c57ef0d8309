package rival

import (
	"errors"
	"fmt"

	"github.com/seed-00b494d3/tagout/bench/corpus"
)

// Check has an engine redact clean lines and lines with planted secrets, line by
// line and all in one, and returns the first answer that is wrong. A figure of
// an engine that fails it is worth nothing.
func Check(r Redactor, j Job, lines []string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panics: %.80v", p)
		}
	}()
	dirty, want := corpus.Plant(lines, j.Secrets, j.Patterns, 3)
	for i := range lines {
		if got := r.Redact(lines[i]); got != lines[i] {
			return fmt.Errorf("changes clean text: %s", difference(got, lines[i]))
		}
		if got := r.Redact(dirty[i]); got != want[i] {
			return fmt.Errorf("another answer: %s", difference(got, want[i]))
		}
	}
	if got := r.Redact(join(dirty)); got != join(want) {
		return errors.New("another answer for the whole than for its lines")
	}
	return nil
}

// difference shows where got and want part.
func difference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-20)
	return fmt.Sprintf("at byte %d: %.120q, want %.120q", i, got[from:], want[from:])
}

func join(lines []string) string {
	n := 0
	for _, l := range lines {
		n += len(l) + 1
	}
	b := make([]byte, 0, n)
	for _, l := range lines {
		b = append(append(b, l...), '\n')
	}
	return stringOf(b)
}
