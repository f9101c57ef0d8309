package keyrules

import (
	"strings"

	"github.com/cloudflare/ahocorasick"
)

// Rules is an immutable set of rules, safe for concurrent use. A nil *Rules hits
// nothing, so that an adapter needs no other switch.
type Rules struct {
	words  map[string]rule // by joined spelling, exceptions included
	filter *ahocorasick.Matcher
}

type rule struct {
	tag    string
	except bool
}

// An Option changes the set that [New] makes. Options are made by the functions
// of this package only.
type Option interface{ apply(*Rules) }

type optionFunc func(*Rules)

func (f optionFunc) apply(r *Rules) { f(r) }

// Add adds rules, spelled as any key is: "otp", "one-time-code", "mfaSecret". A
// rule without letter or digit is ignored.
func Add(rules ...string) Option { return optionFunc(func(r *Rules) { r.add(rules, false) }) }

// Except shows the values under keys that end in one of the given ones although
// a rule of as many or fewer words is hit.
func Except(keys ...string) Option { return optionFunc(func(r *Rules) { r.add(keys, true) }) }

// WithoutDefaults drops the rules of [Defaults]. Place it before [Add].
func WithoutDefaults() Option { return optionFunc(func(r *Rules) { clear(r.words) }) }

// New returns [Defaults] changed by the options, in their order. It costs about
// 4 KiB for each letter of the rules, once: make it at start-up and share it.
func New(opts ...Option) *Rules {
	r := &Rules{words: make(map[string]rule)}
	r.add(defaults[:], false)
	for _, o := range opts {
		o.apply(r)
	}
	r.filter = prefilter(r.words)
	return r
}

func (r *Rules) add(rules []string, except bool) {
	for _, s := range rules {
		k := split(s)
		joined := string(k.text)
		if joined == "" {
			continue
		}
		if r.words[joined].except {
			continue // an exception wins a tie, in whatever order they came
		}
		r.words[joined] = rule{tag: "[REDACTED:key/" + spell(&k) + "]", except: except}
	}
}

// spell writes the words of a rule with underscores. What is left of them is
// within the alphabet of names; any other byte is dropped.
func spell(k *splitKey) string {
	var b strings.Builder
	for i, c := range k.text {
		if i > 0 && k.starts[i] {
			b.WriteByte('_')
		}
		if c < 0x80 {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// prefilter finds out quickly that a key can hit nothing, which is nearly always
// so. The library says which words occur in a text, not where, and not whether
// as words: that is left to Match. A word that contains another one adds
// nothing to a prefilter and is left out, at 4 KiB a letter.
func prefilter(words map[string]rule) *ahocorasick.Matcher {
	var dict []string
next:
	for w, r := range words {
		if r.except {
			continue
		}
		for v, q := range words {
			if v != w && !q.except && strings.Contains(w, v) {
				continue next
			}
		}
		dict = append(dict, w)
	}
	return ahocorasick.NewStringMatcher(dict)
}

// Match returns the tag that the value under key is replaced by, such as
// [REDACTED:key/password], and whether there is one. It does not allocate for
// keys of up to 128 bytes.
func (r *Rules) Match(key string) (tag string, ok bool) { return match(r, key) }

func match[T string | []byte](r *Rules, key T) (tag string, ok bool) {
	if r == nil || len(key) == 0 {
		return "", false
	}
	var text [inlineKey]byte
	var starts [inlineKey]bool
	var k splitKey
	if len(key) > inlineKey {
		k = split(key)
	} else {
		k.text, k.starts = splitInto(text[:0], starts[:0], key)
	}
	// Contains neither writes to the trie nor allocates. The library's Match
	// counts in the nodes, which is a data race.
	if !r.filter.Contains(k.text) {
		return "", false
	}
	return r.match(&k)
}

// match is the whole-word check: the longest tail of words that is known
// decides.
func (r *Rules) match(k *splitKey) (string, bool) {
	end := k.tail()
	for i := range end {
		if !k.starts[i] {
			continue
		}
		if w, ok := r.words[string(k.text[i:end])]; ok {
			if w.except {
				return "", false
			}
			return w.tag, true
		}
	}
	return "", false
}
