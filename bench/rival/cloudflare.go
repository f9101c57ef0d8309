package rival

import (
	"bytes"

	"github.com/cloudflare/ahocorasick"
)

// cloudflare says which patterns occur, not where: each that does is then
// replaced by a search of its own.
var cloudflare = Engine{
	Name:    "cloudflare/ahocorasick",
	PerByte: 4400,
	Build: func(j Job) (Redactor, error) {
		texts, tags := j.texts(), j.tags()
		m := ahocorasick.NewStringMatcher(texts)
		return Redactor{Redact: func(s string) string {
			hits := m.MatchThreadSafe(bytesOf(s))
			if len(hits) == 0 {
				return s
			}
			b := bytesOf(s)
			for _, i := range hits {
				b = bytes.ReplaceAll(b, bytesOf(texts[i]), bytesOf(tags[i]))
			}
			return stringOf(b)
		}}, nil
	},
}
