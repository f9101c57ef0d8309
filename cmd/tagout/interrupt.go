package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// After an interrupt the input goes on while it brings something: what a program
// says while it shuts down is worth having, and it often got the same interrupt.
const (
	lingerIdle = 300 * time.Millisecond
	lingerMax  = 5 * time.Second
)

// An interrupt ends a copy when the user asks for it: stop is closed once the
// input pauses after the first signal, or at the second.
type interrupt struct {
	stop   chan struct{}
	caught chan os.Signal
	last   atomic.Int64 // when something arrived, in nanoseconds
	sig    atomic.Value // the first signal
	end    chan struct{}
}

func catchInterrupts() *interrupt {
	i := &interrupt{stop: make(chan struct{}), caught: make(chan os.Signal, 2), end: make(chan struct{})}
	signal.Notify(i.caught, os.Interrupt, syscall.SIGTERM)
	go i.wait()
	return i
}

func (i *interrupt) wait() {
	defer close(i.stop)
	select {
	case sig := <-i.caught:
		i.sig.Store(sig)
	case <-i.end:
		return
	}
	began := time.Now()
	i.seen()
	for {
		pause := time.Since(time.Unix(0, i.last.Load()))
		if pause >= lingerIdle || time.Since(began) >= lingerMax {
			return
		}
		select {
		case <-time.After(lingerIdle - pause):
		case <-i.caught:
			return
		case <-i.end:
			return
		}
	}
}

// seen notes that the input brought something.
func (i *interrupt) seen() { i.last.Store(time.Now().UnixNano()) }

// done stops catching and returns the signal that was caught, nil if none was.
func (i *interrupt) done() os.Signal {
	signal.Stop(i.caught)
	close(i.end)
	sig, _ := i.sig.Load().(os.Signal)
	return sig
}
