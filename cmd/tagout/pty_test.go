//go:build !windows

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// limit ends a test that waits for something that never comes. Nothing passes or
// fails by how long it took.
const limit = 20 * time.Second

// tagout is the command under test with secrets in its environment.
func tagout(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("tagout")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "APP_TOKEN=Zq7!mW2kd9Lx", "COLON_TOKEN=d: quite-awkward", "TERM=xterm")
	return cmd
}

// A console is the side of a terminal where the user sits.
type console struct {
	t      *testing.T
	master *os.File
	got    bytes.Buffer
	chunks chan []byte
}

// start runs cmd on a terminal of its own, with the streams that are not set.
func start(t *testing.T, cmd *exec.Cmd) *console {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	switch { // Ctty is a number among the command's files
	case cmd.Stdin == nil:
		cmd.Stdin = slave
	case cmd.Stdout == nil:
		cmd.SysProcAttr.Ctty = 1
	default:
		cmd.SysProcAttr.Ctty = 2
	}
	if cmd.Stdout == nil {
		cmd.Stdout = slave
	}
	if cmd.Stderr == nil {
		cmd.Stderr = slave
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	c := &console{t: t, master: master, chunks: make(chan []byte)}
	go func() {
		defer close(c.chunks)
		for {
			buf := make([]byte, 4096)
			n, err := master.Read(buf)
			if n > 0 {
				c.chunks <- buf[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		go func() {
			for range c.chunks {
			}
		}()
		master.Close()
	})
	return c
}

// expect waits until text has been shown, and forgets what came up to it.
func (c *console) expect(text string) {
	c.t.Helper()
	deadline := time.After(limit)
	for {
		if _, after, ok := strings.Cut(c.got.String(), text); ok {
			c.got.Reset()
			c.got.WriteString(after)
			return
		}
		select {
		case chunk, ok := <-c.chunks:
			if !ok {
				c.t.Fatalf("ended without %q; got %q", text, c.got.String())
			}
			c.got.Write(chunk)
		case <-deadline:
			c.t.Fatalf("%q does not come; got %q", text, c.got.String())
		}
	}
}

// rest returns what is shown until the end.
func (c *console) rest() string {
	c.t.Helper()
	deadline := time.After(limit)
	for {
		select {
		case chunk, ok := <-c.chunks:
			if !ok {
				return c.got.String()
			}
			c.got.Write(chunk)
		case <-deadline:
			c.t.Fatalf("no end; got %q", c.got.String())
		}
	}
}

func (c *console) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.master, text); err != nil {
		c.t.Fatal(err)
	}
}

// CLI-13: a prompt without newline appears while the input stays open, also when
// its last bytes may begin a secret.
func TestFilterPrompt(t *testing.T) {
	for _, prompt := range []string{"Name? ", "Password: "} {
		cmd := tagout(t, "filter", "--env", "*_TOKEN", "-q")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, cmd)
		io.WriteString(in, prompt)
		c.expect(prompt)
		io.WriteString(in, "Zq7!mW2kd9Lx\n")
		in.Close()
		c.expect("[REDACTED:APP_TOKEN@")
		if rest := c.rest(); strings.Contains(rest, "Zq7") {
			t.Errorf("%q", rest)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// CLI-13, CLI-16: the command stays on a terminal, with input, size and prompt.
func TestRunTerminal(t *testing.T) {
	cmd := tagout(t, "run", "-q", "--", "sh", "-c",
		`test -t 0 && test -t 1 && test -t 2 && echo terminals; stty size <&1; stty size <&2
		 printf 'Password: '; read x; echo "got $x $APP_TOKEN"; echo "err $APP_TOKEN" >&2; exit 5`)
	c := start(t, cmd)
	c.expect("terminals\r\n24 80\r\n24 80\r\n")
	c.expect("Password: ")
	c.send("hello\n")
	rest := c.rest()
	// The two streams race, as those of any command do that are read apart.
	for _, want := range []string{"got hello ", "err "} {
		if !strings.Contains(rest, want) {
			t.Errorf("no %q in %q", want, rest)
		}
	}
	if n := strings.Count(rest, "[REDACTED:APP_TOKEN@"); n != 2 {
		t.Errorf("%d tags in %q", n, rest)
	}
	if strings.Contains(rest, "Zq7") || strings.Contains(rest, "\r\r\n") {
		t.Errorf("%q", rest)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("status %d, want 5", code)
	}
}

// CLI-16: a terminal per stream: one that was none does not become one.
func TestRunOneTerminal(t *testing.T) {
	for _, c := range []struct {
		name       string
		out        bool
		wantOutput string
	}{
		{"standard output", true, "no yes"},
		{"standard error", false, "yes no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := tagout(t, "run", "-q", "--", "sh", "-c",
				`a=no; b=no; test -t 1 && a=yes; test -t 2 && b=yes; echo "$a $b $APP_TOKEN"; echo "$a $b $APP_TOKEN" >&2`)
			var piped bytes.Buffer
			if c.out {
				cmd.Stdout = &piped
			} else {
				cmd.Stderr = &piped
			}
			shown := start(t, cmd).rest()
			cmd.Wait()
			for _, got := range []string{shown, piped.String()} {
				if !strings.HasPrefix(got, c.wantOutput+" [REDACTED:APP_TOKEN@") {
					t.Errorf("%q, want %q", got, c.wantOutput)
				}
			}
		})
	}
}

// CLI-16: the size follows the terminal's, and the command hears of it.
func TestRunResize(t *testing.T) {
	cmd := tagout(t, "run", "-q", "--", "sh", "-c",
		`trap 'echo now $(stty size <&2)' WINCH; echo ready; n=0; while [ $n -lt 200 ]; do sleep 0.1; n=$((n+1)); done`)
	c := start(t, cmd)
	c.expect("ready")
	if err := pty.Setsize(c.master, &pty.Winsize{Rows: 33, Cols: 111}); err != nil {
		t.Fatal(err)
	}
	c.expect("33 111")
}

// CLI-15: what is typed reaches the command once, and its own end is ours.
func TestRunInterruptTyped(t *testing.T) {
	cmd := tagout(t, "run", "-q", "--", "interrupts")
	c := start(t, cmd)
	c.expect("ready")
	c.send("\x03")
	c.expect("times 1.")
	c.rest()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 9 {
		t.Errorf("status %d, want 9", code)
	}
}

// CLI-15: signals sent to tagout reach the command.
func TestRunSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd := tagout(t, "run", "-q", "--", "sh", "-c",
				`trap 'echo "got it $APP_TOKEN"; exit 3' INT TERM HUP USR1; echo ready; n=0; while [ $n -lt 200 ]; do sleep 0.1; n=$((n+1)); done`)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line := make([]byte, 6); true {
				if _, err := io.ReadFull(out, line); err != nil || string(line) != "ready\n" {
					t.Fatalf("%q, %v", line, err)
				}
			}
			cmd.Process.Signal(sig)
			rest, _ := io.ReadAll(out)
			cmd.Wait()
			if !strings.HasPrefix(string(rest), "got it [REDACTED:") || cmd.ProcessState.ExitCode() != 3 {
				t.Errorf("%q, %v", rest, cmd.ProcessState)
			}
		})
	}
}

