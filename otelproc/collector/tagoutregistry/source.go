package tagoutregistry

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seed-00b494d3/tagout/internal/sources"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Limits of what a source may hold. They bound memory where a path was set to
// something else by mistake.
const (
	maxFile    = 16 << 20
	maxSecrets = 100_000
)

// A source reads all its secrets at once. Its errors hold no content.
type source interface {
	load(ctx context.Context, to *loaded) error
	String() string // kind and path, for logs
}

func newSource(c SourceConfig, reg *secretsregistry.Registry) (source, error) {
	switch {
	case c.File != nil:
		return &fileSource{path: c.File.Path, format: c.File.Format}, nil
	case c.Directory != nil:
		return &directorySource{path: c.Directory.Path}, nil
	case c.Env != nil:
		return &envSource{names: c.Env.Names}, nil
	case c.Vault != nil:
		return newVault(c.Vault, reg)
	case c.AWS != nil:
		return newAWS(c.AWS, reg)
	case c.Azure != nil:
		return newAzure(c.Azure, reg)
	case c.GCP != nil:
		return newGCP(c.GCP, reg)
	}
	return nil, errors.New("no kind of source") // Validate says so before
}

// loaded collects what one source gave.
type loaded struct {
	prefix string
	key    func() []byte // of the fingerprints that stand for versions
	names  map[string]values
	errs   []error
}

// values are those of one name.
type values struct{ current, previous, pending []redact.Secret }

// put adds the only value of a name.
func (l *loaded) put(name, value string) {
	if l.taken(name) {
		return
	}
	l.add(name, "", value, func(v *values) *[]redact.Secret { return &v.current })
}

// payload adds the fields of a path, and its other versions.
func (l *loaded) payload(path string, p *secretsregistry.Payload) {
	add := func(p *secretsregistry.Payload, state func(*values) *[]redact.Secret) {
		for _, field := range p.Names() {
			value, _ := p.Field(field)
			l.add(path+"/"+field, p.Version(), value, state)
		}
	}
	for _, field := range p.Names() {
		if l.taken(path + "/" + field) {
			return
		}
	}
	add(p, func(v *values) *[]redact.Secret { return &v.current })
	for _, prev := range p.Previous() {
		add(prev, func(v *values) *[]redact.Secret { return &v.previous })
	}
	for _, next := range p.Pending() {
		add(next, func(v *values) *[]redact.Secret { return &v.pending })
	}
}

func (l *loaded) taken(name string) bool {
	_, twice := l.names[l.shown(name)]
	if twice {
		l.errs = append(l.errs, fmt.Errorf("two secrets are named %q", l.shown(name)))
	}
	return twice
}

// shown is the name as tags show it.
func (l *loaded) shown(name string) string {
	switch {
	case l.prefix != "" && name != "":
		name = l.prefix + "/" + name
	case name == "":
		name = l.prefix
	}
	return redact.NewSecret(name, "", nil).Name()
}

// add brings the password along that a URL or a DSN holds: a driver prints the
// one, an error message the other. Both have the version of the whole.
func (l *loaded) add(name, version, value string, state func(*values) *[]redact.Secret) {
	name = l.shown(name)
	secret := redact.NewSecret(name, version, []byte(value))
	if version == "" {
		secret = secret.WithVersion("h" + hex.EncodeToString(secret.Fingerprint(l.key())[:4]))
	}
	v := l.names[name]
	to := state(&v)
	*to = append(*to, secret)
	for _, p := range sources.Passwords(value) {
		if len(strings.TrimSpace(p)) >= redact.MinMinLength {
			*to = append(*to, redact.NewSecret(name, secret.Version(), []byte(p)))
		}
	}
	l.names[name] = v
}

// read returns the secrets of a source by name.
func read(ctx context.Context, s source, prefix string, key func() []byte) (map[string]values, error) {
	l := &loaded{prefix: prefix, key: key, names: map[string]values{}}
	err := s.load(ctx, l)
	if err == nil && len(l.names) > maxSecrets {
		err = fmt.Errorf("more than %d secrets", maxSecrets)
	}
	if err = errors.Join(append(l.errs, err)...); err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	return l.names, nil
}

// readFile reads a regular file of bounded size. It looks before it opens: to open
// a named pipe blocks until somebody writes.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return b, nil
}
