package rival

import (
	"cmp"
	"slices"

	bobu "github.com/BobuSumisu/aho-corasick"
	damb "github.com/petar-dambovaliev/aho-corasick"
)

// bobusumisu reports every match; they are sorted and the leftmost replaced.
var bobusumisu = Engine{
	Name:    "BobuSumisu/aho-corasick",
	PerByte: 1600,
	Build: func(j Job) (Redactor, error) {
		tags := j.tags()
		trie := bobu.NewTrieBuilder().AddStrings(j.texts()).Build()
		return Redactor{Redact: func(s string) string {
			var spans []span
			trie.Walk(bytesOf(s), func(end, n, pattern int64) bool {
				spans = append(spans, span{int(end - n + 1), int(end + 1), int(pattern)})
				return true
			})
			slices.SortFunc(spans, func(a, b span) int {
				return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
			})
			return splice(s, spans, tags)
		}}, nil
	},
}

// petar is used through its iterator. Its ReplaceAll panics where matches nest,
// and its leftmost modes miss some; where it panics here too, the table says so.
var petar = Engine{
	Name:    "petar-dambovaliev/aho-corasick",
	PerByte: 1100,
	Build: func(j Job) (Redactor, error) {
		tags := j.tags()
		b := damb.NewAhoCorasickBuilder(damb.Opts{MatchKind: damb.LeftMostLongestMatch, DFA: true})
		ac := b.Build(j.texts())
		return Redactor{Redact: func(s string) string {
			var spans []span
			for it := ac.IterByte(bytesOf(s)); ; {
				m := it.Next()
				if m == nil {
					return splice(s, spans, tags)
				}
				spans = append(spans, span{m.Start(), m.End(), m.Pattern()})
			}
		}}, nil
	},
}
