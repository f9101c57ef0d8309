//go:build !binary_log

package zerologredact_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// ZERO-13: sixteen goroutines log, through bound loggers too, while a secret
// rotates. No version is ever shown.
func TestStress(t *testing.T) {
	redacttest.Stress(t, func(w io.Writer, src redact.Source) func(v string) {
		root := zerolog.New(zerologredact.NewWriter(zerolog.MultiLevelWriter(w, zerolog.ConsoleWriter{Out: w}), src))
		return func(v string) {
			bound := root.With().Str("bound", v).Logger()
			root.Info().Str("k", v).Msg("m " + v)
			bound.Error().Err(fmt.Errorf("e %s", v)).Msg("m")
			bound.Warn().Interface("s", struct{ V string }{v}).Bytes("b", []byte(v)).Msg(v)
		}
	})
}
