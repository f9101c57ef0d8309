package tagoutregistry

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// providerSource reads paths of a secrets manager.
type providerSource struct {
	kind     string
	provider func() secretsregistry.Provider // out of fmt's reach: it holds credentials
	paths    []string
	seen     map[string]bool
}

func newProvider(kind string, p secretsregistry.Provider, paths []string) *providerSource {
	return &providerSource{kind: kind, provider: func() secretsregistry.Provider { return p }, paths: paths, seen: map[string]bool{}}
}

func (s *providerSource) String() string { return s.kind }

// load reads every path. One that was there and is no longer has been deleted:
// its values are retired. One whose read makes a new credential cannot be used,
// because the new one is not the one that leaks.
func (s *providerSource) load(ctx context.Context, to *loaded) error {
	p := s.provider()
	var errs []error
	for _, path := range s.paths {
		if m, ok := p.(interface{ MutatingFetch(string) bool }); ok && m.MutatingFetch(path) {
			errs = append(errs, fmt.Errorf("%s: a read makes a new credential", path))
			continue
		}
		payload, err := p.Fetch(ctx, path)
		switch {
		case errors.Is(err, secretsregistry.ErrNotFound) && s.seen[path]:
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		default:
			s.seen[path] = true
			to.payload(path, payload)
		}
	}
	return errors.Join(errs...)
}

// Close closes the provider.
func (s *providerSource) Close() error {
	if c, ok := s.provider().(io.Closer); ok {
		return c.Close()
	}
	return nil
}
