package main

import (
	"errors"
	"os"
)

// caught are the signals that a command may want to hear of. The console sends
// its own to all its processes.
var caught = []os.Signal{os.Interrupt}

func ignored(os.Signal) bool        { return false }
func resized(os.Signal) bool        { return false }
func ends(os.Signal) bool           { return true }
func sentByTerminal(os.Signal) bool { return true }

// openTTY fails: streams are pipes here.
func openTTY(*os.File) (master, slave *os.File, err error) { return nil, nil, errors.ErrUnsupported }

func (tty) resize() {}

func fatal(*os.ProcessState) os.Signal { return nil }
func statusOf(os.Signal) int           { return 1 }
func die(os.Signal)                    {}