// CLI-15: a command that a signal ended ends tagout by the same signal.
func TestRunDiesAlike(t *testing.T) {
	cmd := tagout(t, "run", "-q", "--", "sh", "-c", "kill -TERM $$")
	cmd.Run()
	ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
		t.Errorf("%v", cmd.ProcessState)
	}
}

// CLI-11: interrupted, filter writes what it holds and ends by the signal.
func TestFilterInterrupt(t *testing.T) {
	cmd := tagout(t, "filter", "--env", "APP_*", "--tags", "named")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "ready Zq7!mW2")
	got := make([]byte, len("ready "))
	if _, err := io.ReadFull(out, got); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGINT) // the input stays open
	rest, _ := io.ReadAll(out)
	cmd.Wait()
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ws.Signaled() || ws.Signal() != syscall.SIGINT {
		t.Errorf("%v", cmd.ProcessState)
	}
	if len(rest) == 0 {
		t.Error("what was held is lost")
	}
}

// CLI-11: when nobody reads any more, filter and run end quietly.
func TestBrokenPipe(t *testing.T) {
	for _, args := range [][]string{
		{"filter", "--env", "APP_*"},
		{"run", "--env", "APP_*", "--", "yes"},
	} {
		cmd := tagout(t, args...)
		if args[0] == "filter" {
			yes := exec.Command("yes", "Zq7!mW2kd9Lx")
			pipe, err := yes.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := yes.Start(); err != nil {
				t.Fatal(err)
			}
			defer yes.Wait()
			defer pipe.Close()
			cmd.Stdin = pipe
		}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, 100))
		out.Close()
		cmd.Wait()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if errs.Len() > 0 || !ws.Signaled() && ws.ExitStatus() == 0 || ws.Signaled() && ws.Signal() != syscall.SIGPIPE {
			t.Errorf("%s: %v, %q", args[0], cmd.ProcessState, errs.String())
		}
	}
}

// CLI-21: at a terminal of 120 columns the demo stands in two.
func TestDemoTerminal(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	term.MakeRaw(int(slave.Fd()))
	pty.Setsize(master, &pty.Winsize{Rows: 40, Cols: 120})
	cmd := tagout(t, "demo")
	cmd.Stdout = slave
	go func() { cmd.Run(); slave.Close() }()
	text, _ := io.ReadAll(master)
	if !bytes.Contains(text, []byte("│")) || !bytes.Contains(text, []byte("\x1b[32m[REDACTED:")) {
		t.Errorf("no columns or colours in %.600q", text)
	}
	if !bytes.Contains(text, []byte("0 of ")) {
		t.Error("no verdict")
	}
}
