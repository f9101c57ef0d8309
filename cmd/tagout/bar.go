package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A bar shows on a terminal how far a scan is, once it has taken a moment. It
// shows numbers only.
type bar struct {
	w     io.Writer
	on    bool
	total int64 // bytes to read

	done   int64
	files  int
	found  int
	since  time.Time
	drawn  time.Time
	onLine bool // something is on the line
}

const (
	barAfter = 400 * time.Millisecond
	barEvery = 100 * time.Millisecond
	barWidth = 28
)

func newBar(w io.Writer, on bool) *bar { return &bar{w: w, on: on, since: time.Now()} }

func (b *bar) file(found int) { b.files++; b.found = found; b.draw(time.Now()) }
func (b *bar) read(n int)     { b.done += int64(n); b.draw(time.Now()) }

func (b *bar) draw(now time.Time) {
	if !b.on || now.Sub(b.since) < barAfter || now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn, b.onLine = now, true
	fmt.Fprintf(b.w, "\r%s\x1b[K", b.line())
}

func (b *bar) line() string {
	share := 0.0
	if b.total > 0 {
		share = min(1, float64(b.done)/float64(b.total))
	}
	full := int(share * barWidth)
	return fmt.Sprintf("[%s%s] %3.0f%%  %s  %d files  %d found", strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		share*100, size(b.done), b.files, b.found)
}

// clear makes room for other output.
func (b *bar) clear() {
	if b.onLine {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.onLine, b.drawn = false, time.Time{}
	}
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
