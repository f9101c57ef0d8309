//go:build !windows

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// caught are the signals that a command may want to hear of.
var caught = []os.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
	syscall.SIGWINCH, syscall.SIGPIPE,
}

func ignored(sig os.Signal) bool { return sig == syscall.SIGPIPE }
func resized(sig os.Signal) bool { return sig == syscall.SIGWINCH }

// ends reports whether a signal asks for the end.
func ends(sig os.Signal) bool {
	return sig == syscall.SIGINT || sig == syscall.SIGTERM || sig == syscall.SIGHUP || sig == syscall.SIGQUIT
}

// sentByTerminal reports whether the command has got sig as well: what is typed
// at a terminal goes to all processes in its foreground, and twice would be once
// too often.
func sentByTerminal(sig os.Signal) bool {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		return false
	}
	f, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer f.Close()
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// openTTY returns a pseudo-terminal of the size of a real one. It changes
// nothing in what passes through: line ends are made by the real one.
func openTTY(real *os.File) (master, slave *os.File, err error) {
	master, slave, err = pty.Open()
	if err != nil {
		return nil, nil, err
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		master.Close()
		slave.Close()
		return nil, nil, err
	}
	tty{master, real}.resize()
	return master, slave, nil
}

func (t tty) resize() {
	if size, err := pty.GetsizeFull(t.real); err == nil {
		pty.Setsize(t.master, size)
	}
}

// fatal returns the signal that ended a command, nil if it exited.
func fatal(s *os.ProcessState) os.Signal {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal()
	}
	return nil
}

// statusOf is the exit status that shells show for a signal.
func statusOf(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}

// die ends this process by a signal, and returns where that would not be quiet:
// the Go runtime answers some with a dump.
func die(sig os.Signal) {
	switch sig {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL:
		signal.Reset(sig)
		syscall.Kill(os.Getpid(), sig.(syscall.Signal))
		time.Sleep(time.Second) // until it arrives
	}
}
