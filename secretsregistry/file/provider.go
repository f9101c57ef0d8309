// Package file reads secrets from mounted directories and from files: what
// Kubernetes, Docker or an agent of a secrets manager puts there, dotenv, JSON
// and YAML.
//
// A path names a directory below the root, whose files are the fields, or a
// file, with or without its extension (.json, .yaml, .yml, .env); the keys of
// such a file are the fields. Any other file is the one field "value". Files
// have no versions, so tags show a keyed fingerprint.
//
// A directory that Kubernetes mounts changes all at once, by a symbolic link
// named ..data. All fields of one Fetch are from one such generation.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

const (
	maxFile  = 1 << 20 // bytes; what is larger cannot be redacted
	maxFiles = 1000
)

// A Provider reads files below one directory, and nothing outside: links that
// lead out of it are refused. It is safe for concurrent use.
type Provider struct {
	dir      string
	root     *os.Root
	poll     time.Duration
	debounce time.Duration
}

var (
	_ secretsregistry.Provider = (*Provider)(nil)
	_ secretsregistry.Watcher  = (*Provider)(nil)
)

// An Option configures a [Provider].
type Option interface{ apply(*Provider) }

type optionFunc func(*Provider)

func (f optionFunc) apply(p *Provider) { f(p) }

// WithPoll sets how often [Provider.Watch] looks by itself, 10 seconds by
// default: notifications do not cross network mounts and subPath mounts.
func WithPoll(d time.Duration) Option {
	return optionFunc(func(p *Provider) { p.poll = max(d, 10*time.Millisecond) })
}

// WithDebounce sets how long a file must be left alone before it is read and
// before a change of it counts, 100 milliseconds by default: a file that is not
// replaced but written is incomplete meanwhile. Mounts of Kubernetes, which change
// at once, are read at once.
func WithDebounce(d time.Duration) Option {
	return optionFunc(func(p *Provider) { p.debounce = max(d, 0) })
}

// New returns a Provider of the files below dir.
func New(dir string, opts ...Option) (*Provider, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	p := &Provider{dir: dir, root: root, poll: 10 * time.Second, debounce: 100 * time.Millisecond}
	for _, o := range opts {
		o.apply(p)
	}
	return p, nil
}

// Close releases the directory.
func (p *Provider) Close() error { return p.root.Close() }

// Fetch implements [secretsregistry.Provider].
func (p *Provider) Fetch(ctx context.Context, name string) (*secretsregistry.Payload, error) {
	var fields map[string]string
	err := errors.New("changes all the time")
	for try := 0; try < 100; try++ {
		if cerr := ctx.Err(); cerr != nil {
			return nil, fmt.Errorf("file: read %q: %w", name, cerr)
		}
		var changed bool
		fields, changed, err = p.read(name)
		if !changed {
			break
		}
		var young *youngError
		if errors.As(err, &young) {
			t := time.NewTimer(young.left)
			select {
			case <-ctx.Done():
			case <-t.C:
			}
			t.Stop()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("file: read %q: %w", name, classed(err))
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("file: read %q: nothing in it: %w", name, secretsregistry.ErrMalformed)
	}
	return secretsregistry.NewPayload(fields, ""), nil
}

// classed keeps of an error of the system what it is.
func classed(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no such file: %w", secretsregistry.ErrNotFound)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("not readable: %w", secretsregistry.ErrDenied)
	}
	return err
}

// read reads a path once. changed says that the result may be torn, or is an
// error because the files changed meanwhile.
func (p *Provider) read(name string) (fields map[string]string, changed bool, err error) {
	real, err := p.find(name)
	if err != nil {
		return nil, false, err
	}
	info, err := p.root.Stat(real)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		if err := p.young(info); err != nil {
			return nil, true, err
		}
		before := signature(info)
		data, err := p.file(real)
		if err != nil {
			return nil, false, err
		}
		if after, err := p.root.Stat(real); err != nil || signature(after) != before {
			return nil, true, errTorn
		}
		fields, err = parse(real, data)
		return fields, false, err
	}
	// The generation is resolved once, and everything is read from it.
	dir := real
	target, linkErr := p.root.Readlink(path.Join(real, dataLink))
	if linkErr == nil {
		dir = path.Join(real, target)
	}
	fields, before, err := p.files(dir, linkErr != nil)
	if linkErr == nil {
		// The old generation disappears soon after the switch, file by file: what
		// was read counts only if it is still the one.
		if now, nerr := p.root.Readlink(path.Join(real, dataLink)); nerr != nil || now != target {
			return nil, true, errTorn
		}
		return fields, false, err
	}
	if err != nil {
		var young *youngError
		return nil, errors.Is(err, fs.ErrNotExist) || errors.As(err, &young), err
	}
	if _, after, err := p.files(dir, true); err != nil || after != before {
		return nil, true, errTorn
	}
	return fields, false, nil
}

var errTorn = errors.New("changed while it was read")

// A youngError says that a file was written so lately that more may follow.
type youngError struct{ left time.Duration }

func (*youngError) Error() string { return "written all the time" }

// young reports a file that was not left alone for long enough. One from the
// future is of a clock that differs, and tells nothing.
func (p *Provider) young(info fs.FileInfo) error {
	if age := time.Since(info.ModTime()); age >= 0 && age < p.debounce {
		return &youngError{p.debounce - age}
	}
	return nil
}

const dataLink = "..data"

// find returns the file or directory that a path means.
func (p *Provider) find(name string) (string, error) {
	clean := strings.Trim(name, "/")
	if clean == "" {
		clean = "."
	}
	if !fs.ValidPath(clean) {
		return "", fs.ErrNotExist
	}
	for _, ext := range []string{"", ".json", ".yaml", ".yml", ".env"} {
		switch _, err := p.root.Stat(clean + ext); {
		case err == nil:
			return clean + ext, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", fs.ErrNotExist
}

// files reads the files of a directory, those with a dot in front left out, and
// returns a signature of their state. Where they are written in place, none may
// be young.
func (p *Provider) files(dir string, inPlace bool) (fields map[string]string, state string, err error) {
	d, err := p.root.Open(dir)
	if err != nil {
		return nil, "", err
	}
	entries, err := d.ReadDir(maxFiles + 1)
	d.Close()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	if len(entries) > maxFiles {
		return nil, "", fmt.Errorf("more than %d files", maxFiles)
	}
	fields = map[string]string{}
	sigs := map[string]string{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		full := path.Join(dir, e.Name())
		info, err := p.root.Stat(full)
		if err != nil {
			return nil, "", err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if inPlace {
			if err := p.young(info); err != nil {
				return nil, "", err
			}
		}
		data, err := p.file(full)
		if err != nil {
			return nil, "", err
		}
		fields[e.Name()] = string(data)
		sigs[e.Name()] = signature(info)
	}
	return fields, fmt.Sprint(sigs), nil
}

func signature(info fs.FileInfo) string {
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.IsDir())
}

// file reads one regular file whole.
func (p *Provider) file(name string) ([]byte, error) {
	f, err := p.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("no regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes", maxFile)
	}
	return data, nil
}
