package redacttest

import (
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Case is one entry of the corpus. It is immutable.
type Case struct {
	File  string // corpus file, without folder and extension
	Name  string // unique within the file
	Why   string // the harm that the rule prevents
	Input string

	// Cut says that the case exercises the rule for cut values, which sinks
	// that face a remote peer do not have.
	Cut bool
	// JSON says that the input is a JSON record and that the wanted output
	// needs [redact.SinkJSON].
	JSON bool

	secrets []redact.Secret
	oracle  Oracle
	want    string // tags as «names»
	noCut   string // the same without the rule for cut values
	min     int    // 0: the default
}

// Title returns the file and the name of the case.
func (c Case) Title() string { return c.File + "/" + c.Name }

// Secrets returns the secrets of the case. They are made up.
func (c Case) Secrets() []redact.Secret { return append([]redact.Secret(nil), c.secrets...) }

// Oracle returns an oracle for the raw values of the case.
func (c Case) Oracle() Oracle { return append(Oracle(nil), c.oracle...) }

// Matcher returns a matcher for the secrets of the case.
func (c Case) Matcher(t testing.TB, opts ...redact.Option) *redact.Matcher {
	t.Helper()
	if c.min != 0 {
		opts = append(opts[:len(opts):len(opts)], redact.WithMinLength(c.min))
	}
	m, err := redact.NewMatcher(c.secrets, opts...)
	if err != nil {
		t.Fatalf("%s: NewMatcher: %v", c.Title(), err)
	}
	return m
}

// Want returns the wanted output under a tag style, with or without the rule
// for cut values.
func (c Case) Want(style redact.TagStyle, cut bool) string {
	if cut {
		return render(c.want, style)
	}
	return render(c.noCut, style)
}

// The corpus writes a tag as «names», so that one case serves every tag style
// and a tag that stands in the input is not taken for one that was put there.
const (
	cutMark  = "~prefix"
	tagOpen  = "«"
	tagClose = "»"
)

func render(template string, style redact.TagStyle) string {
	var b strings.Builder
	for {
		i := strings.Index(template, tagOpen)
		if i < 0 {
			b.WriteString(template)
			return b.String()
		}
		j := i + strings.Index(template[i:], tagClose)
		b.WriteString(template[:i])
		b.WriteString(tag(template[i+len(tagOpen):j], style))
		template = template[j+len(tagClose):]
	}
}

// tag renders the names of one tag, "a@v1,b@v2,+1", under a style.
func tag(names string, style redact.TagStyle) string {
	switch style {
	case redact.TagConstant:
		return "[REDACTED]"
	case redact.TagNamed:
		var shown []string
		for _, n := range strings.Split(names, ",") {
			name, version, _ := strings.Cut(n, "@")
			if strings.HasSuffix(version, cutMark) {
				name += cutMark
			}
			if len(shown) == 0 || shown[len(shown)-1] != name {
				shown = append(shown, name)
			}
		}
		names = strings.Join(shown, ",")
	}
	return "[REDACTED:" + names + "]"
}
