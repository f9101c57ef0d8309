package report

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// A Plot says how a table is drawn: its rows are lines over the columns, which
// are numbers, or bars.
type Plot struct {
	X    string // what the columns are
	Bars bool
}

// Plots are the tables that are drawn.
var Plots = map[string]Plot{
	"secrets": {X: "secrets"},
	"length":  {X: "bytes per line"},
	"hostile": {Bars: true},
}

const (
	plotWidth, plotHeight = 860, 420
	plotLeft, plotTop     = 70, 40
	plotRight, plotBottom = 250, 50
)

var colours = []string{"#0b6e4f", "#c1121f", "#1d4e89", "#f08a24", "#7b2cbf", "#6c757d", "#2a9d8f", "#9c6644"}

// Draw returns the table as SVG, both scales logarithmic.
func (p Plot) Draw(t Table) string {
	if p.Bars {
		return bars(t)
	}
	var xs []float64
	for _, c := range t.Columns {
		x, err := strconv.ParseFloat(strings.ReplaceAll(c, ",", ""), 64)
		if err != nil {
			x = float64(len(xs) + 1)
		}
		xs = append(xs, x)
	}
	lo, hi := extent(t)
	c := newCanvas(plotWidth, plotHeight, t)
	x := scale{math.Log10(xs[0]), math.Log10(xs[len(xs)-1]), plotLeft, plotWidth - plotRight}
	y := scale{lo, hi, plotHeight - plotBottom, plotTop}
	for d := math.Ceil(lo); d <= hi; d++ {
		at := y.at(d)
		c.line(plotLeft, at, plotWidth-plotRight, at, "#dddddd", 1)
		c.text(plotLeft-8, at+4, "end", Figure(math.Pow(10, d)).String())
	}
	for i, v := range xs {
		at := x.at(math.Log10(v))
		c.line(at, plotTop, at, plotHeight-plotBottom, "#eeeeee", 1)
		c.text(at, plotHeight-plotBottom+18, "middle", t.Columns[i])
	}
	c.text((plotLeft+plotWidth-plotRight)/2, plotHeight-12, "middle", p.X)
	for i, row := range t.Rows {
		colour := colours[i%len(colours)]
		var points []string
		for k, cell := range row.Cells {
			if cell.Word == "" && cell.Value > 0 {
				px, py := x.at(math.Log10(xs[k])), y.at(math.Log10(cell.Value))
				points = append(points, fmt.Sprintf("%.1f,%.1f", px, py))
				c.add(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, px, py, colour)
			}
		}
		c.add(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " "), colour)
		at := float64(plotTop + 8 + 20*i)
		c.line(plotWidth-plotRight+14, at, plotWidth-plotRight+34, at, colour, 3)
		c.text(plotWidth-plotRight+40, at+4, "start", row.Name)
	}
	return c.String()
}

// bars draws one group of bars for each row, one bar for each column.
func bars(t Table) string {
	const label, width, bar = 290, 860, 11
	group := float64(bar*len(t.Columns) + 10)
	height := plotTop + 30 + group*float64(len(t.Rows)) + 20
	c := newCanvas(width, height, t)
	lo, hi := extent(t)
	x := scale{lo, hi, label, width - 70}
	for i, name := range t.Columns {
		at := float64(label + 150*i)
		c.add(`<rect x="%.1f" y="%d" width="12" height="12" fill="%s"/>`, at, plotTop-6, colours[i%len(colours)])
		c.text(at+18, plotTop+5, "start", name)
	}
	for i, row := range t.Rows {
		top := plotTop + 24 + group*float64(i)
		c.text(label-8, top+group/2-2, "end", row.Name)
		for k, cell := range row.Cells {
			y := top + float64(bar*k)
			if cell.Word != "" || cell.Value <= 0 {
				c.text(label+4, y+9, "start", cell.Word)
				continue
			}
			end := x.at(math.Log10(cell.Value))
			c.add(`<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`, label, y, math.Max(1, end-label), bar-2, colours[k%len(colours)])
			c.text(end+4, y+9, "start", cell.String())
		}
	}
	return c.String()
}

// extent returns the decades that hold all values, as logarithms.
func extent(t Table) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			if c.Word == "" && c.Value > 0 {
				lo, hi = math.Min(lo, math.Log10(c.Value)), math.Max(hi, math.Log10(c.Value))
			}
		}
	}
	if lo > hi {
		return -1, 1
	}
	return math.Floor(lo), math.Floor(hi) + 1
}

// A scale maps an interval to pixels.
type scale struct{ lo, hi, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.hi == s.lo {
		return s.from
	}
	return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from)
}

// A canvas collects SVG elements.
type canvas struct{ strings.Builder }

func newCanvas(w, h float64, t Table) *canvas {
	c := new(canvas)
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="sans-serif" font-size="11">`, w, h)
	c.add(`<rect width="100%%" height="100%%" fill="white"/>`)
	c.add(`<text x="12" y="20" font-size="14">%s (%s)</text>`, html.EscapeString(t.Title), html.EscapeString(t.Unit))
	return c
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func (c *canvas) line(x1, y1, x2, y2 float64, colour string, width int) {
	c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%d"/>`, x1, y1, x2, y2, colour, width)
}

func (c *canvas) text(x, y float64, anchor, s string) {
	c.add(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, html.EscapeString(s))
}

// String closes and returns the drawing.
func (c *canvas) String() string { return c.Builder.String() + "</svg>\n" }
