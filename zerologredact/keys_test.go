//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// KEY-8: off by default; as an option, values under such keys are hidden
// wherever the key stands and whatever the value is.
func TestKeyRules(t *testing.T) {
	const hide = "hunter2"
	var b bytes.Buffer
	l := zerolog.New(zerologredact.NewWriter(&b, &redact.Matcher{}, zerologredact.WithKeyRules(keyrules.New()))).With().Str("db_password", hide).Logger()
	l.Info().Str("password", hide).Int("token", 70710678).AnErr("secret", errors.New(hide)).Strs("cookies", []string{hide, hide}).
		Dict("credentials", zerolog.Dict().Str("a", hide)).Interface("o", map[string]any{"x": map[string]string{"apiKey": hide}}).
		Bytes("jwt", []byte(hide)).Str("cache_key", "shown").Msg("password: not a key")
	if strings.Contains(b.String(), hide) || strings.Contains(b.String(), "70710678") {
		t.Errorf("the value is shown: %s", b.String())
	}
	if strings.Count(b.String(), "[REDACTED:key/") != 8 || !strings.Contains(b.String(), "shown") || !strings.Contains(b.String(), "not a key") || !json.Valid(b.Bytes()) {
		t.Error(b.String())
	}
	b.Reset()
	l = zerolog.New(zerologredact.NewWriter(&b, &redact.Matcher{}))
	l.Info().Str("password", hide).Send()
	if !strings.Contains(b.String(), hide) {
		t.Error("key rules must be off by default")
	}
}
