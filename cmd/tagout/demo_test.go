package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

func playDemo(t *testing.T, width int, sc []scene, wrap func(*stage)) (string, error) {
	t.Helper()
	var out bytes.Buffer
	st := newStage(secretsregistry.New(), newScreen(&out, width, false))
	if wrap != nil {
		wrap(st)
	}
	p := &process{out: os.Stdout, err: os.Stderr}
	err := p.demo(st, sc)
	return out.String(), err
}

// CLI-21: the demo plays at every width, in lines that fit.
func TestDemoWidths(t *testing.T) {
	for _, width := range []int{0, 1, 20, 40, 80, 99, 100, 120, 250} {
		out, err := playDemo(t, width, scenes(), nil)
		if err != nil {
			t.Fatalf("width %d: %v", width, err)
		}
		for line := range strings.Lines(out) {
			fixed := strings.HasPrefix(line, "   payments/") || strings.HasPrefix(line, "   SECRET") || strings.HasPrefix(line, "tagout:") || strings.Contains(line, "what the program")
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); width >= 60 && n > width && !fixed {
				t.Errorf("width %d: %d columns in %q", width, n, line)
			}
		}
		for _, want := range []string{"payments/db/password", "@v1", "@v2", "~prefix", "\n0 of "} {
			if width == 0 && !strings.Contains(out, want) {
				t.Errorf("no %q", want)
			}
		}
	}
}

// CLI-22: the check finds what is left: a text shown unredacted ends the demo
// with status 1 and is counted.
func TestDemoFindsLeaks(t *testing.T) {
	leak := scene{"Leak", "nothing is redacted", func(st *stage) error {
		db, err := st.fetch("payments/db")
		if err != nil {
			return err
		}
		text := "password " + st.plant(db["password"])
		return st.show(text, text)
	}}
	out, err := playDemo(t, 0, []scene{leak}, nil)
	var exit *exitError
	if !errors.As(err, &exit) || exit.code != 1 || !strings.Contains(out, "1 of 1 planted secrets left") {
		t.Errorf("%v\n%s", err, out)
	}
	// A spelling that a later scene plants is looked for in all texts.
	late := scene{"Late", "", func(st *stage) error {
		st.clean = append(st.clean, "early text with late-secret-1")
		return st.show("x "+st.plant("late-secret-1"), "x")
	}}
	if out, err = playDemo(t, 0, []scene{late}, nil); err == nil || !strings.Contains(out, "1 of 1 planted") {
		t.Errorf("%v\n%s", err, out)
	}
	// A scene that plants nothing, and a demo without scenes, prove nothing.
	empty := scene{"Empty", "", func(st *stage) error { return st.print("log", "nothing here") }}
	if _, err = playDemo(t, 0, []scene{empty}, nil); err == nil {
		t.Error("a scene without secrets passed")
	}
	if _, err = playDemo(t, 0, nil, nil); err == nil {
		t.Error("a demo without scenes passed")
	}
}
