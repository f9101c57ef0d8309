// Package report holds the results of a run, keeps them in files and draws
// them: as text, as Markdown between the markers of a document, as SVG.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Run is everything that one call of the command measured.
type Run struct {
	Date     string // 2006-01-02
	Mode     string // quick or full
	Go       string
	OS       string
	Arch     string
	CPU      string
	Cores    int
	Commit   string `json:",omitempty"`
	Tables   []Table
	Failures []string `json:",omitempty"` // wrong answers; their figures are left out
}

// A Table is one group of figures. Rows and columns are in the order in which
// they are shown.
type Table struct {
	ID      string // of the markers: "clean-line"
	Title   string
	Unit    string
	Note    string `json:",omitempty"`
	Columns []string
	Rows    []Row
}

// A Row is one engine, usually.
type Row struct {
	Name  string
	Cells []Cell
}

// A Cell is a figure, or a word where there is none.
type Cell struct {
	Value float64
	Word  string `json:",omitempty"`
}

// Figure returns a cell with a value.
func Figure(v float64) Cell { return Cell{Value: v} }

// Word returns a cell without one: why there is none.
func Word(format string, args ...any) Cell { return Cell{Word: fmt.Sprintf(format, args...)} }

// String prints the value to two or three significant digits.
func (c Cell) String() string {
	v := c.Value
	switch {
	case c.Word != "":
		return c.Word
	case v == 0:
		return "0"
	case v >= 10_000:
		return Thousands(int(v + 0.5))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	case v >= 0.01:
		return fmt.Sprintf("%.3f", v)
	case v >= 0.001:
		return fmt.Sprintf("%.4f", v)
	}
	return fmt.Sprintf("%.1e", v)
}

// Thousands prints a count.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Table returns the table of an ID.
func (r *Run) Table(id string) (*Table, bool) {
	i := slices.IndexFunc(r.Tables, func(t Table) bool { return t.ID == id })
	if i < 0 {
		return nil, false
	}
	return &r.Tables[i], true
}

// Cell returns a figure of a table. It is false where there is none.
func (r *Run) Cell(id, row, column string) (float64, bool) {
	t, ok := r.Table(id)
	if !ok {
		return 0, false
	}
	x := slices.Index(t.Columns, column)
	y := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Name == row })
	if x < 0 || y < 0 || x >= len(t.Rows[y].Cells) || t.Rows[y].Cells[x].Word != "" {
		return 0, false
	}
	return t.Rows[y].Cells[x].Value, true
}

// Name is the folder of a run: date, system and architecture, and the mode
// unless it is a full run.
func (r *Run) Name() string {
	name := r.Date + "-" + r.OS + "-" + r.Arch
	if r.Mode != "full" {
		name += "-" + r.Mode
	}
	return name
}

// Where says what the run was made on.
func (r *Run) Where() string {
	return fmt.Sprintf("%s, %s/%s, %s, %d processors, %s mode", r.Date, r.OS, r.Arch, r.CPU, r.Cores, r.Mode)
}

// Save writes the results to dir/NAME: results.json, README.md and the plots.
func (r *Run) Save(dir string) error {
	dir = filepath.Join(dir, r.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	return r.render(dir)
}

// render writes what follows from results.json.
func (r *Run) render(dir string) error {
	var page strings.Builder
	fmt.Fprintf(&page, "# Results of %s\n\n%s %s. Every answer was checked before it was timed.\n", r.Date, r.Go, r.Where())
	for _, f := range r.Failures {
		fmt.Fprintf(&page, "\nWRONG ANSWER: %s\n", f)
	}
	for _, t := range r.Tables {
		fmt.Fprintf(&page, "\n## %s\n%s\n", t.Title, t.Markdown())
		if p, ok := Plots[t.ID]; ok {
			if err := os.WriteFile(filepath.Join(dir, t.ID+".svg"), []byte(p.Draw(t)), 0o644); err != nil {
				return err
			}
			fmt.Fprintf(&page, "\n![%s](%s.svg)\n", t.Title, t.ID)
		}
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(page.String()), 0o644)
}

// ErrNoResults says that no run was kept yet.
var ErrNoResults = errors.New("no results yet")

// Load reads the newest run in dir; full runs come before quick ones. It
// returns ErrNoResults if there is none.
func Load(dir string) (*Run, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "results.json"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, ErrNoResults
	}
	slices.SortFunc(names, func(a, b string) int {
		qa, qb := strings.Contains(a, "-quick"), strings.Contains(b, "-quick")
		if qa != qb {
			if qa {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	b, err := os.ReadFile(names[len(names)-1])
	if err != nil {
		return nil, err
	}
	r := new(Run)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", names[len(names)-1], err)
	}
	return r, nil
}

// Render writes again what follows from each results.json in dir.
func Render(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*", "results.json"))
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r := new(Run)
		if err := json.Unmarshal(b, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := r.render(filepath.Dir(name)); err != nil {
			return err
		}
	}
	return nil
}
