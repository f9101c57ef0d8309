package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-00b494d3/tagout/redact"
)

func main() {
	p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	code := p.main(os.Args[1:])
	if p.fatal != nil {
		die(p.fatal)
	}
	os.Exit(code)
}

// A process is what a command has to do with: streams and the environment.
type process struct {
	in, out, err *os.File
	environ      []string

	secrets redact.Source // once known; nil before
	fatal   os.Signal     // by which to end, instead of an exit status
	atEnd   []func()      // what to close, the latest first
}

// An exitError ends the program with a status of its own.
type exitError struct {
	code int
	err  error // nil: everything has been said
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// main runs the command line and returns the exit status.
func (p *process) main(args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.Execute()
	for i := len(p.atEnd) - 1; i >= 0; i-- {
		p.atEnd[i]()
	}
	if err == nil {
		return 0
	}
	code := 2
	if exit := (*exitError)(nil); errors.As(err, &exit) {
		if code = exit.code; exit.err == nil {
			return code
		}
		err = exit.err
	}
	p.sayf("%v", err)
	return code
}

func (p *process) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tagout",
		Short: "Keep live secrets out of text",
		Long: `Tagout replaces known secrets, in whatever encoding they appear, by tags that say
which secret and which version it was: [REDACTED:payments/db/password@v7].`,
		Example: `  tagout demo
  tagout filter --secrets prod.json < app.log
  tagout run --env '*_TOKEN' -- ./deploy.sh
  tagout scan --dir /run/secrets ./build`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("tagout {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.demoCommand(), p.filterCommand(), p.runCommand(), p.scanCommand())
	return root
}

// atLeastOne asks for an argument, and says what is missing if there is none.
func atLeastOne(missing string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(missing)
		}
		return nil
	}
}

// stderr is standard error, redacted as soon as the secrets are known: a file's
// name or a system's message may hold one too.
func (p *process) stderr() io.Writer {
	if p.secrets == nil {
		return p.err
	}
	return redact.NewRecordWriter(p.err, p.secrets, redact.SinkName("messages"))
}

func (p *process) sayf(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	fmt.Fprintf(p.stderr(), "tagout: %s\n", text)
}

// version is the module's version and, for a build from a clone, the revision.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "(devel)"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v += " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return v
}
