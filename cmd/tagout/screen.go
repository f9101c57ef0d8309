package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A screen lays the demo out: two columns where there is room for them, lines
// that begin with - and + where there is not.
type screen struct {
	w      *bufio.Writer
	width  int // columns, 0 if it is no terminal
	colour bool
}

// sideBySide is the least width for two columns.
const sideBySide = 100

const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	marker = "│"
)

func newScreen(w io.Writer, width int, colour bool) *screen {
	return &screen{w: bufio.NewWriter(w), width: width, colour: colour}
}

func (s *screen) flush() error { return s.w.Flush() }

func (s *screen) paint(colour, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return colour + text + plain
}

func (s *screen) title() {
	fmt.Fprintf(s.w, "%s\n", s.paint(bold, "tagout: a program prints its secrets, in every spelling; tags come out."))
	if s.width < sideBySide {
		fmt.Fprintf(s.w, "%s is what the program writes, %s what comes out.\n", s.paint(red, "-"), s.paint(green, "+"))
	}
}

func (s *screen) scene(n int, title, why string) {
	s.section(fmt.Sprintf("%d. %s", n, title))
	width := 100
	if s.width > 0 {
		width = max(40, min(s.width, 110))
	}
	for _, line := range wrapWords(why, width-3) {
		fmt.Fprintf(s.w, "   %s\n", s.paint(dim, line))
	}
}

func (s *screen) section(title string) {
	fmt.Fprintf(s.w, "\n%s\n", s.paint(bold, title))
}

// label says what the next pair is.
func (s *screen) label(text string) {
	fmt.Fprintf(s.w, "   %s\n", s.paint(bold, text))
}

func (s *screen) text(text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(s.w, "   %s", line)
	}
}

func (s *screen) verdict(planted, left int) {
	colour := green
	if left > 0 || planted == 0 {
		colour = red
	}
	fmt.Fprintf(s.w, "\n%s\n", s.paint(colour, fmt.Sprintf("%d of %d planted secrets left in the output", left, planted)))
	s.flush()
}

// pair shows a text before and after, with spans marked in each.
func (s *screen) pair(raw string, rawMarks [][2]int, clean string, cleanMarks [][2]int) {
	if s.width >= sideBySide {
		s.columns(s.cells(raw, rawMarks, red), s.cells(clean, cleanMarks, green))
	} else {
		s.lines("-", red, s.cells(raw, rawMarks, red))
		s.lines("+", green, s.cells(clean, cleanMarks, green))
	}
	s.flush()
}

// A cell is a character with its colour, "" for none.
type cell struct {
	r      rune
	colour string
}

// cells splits a text into lines of cells. What a terminal would act on is
// replaced.
func (s *screen) cells(text string, marks [][2]int, colour string) [][]cell {
	lines := [][]cell{nil}
	for i, r := range strings.TrimSuffix(text, "\n") {
		last := len(lines) - 1
		c := cell{r: r}
		for _, m := range marks {
			if m[0] <= i && i < m[1] {
				c.colour = colour
			}
		}
		switch {
		case r == '\n':
			lines = append(lines, nil)
		case r == '\t':
			for range 4 {
				lines[last] = append(lines[last], cell{' ', c.colour})
			}
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			lines[last] = append(lines[last], cell{'·', c.colour})
		default:
			lines[last] = append(lines[last], c)
		}
	}
	return lines
}

func (s *screen) columns(left, right [][]cell) {
	width := (s.width - 6) / 2
	for i := range max(len(left), len(right)) {
		var l, r [][]cell
		if i < len(left) {
			l = wrap(left[i], width)
		}
		if i < len(right) {
			r = wrap(right[i], width)
		}
		for j := range max(len(l), len(r)) {
			var a, b []cell
			if j < len(l) {
				a = l[j]
			}
			if j < len(r) {
				b = r[j]
			}
			fmt.Fprintf(s.w, "   %s%s %s", s.render(a), strings.Repeat(" ", width-len(a)), s.paint(dim, marker))
			if len(b) > 0 {
				fmt.Fprintf(s.w, " %s", s.render(b))
			}
			s.w.WriteByte('\n')
		}
	}
}

func (s *screen) lines(sign, colour string, lines [][]cell) {
	for _, line := range lines {
		parts := [][]cell{line}
		if s.width > 20 {
			parts = wrap(line, s.width-5)
		}
		for i, part := range parts {
			line := "   " + s.paint(colour, sign)
			if i > 0 {
				line = "    "
			}
			if len(part) > 0 {
				line += " " + s.render(part)
			}
			fmt.Fprintln(s.w, line)
		}
	}
}

func (s *screen) render(cells []cell) string {
	var b strings.Builder
	now := ""
	for _, c := range cells {
		if s.colour && c.colour != now {
			if now = c.colour; now == "" {
				b.WriteString(plain)
			} else {
				b.WriteString(now)
			}
		}
		b.WriteRune(c.r)
	}
	if now != "" {
		b.WriteString(plain)
	}
	return b.String()
}

// wrap cuts a line into parts of at most width cells, at least one part: after a
// space or before a mark if there is one not far from the edge.
func wrap(line []cell, width int) (parts [][]cell) {
	for len(line) > width {
		cut := width
		for i := width; i > width*2/3; i-- {
			if line[i-1].r == ' ' || line[i].colour != "" && line[i-1].colour == "" {
				cut = i
				break
			}
		}
		parts, line = append(parts, line[:cut]), line[cut:]
	}
	return append(parts, line)
}

// wrapWords breaks a text at spaces.
func wrapWords(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
