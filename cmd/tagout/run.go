package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"sync"

	"github.com/spf13/cobra"

	"github.com/seed-00b494d3/tagout/redact"
)

func (p *process) runCommand() *cobra.Command {
	flags := protect{defaultEnv: true}
	cmd := &cobra.Command{
		Use:   "run [sources] -- COMMAND ARGS...",
		Short: "Run a command and redact what it prints",
		Long: `Run a command with its output redacted, both streams, as soon as it is safe.

The command keeps standard input, its exit status and signals. Each output stream
stays a terminal if it was one. What it writes to /dev/tty directly, or to files,
does not pass through tagout.

Besides the sources given, variables that hold secrets by custom are protected
(of a URL or a connection string its password; case is ignored):

` + defaultEnvHelp(),
		Example: `  tagout run -- npm test
  tagout run --env 'INTERNAL_*' --verbose -- ./deploy.sh --to prod
  tagout run --no-default-env --dir /run/secrets -- ./server`,
		Args: atLeastOne("run: no command (tagout run [sources] -- COMMAND ARGS...)"),
		RunE: func(_ *cobra.Command, args []string) error { return p.run(&flags, args) },
	}
	cmd.Flags().SetInterspersed(false) // what follows COMMAND is the command's
	flags.register(cmd)
	return cmd
}

func (p *process) run(flags *protect, args []string) error {
	reg, err := flags.load(p)
	if err != nil {
		return err
	}
	c := &child{cmd: exec.Command(args[0], args[1:]...), secrets: reg, stop: make(chan struct{})}
	c.cmd.Stdin, c.cmd.Env = p.in, p.environ
	code, err := c.run(p.out, p.err)
	if c.cmd.ProcessState != nil {
		p.fatal = fatal(c.cmd.ProcessState)
	}
	if flags.stats {
		hits(reg).print(p.stderr())
	}
	if code != 0 || err != nil {
		return &exitError{code, err}
	}
	return nil
}

// A child is a command whose output is redacted.
type child struct {
	cmd     *exec.Cmd
	secrets redact.Source
	streams [2]*os.File // what we read
	ttys    []tty
	stop    chan struct{}
}

// A tty is a pseudo-terminal that stands for a real one.
type tty struct{ master, real *os.File }

// run starts the command and returns its exit status.
func (c *child) run(out, errs *os.File) (code int, err error) {
	var theirs []*os.File
	for i, to := range []*os.File{out, errs} {
		r, w, err := c.open(to)
		if err != nil {
			return 2, fmt.Errorf("run: %w", err)
		}
		c.streams[i] = r
		theirs = append(theirs, w)
	}
	c.cmd.Stdout, c.cmd.Stderr = theirs[0], theirs[1]
	// Caught, not ignored: what is ignored stays so in the command. It makes a
	// write to a closed pipe an error here instead of our end.
	sigs := make(chan os.Signal, 16)
	signal.Notify(sigs, caught...)
	defer signal.Stop(sigs)
	err = c.cmd.Start()
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		return startError(err)
	}
	var wg sync.WaitGroup
	var failed [2]error
	for i, to := range []*os.File{out, errs} {
		wg.Go(func() { failed[i] = c.pump(i, to) })
	}
	exited := make(chan struct{})
	ended := make(chan struct{})
	go func() { c.cmd.Wait(); close(exited); wg.Wait(); close(ended) }()
	c.relay(sigs, exited, ended)
	if err := errors.Join(failed[:]...); err != nil {
		return 1, fmt.Errorf("run: %w", err)
	}
	if sig := fatal(c.cmd.ProcessState); sig != nil {
		return statusOf(sig), nil
	}
	return c.cmd.ProcessState.ExitCode(), nil
}

// open makes the pipe, or the pseudo-terminal, for one stream.
func (c *child) open(to *os.File) (r, w *os.File, err error) {
	if isTerminal(to) {
		master, slave, err := openTTY(to)
		if err == nil {
			c.ttys = append(c.ttys, tty{master, to})
			return master, slave, nil
		}
	}
	return os.Pipe()
}

// pump copies one stream. When nobody reads what comes out, it closes its end,
// so that the command meets the broken pipe itself, as it would without us.
func (c *child) pump(i int, to *os.File) error {
	r := c.streams[i]
	defer r.Close()
	terminal := isTerminal(to)
	s := stream{
		src: r, dst: to, secrets: c.secrets, sink: [...]string{"stdout", "stderr"}[i],
		interactive: terminal, pty: terminal, stop: c.stop,
	}
	if err := s.copy(); err != nil && !brokenPipe(err) {
		return err
	}
	return nil
}

// relay passes signals on until the command has ended and its output with it.
// If others hold the streams open after the command's end, a signal ends the
// wait.
func (c *child) relay(sigs <-chan os.Signal, exited, ended <-chan struct{}) {
	over := false
	for {
		select {
		case <-ended:
			return
		case <-exited:
			over, exited = true, nil
		case sig := <-sigs:
			switch {
			case ignored(sig):
			case over:
				if ends(sig) {
					close(c.stop)
					<-ended
					return
				}
			case resized(sig):
				for _, t := range c.ttys {
					t.resize()
				}
				c.cmd.Process.Signal(sig)
			case !sentByTerminal(sig):
				c.cmd.Process.Signal(sig)
			}
		}
	}
}

// startError maps a failure to start to the statuses that shells use.
func startError(err error) (int, error) {
	code := 126
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = 127
	}
	return code, fmt.Errorf("run: %w", err)
}
