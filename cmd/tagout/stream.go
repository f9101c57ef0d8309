package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/seed-00b494d3/tagout/redact"
)

// idle is how long nothing arrives before the last few bytes of a prompt, which
// may be the first of a secret, are shown all the same.
const idle = 50 * time.Millisecond

// A stream copies src to dst, redacted, as soon as it is safe.
type stream struct {
	src         io.Reader
	dst         io.Writer
	secrets     redact.Source
	sink        string
	interactive bool            // see redact.StreamWriter.Release
	pty         bool            // src is a terminal's other side, which ends with EIO
	stop        <-chan struct{} // ends the copy as the end of src does; may be nil
	seen        func()          // called when something arrived; may be nil
}

// copy returns when src has ended and everything is written, or at the first
// error. When it ends by stop, a read of src may still be under way.
func (s *stream) copy() error {
	w := redact.NewStreamWriter(s.dst, s.secrets, redact.SinkName(s.sink))
	chunks, ready, quit := make(chan []byte), make(chan struct{}), make(chan struct{})
	defer close(quit)
	var readErr error // set before chunks is closed
	go func() {
		defer close(chunks)
		buf := make([]byte, 64<<10)
		for {
			n, err := s.src.Read(buf)
			if n > 0 {
				select {
				case chunks <- buf[:n]:
				case <-quit:
					return
				}
				select { // buf belongs to the other side until it says so
				case <-ready:
				case <-quit:
					return
				}
			}
			if err != nil {
				readErr = err
				return
			}
		}
	}()
	timer := time.NewTimer(idle)
	timer.Stop()
	for {
		select {
		case chunk, ok := <-chunks:
			if !ok {
				if err := w.Close(); err != nil {
					return err
				}
				return s.ended(readErr)
			}
			if s.seen != nil {
				s.seen()
			}
			_, err := w.Write(chunk)
			if err != nil {
				return err
			}
			ready <- struct{}{}
			if s.interactive && w.Held() > 0 {
				timer.Reset(idle)
			}
		case <-timer.C:
			if err := w.Release(); err != nil {
				return err
			}
		case <-s.stop:
			return w.Close()
		}
	}
}

// ended returns the error with which reading failed, nil at the end.
func (s *stream) ended(err error) error {
	if err == io.EOF || s.pty && (errors.Is(err, syscall.EIO) || errors.Is(err, fs.ErrClosed)) {
		return nil
	}
	return err
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
