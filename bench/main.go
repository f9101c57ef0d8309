// Command bench measures tagout's engine beside everything that might be used
// instead, checks every answer, and keeps the results.
//
//	go run ./bench                 a look: a few minutes, prints the tables
//	go run ./bench -full -save     figures to keep: results/DATE-OS-ARCH and the tables of the documents
//	go run ./bench -render         writes what follows from the kept results anew
//	go run -tags hyperscan ./bench with Hyperscan (Debian: libhyperscan-dev)
//
// Run it on a machine that does nothing else.
package main

//go:generate go run . -render

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/bench/measure"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/suite"
)

func main() {
	var (
		full    = flag.Bool("full", false, "measure longer and more: figures to keep")
		save    = flag.Bool("save", false, "write results, plots and the tables of the documents")
		render  = flag.Bool("render", false, "measure nothing: write plots and tables from the kept results")
		parts   = flag.String("parts", ".", "regular expression of the parts to run")
		engines = flag.String("engines", "", "regular expression of the engines to measure; empty: all")
		memory  = flag.Int("memory", 0, "megabytes that an engine may take (default 1500, with -full 8000)")
		date    = flag.String("date", time.Now().Format(time.DateOnly), "date of the results")
		list    = flag.Bool("list", false, "list the parts")
	)
	flag.Parse()
	if *list {
		for _, p := range suite.Parts {
			fmt.Println(p.Name)
		}
		return
	}
	root, err := moduleRoot()
	if err == nil && !*render {
		err = run(root, *full, *save, *parts, *engines, *memory, *date)
	}
	if err == nil && (*render || *save) {
		err = write(root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// moduleRoot returns the folder of this module, wherever the command runs.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Module.Dir}}", "github.com/seed-00b494d3/tagout/bench").Output()
	if err != nil {
		return "", fmt.Errorf("run it inside the repository: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func run(root string, full, save bool, parts, engines string, memory int, date string) error {
	r := &report.Run{Date: date, Mode: "quick", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpu(), Cores: runtime.NumCPU()}
	s := &suite.Suite{Run: r, Effort: measure.Quick, Full: full, Memory: 1500 << 20, Text: 4 << 20, Most: 10_000, Long: 1 << 30}
	if full {
		r.Mode, s.Effort, s.Memory = "full", measure.Full, 8000<<20
		s.Long = 10 << 30
	}
	if memory > 0 {
		s.Memory = memory << 20
	}
	start := time.Now()
	s.Log = func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if strings.Contains(text, "\n") {
			fmt.Println(text)
		} else {
			fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(start).Seconds(), text)
		}
	}
	which, err := regexp.Compile("^(" + parts + ")")
	if err != nil {
		return err
	}
	if engines != "" {
		if s.Only, err = regexp.Compile(engines); err != nil {
			return err
		}
	}
	for _, p := range suite.Parts {
		if which.MatchString(p.Name) {
			p.Do(s)
		}
	}
	fmt.Println(r.Where())
	for _, f := range r.Failures {
		fmt.Println("WRONG ANSWER:", f)
	}
	if save {
		if err := r.Save(filepath.Join(root, "results")); err != nil {
			return err
		}
	}
	if s.Wrong {
		return errors.New("an answer of tagout was wrong")
	}
	return nil
}

// write fills the documents from the newest results.
func write(root string) error {
	if err := report.Render(filepath.Join(root, "results")); err != nil {
		return err
	}
	r, err := report.Load(filepath.Join(root, "results"))
	if errors.Is(err, report.ErrNoResults) {
		return nil // nothing to fill the documents with
	}
	if err != nil {
		return err
	}
	for _, doc := range []string{"../README.md", "../DESIGN.md"} {
		name := filepath.Join(root, doc)
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		filled, err := r.Fill(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", doc, err)
		}
		if filled != string(text) {
			if err := os.WriteFile(name, []byte(filled), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// cpu names the processor, where the system tells.
func cpu() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
