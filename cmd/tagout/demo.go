package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

func (p *process) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole story in a terminal: no flags, no server, made-up secrets",
		Long: `Show what a program writes and what comes out of tagout, side by side: four loggers, a
connection error, an HTTP request, a web service, a stack trace, JSON in JSON, bytes,
a span, and a secret that rotates in between. It ends with the table of hits and a search of
its own output for everything that it planted; the exit status is 1 if anything
is left. The secrets are made up and kept in the process.`,
		Example: "  tagout demo",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			st := newStage(secretsregistry.New(), screenOf(p.out))
			return p.demo(st, scenes())
		},
	}
}

// A scene is one part of the demo. Its texts contain secrets in spellings that
// it has passed through stage.plant.
type scene struct {
	title string
	why   string // what to look at
	play  func(*stage) error
}

func (p *process) demo(st *stage, scenes []scene) error {
	st.screen.title()
	for i, sc := range scenes {
		st.screen.scene(i+1, sc.title, sc.why)
		if err := sc.play(st); err != nil {
			return &exitError{1, fmt.Errorf("demo: %s: %w", sc.title, err)}
		}
	}
	var table bytes.Buffer
	hits(st.reg).print(&table)
	st.screen.section("What was found")
	st.screen.text(table.String())
	planted, left := st.check()
	st.screen.verdict(planted, left)
	if err := st.screen.flush(); err != nil && !brokenPipe(err) {
		return &exitError{1, fmt.Errorf("demo: %w", err)}
	}
	if left > 0 || planted == 0 {
		return &exitError{code: 1}
	}
	return nil
}

// A stage is where scenes play: a secrets manager in the process, a Registry fed
// from it, and a screen.
type stage struct {
	manager *devmock.Manager
	reg     *secretsregistry.Registry
	screen  *screen

	planted []string // spellings, the longest first
	raw     []string // everything shown, before
	clean   []string // and after
}

func newStage(reg *secretsregistry.Registry, scr *screen) *stage {
	st := &stage{manager: devmock.New(), reg: reg, screen: scr}
	for path, fields := range demoSecrets() {
		st.manager.Set(path, fields)
	}
	return st
}

// Source is what adapters that play are given.
func (st *stage) Source() redact.Source { return st.reg }

// fetch reads a path of the manager, registers what it holds and returns it: a
// value is covered before anyone has it.
func (st *stage) fetch(path string) (map[string]string, error) {
	payload, err := st.manager.Fetch(context.Background(), path)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	var secrets []redact.Secret
	for _, name := range payload.Names() {
		value, _ := payload.Field(name)
		fields[name] = value
		secrets = append(secrets, redact.NewSecret(path+"/"+name, payload.Version(), []byte(value)))
	}
	return fields, st.reg.Put(secrets...)
}

// plant notes a spelling of a secret, which must not be left in what comes out,
// and returns it.
func (st *stage) plant(spelling string) string {
	if !slices.Contains(st.planted, spelling) {
		st.planted = append(st.planted, spelling)
		slices.SortFunc(st.planted, func(a, b string) int { return len(b) - len(a) })
	}
	return spelling
}

// print shows a text as a program would have written it, and redacted.
func (st *stage) print(sink, text string) error {
	var out strings.Builder
	w := redact.NewStreamWriter(&out, st.reg, redact.SinkName(sink))
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return st.show(text, out.String())
}

// show shows two texts beside each other, of an adapter that has redacted for
// itself.
func (st *stage) show(raw, clean string) error {
	if len(st.marks(raw)) == 0 {
		return errors.New("nothing is planted in the text")
	}
	st.raw, st.clean = append(st.raw, raw), append(st.clean, clean)
	st.screen.pair(raw, st.marks(raw), clean, tagMarks(clean))
	return nil
}

// marks finds what is planted in a text.
func (st *stage) marks(text string) (spans [][2]int) {
	for _, p := range st.planted {
		for at := 0; ; {
			i := strings.Index(text[at:], p)
			if i < 0 {
				break
			}
			at += i
			spans = append(spans, [2]int{at, at + len(p)})
			at += len(p)
		}
	}
	return spans
}

// check searches everything shown for everything planted: all spellings in all
// texts, whichever scene they belong to.
func (st *stage) check() (planted, left int) {
	for _, text := range st.raw {
		planted += len(st.marks(text))
	}
	for _, text := range st.clean {
		left += len(st.marks(text))
	}
	return planted, left
}

// tagMarks finds tags in a text.
func tagMarks(text string) (spans [][2]int) {
	for at := 0; ; {
		i := strings.Index(text[at:], "[REDACTED")
		if i < 0 {
			return spans
		}
		end := strings.IndexByte(text[at+i:], ']')
		if end < 0 {
			return spans
		}
		spans = append(spans, [2]int{at + i, at + i + end + 1})
		at += i + end + 1
	}
}

// screenOf fits the demo to what standard output is.
func screenOf(out *os.File) *screen {
	s := newScreen(out, 0, false)
	if isTerminal(out) {
		if width, _, err := term.GetSize(int(out.Fd())); err == nil {
			s.width = width
		}
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return s
}
