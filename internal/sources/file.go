package sources

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// MaxFile is the size up to which a file of secrets is read, in bytes.
const MaxFile = 64 << 20

// File reads a file of secrets. The extension tells the syntax (.json; .yaml
// and .yml; .env, and names that begin with ".env"); otherwise the content does.
//
// Maps become names: {"payments": {"db": {"password": "…"}}} is the secret
// payments/db/password, and the elements of a list are numbered from 0. A map of
// "data" and "version" (or "metadata" with a version), as Vault writes it, gives
// its secrets that version. Numbers are secrets like strings; true, false and
// null are not, and become notes.
func File(path string) (Set, error) {
	var set Set
	data, err := read(path, MaxFile, &set)
	if err != nil {
		return Set{}, err
	}
	defer clear(data)
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if line := invalidLine(data); line > 0 {
		return Set{}, &Error{Path: path, Line: line, Msg: "not UTF-8 text"}
	}
	var root *node
	switch syntax(path, data) {
	case "json":
		root, err = parseJSON(path, data)
	case "yaml":
		root, err = parseYAML(path, data)
	default:
		root, err = parseDotenv(path, data)
	}
	if err != nil {
		return Set{}, err
	}
	root.collect(&set, path)
	return set, nil
}

// syntax tells how to read a file.
func syntax(path string, data []byte) string {
	base := strings.ToLower(filepath.Base(path))
	switch ext := filepath.Ext(base); {
	case ext == ".json":
		return "json"
	case ext == ".yaml" || ext == ".yml":
		return "yaml"
	case ext == ".env" || base == ".env" || strings.HasPrefix(base, ".env."):
		return "dotenv"
	}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if line[0] == '{' || line[0] == '[' {
			return "json"
		}
		if _, _, ok := assignment(line); ok {
			return "dotenv"
		}
		return "yaml"
	}
	return "dotenv"
}

// invalidLine returns the line of the first byte that is not UTF-8, else 0.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	n := 1
	for line := range bytes.Lines(data) {
		if !utf8.Valid(line) {
			return n
		}
		n++
	}
	return n
}

// read reads a file of at most limit bytes and warns if others can read it.
func read(path string, limit int64, set *Set) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, osError(path, "cannot be opened", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, osError(path, "cannot be read", err)
	}
	if info.IsDir() {
		return nil, &Error{Path: path, Msg: "is a directory, not a file of secrets"}
	}
	if openToOthers(info) {
		set.warnf("%s: readable by others (mode %04o); chmod 600 it", path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		clear(data)
		return nil, osError(path, "cannot be read", err)
	}
	if int64(len(data)) > limit {
		clear(data)
		return nil, &Error{Path: path, Msg: "larger than a file of secrets may be"}
	}
	return data, nil
}

func openToOthers(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
}

// osError reports an error of the operating system by its reason alone: the
// path is in front already.
func osError(path, what string, err error) *Error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &Error{Path: path, Msg: what + ": " + err.Error(), Err: err}
}
