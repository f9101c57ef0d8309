package tagoutregistry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// directorySource reads a directory with one file for each secret, such as a
// mounted Kubernetes Secret, whose files are links into a directory that is
// swapped as a whole.
type directorySource struct{ path string }

func (s *directorySource) String() string { return "directory " + s.path }

func (s *directorySource) load(ctx context.Context, to *loaded) error {
	put := to.put
	entries, err := os.ReadDir(s.path)
	if err != nil {
		return err
	}
	if len(entries) > maxSecrets {
		return fmt.Errorf("more than %d files", maxSecrets)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(s.path, e.Name())
		info, err := os.Stat(path) // through the link
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		if info.IsDir() {
			continue
		}
		b, err := readFile(path, redact.MaxLength)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		if v := trimNewline(b); v != "" {
			put(e.Name(), v)
		}
	}
	return nil
}
