package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seed-00b494d3/tagout/redact"
)

func (p *process) scanCommand() *cobra.Command {
	var flags protect
	var output, format string
	cmd := &cobra.Command{
		Use:   "scan [sources] PATH...",
		Short: "Tell where known secrets stand in files",
		Long: `Look for secrets in files and below directories, in every spelling, and print

  path:line:column name@version form

for each place. Lines and columns count from 1, columns in bytes. A place in a
file's name has line and column 0. "-" is standard input.

Nothing is passed over silently: links, devices, and the files that the secrets
come from are named on standard error. Files are looked at as they are, archives
not unpacked. Exit status: 0 nothing found, 1 found, 2 something could not be
looked at.`,
		Example: `  tagout scan --secrets prod.json ./build
  tagout scan --dir /run/secrets --format sarif -o tagout.sarif .
  git diff --cached | tagout scan --secrets .env -`,
		Args: atLeastOne(`scan: no path (tagout scan [sources] PATH..., "-" for standard input)`),
		RunE: func(_ *cobra.Command, args []string) error { return p.scan(&flags, output, format, args) },
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the result: text, json or sarif")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE` instead of standard output")
	return cmd
}

func (p *process) scan(flags *protect, output, format string, paths []string) error {
	newReport, ok := reports[format]
	if !ok {
		return errors.New("--format: text, json or sarif")
	}
	reg, err := flags.load(p)
	if err != nil {
		return err
	}
	out, finish, err := p.output(output)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	s := &scan{
		p: p, matcher: reg.Matcher(), report: newReport(buffered), out: buffered, counts: tally{},
		quiet: flags.quiet, flush: isTerminal(out),
		bar: newBar(p.err, !flags.quiet && isTerminal(p.err)),
	}
	s.own = sourceFiles(flags, output)
	s.window, s.overlap = windowSize(flags.longest)
	s.measure(paths)
	for _, path := range paths {
		s.path(path)
	}
	s.bar.clear()
	err = errors.Join(s.err, s.report.end(s), buffered.Flush(), finish())
	if brokenPipe(err) {
		return &exitError{code: 1}
	}
	if flags.stats {
		s.counts.print(p.stderr())
	}
	switch {
	case err != nil:
		return fmt.Errorf("scan: %w", err)
	case s.failed > 0:
		return &exitError{code: 2}
	case s.found > 0:
		return &exitError{code: 1}
	}
	return nil
}

// A scan looks for secrets in files.
type scan struct {
	p               *process
	matcher         *redact.Matcher
	report          report
	out             *bufio.Writer
	flush           bool // after each file
	quiet           bool
	bar             *bar
	own             []fs.FileInfo // files that are not looked at below a directory
	window, overlap int
	buf             []byte // reused by read

	counts               tally
	files, found, failed int
	bytes                int64
	problems             []string // redacted
	err                  error    // of writing the report; ends the scan
}

// A finding is one place where a secret stands.
type finding struct {
	path          string // redacted
	name, version string
	form          string
	cut           bool
	offset, size  int64
	start, end    position // zero if it is in the path
}

// problem reports what could not be looked at.
func (s *scan) problem(err error) {
	s.failed++
	text := s.matcher.String(err.Error())
	s.problems = append(s.problems, text)
	s.bar.clear()
	s.p.sayf("%s", text)
}

// passed reports what is not looked at on purpose.
func (s *scan) passed(path, why string) {
	if !s.quiet {
		s.bar.clear()
		s.p.sayf("not scanned: %s: %s", path, why)
	}
}

// path looks at one argument.
func (s *scan) path(path string) {
	if path == "-" {
		s.content("(standard input)", s.p.in)
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		s.problem(err)
		return
	}
	if !info.IsDir() {
		s.file(path) // whatever it is: the user has named it
		return
	}
	root := path
	if l, err := os.Lstat(path); err == nil && l.Mode()&fs.ModeSymlink != 0 {
		root = path + string(filepath.Separator) // WalkDir does not follow a link that it starts at
	}
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if s.err != nil {
			return fs.SkipAll
		}
		if err != nil {
			s.problem(err)
			return nil
		}
		s.below(path, d)
		return nil
	})
}

// below looks at one entry below a directory.
func (s *scan) below(path string, d fs.DirEntry) {
	switch mode := d.Type(); {
	case mode.IsDir():
		s.nameOf(path, filepath.Base(path))
	case mode&fs.ModeSymlink != 0:
		s.passed(path, "a symbolic link")
		s.nameOf(path, d.Name())
	case !mode.IsRegular():
		s.passed(path, "not a regular file")
		s.nameOf(path, d.Name())
	default:
		if info, err := d.Info(); err == nil && len(s.own) > 0 {
			for _, own := range s.own {
				if os.SameFile(own, info) {
					s.passed(path, "the secrets come from it, or the result goes there")
					return
				}
			}
		}
		s.file(path)
	}
}

func (s *scan) file(path string) {
	f, err := os.Open(path)
	if err != nil {
		s.problem(err)
		return
	}
	defer f.Close()
	s.nameOf(path, filepath.Base(path))
	s.content(path, f)
}

// nameOf looks for secrets in the name of a file.
func (s *scan) nameOf(path, name string) {
	for m := range s.matcher.Find([]byte(name)) {
		s.add(finding{path: s.matcher.String(path), name: m.Name, version: m.Version, form: string(m.Form), cut: m.Cut})
	}
}

func (s *scan) content(path string, r io.Reader) {
	if s.err != nil {
		return
	}
	shown := s.matcher.String(path)
	s.bar.file(s.found)
	n, err := s.read(r, func(f finding) { f.path = shown; s.add(f) })
	s.files++
	s.bytes += n
	if err != nil {
		s.problem(fmt.Errorf("%s: %w", path, unwrapPath(err)))
	}
	if s.flush && s.err == nil {
		s.err = s.out.Flush()
	}
}

func (s *scan) add(f finding) {
	if s.err != nil {
		return
	}
	s.found++
	s.counts.add(f.name, f.version, f.form, 1)
	if s.flush {
		s.bar.clear()
	}
	s.err = s.report.add(f)
}

// measure tells the progress bar how much there is.
func (s *scan) measure(paths []string) {
	if !s.bar.on {
		return
	}
	for _, path := range paths {
		filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					s.bar.total += info.Size()
				}
			}
			return nil
		})
	}
}

// sourceFiles lists the files that hold the secrets, and the one that the result
// goes to.
func sourceFiles(flags *protect, output string) (all []fs.FileInfo) {
	for _, path := range append([]string{output, flags.key}, flags.files...) {
		if info, err := os.Stat(path); path != "" && err == nil && info.Mode().IsRegular() {
			all = append(all, info)
		}
	}
	for _, dir := range flags.dirs {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if info, statErr := os.Stat(path); err == nil && statErr == nil && info.Mode().IsRegular() {
				all = append(all, info)
			}
			return nil
		})
	}
	return all
}

// unwrapPath drops the path from an error that gets it in front anyway.
func unwrapPath(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
