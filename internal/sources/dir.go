package sources

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// Dir reads a directory with one file per secret, as Kubernetes and Docker mount
// them: the path below dir is the name, the content without the line end that
// closes it is the value. Links to files are followed. Names that begin with
// ".." belong to Kubernetes, which keeps the files behind the links there, and
// are passed over. Files over redact.MaxLength become warnings.
func Dir(dir string) (Set, error) {
	var set Set
	info, err := os.Stat(dir)
	if err != nil {
		return Set{}, osError(dir, "cannot be read", err)
	}
	if !info.IsDir() {
		return Set{}, &Error{Path: dir, Msg: "is not a directory"}
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real // WalkDir does not follow a link that it starts at
	}
	open := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return osError(path, "cannot be read", err)
		}
		if path == dir {
			return nil
		}
		if strings.HasPrefix(d.Name(), "..") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		return set.file(dir, path, &open)
	})
	if err != nil {
		if e, ok := err.(*Error); ok {
			return Set{}, e
		}
		return Set{}, osError(dir, "cannot be read", err)
	}
	if open > 0 {
		set.warnf("%s: %d files in it are readable by others", dir, open)
	}
	return set, nil
}

// file adds one file of a directory.
func (s *Set) file(dir, path string, open *int) error {
	info, err := os.Stat(path)
	if err != nil {
		return osError(path, "cannot be read", err)
	}
	if !info.Mode().IsRegular() {
		s.notef("%s: not a file, passed over", path)
		return nil
	}
	if info.Size() > redact.MaxLength {
		s.warnf("%s: larger than a secret can be, not protected", path)
		return nil
	}
	var scratch Set
	data, err := read(path, redact.MaxLength+2, &scratch)
	if err != nil {
		return err
	}
	defer clear(data)
	*open += len(scratch.Warnings)
	name, err := filepath.Rel(dir, path)
	if err != nil {
		name = filepath.Base(path)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	s.add(filepath.ToSlash(name), "", text)
	return nil
}
