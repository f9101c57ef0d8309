package sources

import (
	"path"
	"slices"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// DefaultEnv returns the patterns of variables that hold secrets by custom.
func DefaultEnv() []string {
	return []string{
		"*_TOKEN", "*_PASSWORD", "*_PASSWD", "*_PASSPHRASE", "*_PASS", "*_PWD", "*_SECRET", "*_KEY", "*_APIKEY", "*_AUTH", "*_PAT", "*_WEBHOOK", "*_WEBHOOK_URL",
		"TOKEN", "PASSWORD", "PASSPHRASE", "SECRET", "APIKEY", "PGPASSWORD", "MYSQL_PWD",
		"*_DSN", "*_URL", "*_URI", "*_CONNECTION_STRING", "DSN", "DATABASE_URL", "REDIS_URL",
	}
}

// located are the endings of names whose values say where something is. Only
// the password in them is secret.
var located = [...]string{"DSN", "URL", "URI", "CONNECTION_STRING"}

// whole are the endings of names whose values are secret whatever they look like.
// The path of a webhook is what nobody else may know.
var whole = [...]string{"WEBHOOK", "WEBHOOK_URL", "PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "APIKEY"}

// notSecret are variables that match the default patterns and never hold one.
var notSecret = [...]string{"PWD", "OLDPWD"}

// Env reads the variables whose names match one of the patterns, which are
// those of path.Match without regard to case. environ is what os.Environ
// returns. The name of the variable is the name of the secret.
//
// Of a value that is a URL or a DSN only the password is a secret (see
// Passwords), unless the name says that the value is secret as a whole: a
// password may look like anything. A location without a password is a note if
// the name says that it is one (*_URL, *_DSN, ...) and secret otherwise.
func Env(environ, patterns []string) (Set, error) {
	for i, p := range patterns {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return Set{}, &Error{Path: "--env", Msg: "malformed pattern: " + patterns[i]}
		}
	}
	var set Set
	for _, kv := range slices.Sorted(slices.Values(environ)) {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || name == "" || !matches(patterns, name) {
			continue
		}
		set.variable(name, value)
	}
	return set, nil
}

func matches(patterns []string, name string) bool {
	upper := strings.ToUpper(name)
	for _, p := range patterns {
		if ok, _ := path.Match(strings.ToUpper(p), upper); !ok {
			continue
		}
		if !slices.Contains(notSecret[:], upper) || strings.EqualFold(p, name) {
			return true
		}
	}
	return false
}

func (s *Set) variable(name, value string) {
	if strings.TrimSpace(value) == "" {
		s.notef("%s is empty", name)
		return
	}
	found := needed(Passwords(value))
	for _, p := range found {
		s.Secrets = append(s.Secrets, redact.NewSecret(name, "", []byte(p)))
	}
	switch {
	case ends(name, whole[:]) || !ends(name, located[:]):
		if len(found) == 0 || ends(name, whole[:]) || !strings.Contains(value, "://") {
			s.Secrets = append(s.Secrets, redact.NewSecret(name, "", []byte(value)))
		}
	case len(found) == 0:
		s.notef("%s is a location without a password", name)
	}
}

// ends reports whether the last word of a variable's name is one of ends.
func ends(name string, ends []string) bool {
	upper := strings.ToUpper(name)
	for _, end := range ends {
		if upper == end || strings.HasSuffix(upper, "_"+end) {
			return true
		}
	}
	return false
}
