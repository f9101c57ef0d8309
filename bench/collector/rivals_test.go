package collector

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/processor"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"
	"github.com/seed-00b494d3/tagout/redact"
)

// registry gives the processor a fixed set.
type registry struct {
	component.StartFunc
	component.ShutdownFunc
	m *redact.Matcher
}

func (r registry) Matcher() *redact.Matcher { return r.m }
func (registry) Unavailable() string        { return "" }

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// A rival is a processor that was told the exact values.
type rival struct {
	name    string
	factory processor.Factory
	config  component.Config
	host    component.Host
}

func ours(t testing.TB, values []string) rival {
	var secrets []redact.Secret
	for i, v := range values {
		secrets = append(secrets, redact.NewSecret(fmt.Sprintf("app/s%d", i), "v1", []byte(v)))
	}
	m, err := redact.NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	f := tagoutprocessor.NewFactory()
	return rival{"tagout", f, f.CreateDefaultConfig(), host{component.MustNewID("tagoutregistry"): registry{m: m}}}
}

const contribVersion = "v0.159.0"

// contrib is redactionprocessor with the values as literal patterns.
func contrib(values []string, allTypes bool, patterns ...string) rival {
	f := redactionprocessor.NewFactory()
	c := f.CreateDefaultConfig().(*redactionprocessor.Config)
	c.AllowAllKeys = true
	c.RedactAllTypes = allTypes
	for _, v := range values {
		c.BlockedValues = append(c.BlockedValues, regexp.QuoteMeta(v))
	}
	c.BlockedValues = append(c.BlockedValues, patterns...)
	name := "contrib redaction"
	if allTypes {
		name = "the same, `redact_all_types`"
	}
	return rival{name, f, c, nil}
}

// values are n random-looking secrets of the lengths that managers hand out.
func values(n int) []string {
	out := make([]string, n)
	x := uint64(0x9e3779b97f4a7c15)
	for i := range out {
		var b strings.Builder
		for range 16 + i%33 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			b.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[x>>58])
		}
		out[i] = b.String()
	}
	return out
}
