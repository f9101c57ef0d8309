// Package sources reads secrets from where people keep them outside a secrets
// manager: files in JSON, YAML or dotenv syntax, directories with one file per
// secret, and the environment.
//
// No error and no note of this package holds content: a message is built from
// the path, the line, the name of a secret, and text of this package. Messages
// of parsers are not passed on, because they quote what they stumbled over.
package sources

import (
	"fmt"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// A Set is what one source holds. It is safe to print.
type Set struct {
	Secrets []redact.Secret

	// Warnings say what is dangerous about the source, such as a file that
	// everybody can read.
	Warnings []string

	// Notes say what was left out on purpose, such as a variable that is a URL
	// without a password.
	Notes []string
}

// Add appends what t holds.
func (s *Set) Add(t Set) {
	s.Secrets = append(s.Secrets, t.Secrets...)
	s.Warnings = append(s.Warnings, t.Warnings...)
	s.Notes = append(s.Notes, t.Notes...)
}

func (s *Set) notef(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

func (s *Set) warnf(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// add appends one value, and the password in it if it is a URL or a DSN, under
// the same name: a driver prints the one, an error message the other.
func (s *Set) add(name, version, value string) {
	s.Secrets = append(s.Secrets, redact.NewSecret(name, version, []byte(value)))
	for _, p := range needed(Passwords(value)) {
		if strings.TrimSpace(p) != "" && len(p) >= redact.MinMinLength {
			s.Secrets = append(s.Secrets, redact.NewSecret(name, version, []byte(p)))
		}
	}
}

// An Error says why a source cannot be used. It never holds content.
type Error struct {
	Path string
	Line int    // 0 if it concerns the whole file
	Msg  string // text of this package
	Err  error  // of the operating system, or nil; it is not shown if Msg says it all
}

func (e *Error) Error() string {
	where := e.Path
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.Path, e.Line)
	}
	return where + ": " + e.Msg
}

// Unwrap returns the error of the operating system, if there is one.
func (e *Error) Unwrap() error { return e.Err }
