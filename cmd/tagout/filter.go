package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func (p *process) filterCommand() *cobra.Command {
	var flags protect
	var output string
	cmd := &cobra.Command{
		Use:   "filter [sources]",
		Short: "Copy standard input to standard output, redacted",
		Long: `Copy standard input to standard output and replace every secret by its tag.

Output goes out as soon as it is safe: only bytes that may still begin a secret
are held back, and at a terminal a prompt appears at once. Everything else comes
out byte for byte, whatever it is. Interrupted, it goes on as long as the input
keeps coming (up to five seconds), so that last words are not lost; a second
interrupt ends it.`,
		Example: `  tagout filter --secrets prod.json < app.log > clean.log
  kubectl logs -f deploy/payments | tagout filter --dir /run/secrets
  make test 2>&1 | tagout filter --env '*_TOKEN' --stats`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.filter(&flags, output) },
	}
	flags.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE` instead of standard output")
	return cmd
}

func (p *process) filter(flags *protect, output string) error {
	reg, err := flags.load(p)
	if err != nil {
		return err
	}
	out, finish, err := p.output(output)
	if err != nil {
		return err
	}
	inter := catchInterrupts()
	s := stream{
		src: p.in, dst: out, secrets: reg, sink: "filter",
		interactive: isTerminal(p.in) || isTerminal(out), stop: inter.stop, seen: inter.seen,
	}
	err = errors.Join(s.copy(), finish())
	sig := inter.done()
	if brokenPipe(err) {
		return &exitError{code: 1} // as cat does: whoever reads has had enough
	}
	if flags.stats {
		hits(reg).print(p.stderr())
	}
	if err != nil {
		return &exitError{1, fmt.Errorf("filter: %w", err)}
	}
	if sig != nil {
		p.fatal = sig
		return &exitError{code: statusOf(sig)}
	}
	return nil
}

// output opens the file of -o, or gives standard output. A new file can be read
// by its owner alone.
func (p *process) output(path string) (out *os.File, finish func() error, err error) {
	if path == "" {
		return p.out, func() error { return nil }, nil
	}
	if was, err := os.Stat(path); err == nil && was.Mode().IsRegular() {
		if in, err := p.in.Stat(); err == nil && os.SameFile(in, was) {
			return nil, nil, fmt.Errorf("-o: %s is the input", path)
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("-o: %w", err)
	}
	return f, f.Close, nil
}
