package rival

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// replacer is the standard library's trie of all patterns.
var replacer = Engine{
	Name:    "strings.NewReplacer",
	PerByte: 64,
	Build: func(j Job) (Redactor, error) {
		pairs := make([]string, 0, 2*len(j.Patterns))
		tags := j.tags()
		for i, p := range j.Patterns {
			pairs = append(pairs, p.Text, tags[i])
		}
		r := strings.NewReplacer(pairs...)
		r.Replace("") // it builds at first use
		return Redactor{Redact: r.Replace}, nil
	},
}

// replaceAll looks for each pattern in turn: what most programs do.
var replaceAll = Engine{
	Name:    "bytes.ReplaceAll loop",
	PerByte: 2,
	Build: func(j Job) (Redactor, error) {
		type pair struct{ old, tag []byte }
		pairs := make([]pair, len(j.Patterns))
		tags := j.tags()
		for i, p := range j.Patterns {
			pairs[i] = pair{[]byte(p.Text), []byte(tags[i])}
		}
		// The longer first, lest one that is part of another leaves its rest.
		slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(len(b.old), len(a.old)) })
		return Redactor{Redact: func(s string) string {
			b := bytesOf(s)
			for _, p := range pairs {
				if bytes.Contains(b, p.old) {
					b = bytes.ReplaceAll(b, p.old, p.tag)
				}
			}
			return stringOf(b)
		}}, nil
	},
}

// alternation is one regular expression of all patterns.
var alternation = Engine{
	Name:    "regexp alternation",
	PerByte: 400,
	MaxSize: 1 << 20, // kilobytes per second from there on
	Build: func(j Job) (Redactor, error) {
		expr, tags := alternatives(j)
		re, err := regexp.Compile(expr)
		if err != nil {
			return Redactor{}, err
		}
		return Redactor{Redact: func(s string) string {
			if !re.MatchString(s) {
				return s
			}
			return re.ReplaceAllStringFunc(s, func(m string) string { return tags[m] })
		}}, nil
	},
}

// alternatives returns a|b|c of all patterns, the longer first, and the tag of
// each.
func alternatives(j Job) (string, map[string]string) {
	texts, tags := j.texts(), j.tags()
	byText := make(map[string]string, len(texts))
	for i, t := range texts {
		byText[t] = tags[i]
	}
	slices.SortStableFunc(texts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for i, t := range texts {
		texts[i] = regexp.QuoteMeta(t)
	}
	return strings.Join(texts, "|"), byText
}
