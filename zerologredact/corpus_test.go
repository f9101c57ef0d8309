//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// unlikeText are cases that come out otherwise in a string of a record than alone:
// the rule for cut values knows the end of a record, not that of a string in it.
var unlikeText = func() (opts []redacttest.Option) {
	for _, title := range []string{"cut/at the end", "cut/beyond the vendor prefix", "cut/after a whole value", "cut/cut twice over"} {
		opts = append(opts, redacttest.Skip(title, "the end of a string is not the end of the record"))
	}
	// Nothing is shown here either: what is left of an escape is the text's own,
	// one level below the escapes of the record.
	for _, title := range []string{"encoded/value that begins inside an escape", "encoded/value that ends inside an escape"} {
		opts = append(opts, redacttest.Skip(title, "half an escape of JSON within JSON stays in front of or behind the tag"))
	}
	return opts
}()

// ZERO-3: the corpus, through the message, a field, a bound field and a key. The
// writer sees the encoded event, not its strings.
func TestCorpus(t *testing.T) {
	for name, do := range map[string]func(l zerolog.Logger, s string){
		"message": func(l zerolog.Logger, s string) { l.Log().Msg(s) },
		"field":   func(l zerolog.Logger, s string) { l.Log().Str("message", s).Send() },
		"bound":   func(l zerolog.Logger, s string) { l = l.With().Str("message", s).Logger(); l.Log().Send() },
		"key":     func(l zerolog.Logger, s string) { l.Log().Int(s, 1).Send() },
	} {
		t.Run(name, func(t *testing.T) {
			redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
				var b bytes.Buffer
				l := zerolog.New(zerologredact.NewWriter(&b, src))
				return func(text string) string {
					b.Reset()
					do(l, text)
					var m map[string]any
					if json.Unmarshal(b.Bytes(), &m) != nil {
						return b.String() // without a snapshot all of it is one tag
					}
					for k, v := range m {
						if s, ok := v.(string); ok {
							return s
						}
						return k
					}
					return ""
				}
			}, append(unlikeText, redacttest.Carries(func(s string) bool { return s != "" && utf8.ValidString(s) }))...)
		})
	}
}

// ZERO-4: whole JSON records.
func TestCorpusRecords(t *testing.T) {
	redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
		var b bytes.Buffer
		w := zerologredact.NewWriter(&b, src)
		return func(text string) string {
			b.Reset()
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			return b.String()
		}
	}, redacttest.JSON(), redacttest.Skip("plain/chain", "a text that is one JSON number becomes a JSON string"))
}
