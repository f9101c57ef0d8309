package tagoutregistry

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// envSource reads variables of the Collector's own environment. They do not
// change while it runs, but what is missing is reported again.
type envSource struct{ names []string }

func (s *envSource) String() string { return "env" }

func (s *envSource) load(_ context.Context, to *loaded) error {
	put := to.put
	var errs []error
	for _, name := range s.names {
		if v, ok := os.LookupEnv(name); ok && v != "" {
			put(name, v)
		} else {
			errs = append(errs, fmt.Errorf("variable %s is not set", name))
		}
	}
	return errors.Join(errs...)
}
