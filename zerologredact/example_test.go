//go:build !binary_log

package zerologredact_test

import (
	"errors"
	"os"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

func Example() {
	src, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("payments/db/password", "v7", []byte("s3cr3t-Harbour"))})
	if err != nil {
		panic(err)
	}
	logger := zerolog.New(zerologredact.NewWriter(os.Stdout, src))
	logger.Error().Err(errors.New(`dial: bad password "s3cr3t-Harbour"`)).Int("attempt", 3).Msg("cannot start")
	// Output:
	// {"level":"error","error":"dial: bad password \"[REDACTED:payments/db/password@v7]\"","attempt":3,"message":"cannot start"}
}

// Key rules hide what nobody registered, by the name of the key.
func ExampleWithKeyRules() {
	logger := zerolog.New(zerologredact.NewWriter(os.Stdout, &redact.Matcher{}, zerologredact.WithKeyRules(keyrules.New())))
	logger.Info().Str("user", "ann").Str("password", "tr0ub4dor").Int("token_count", 3).Msg("login")
	// Output:
	// {"level":"info","user":"ann","password":"[REDACTED:key/password]","token_count":3,"message":"login"}
}
