package keyrules

import "strings"

// MatchText looks for a key that is hit in a text that names fields as the verb
// %+v and net/http do: a word before a colon. It returns the tag of the first.
// Where such a value ends cannot be told from the text, so an adapter replaces
// all of it.
func (r *Rules) MatchText(text string) (tag string, ok bool) {
	if r == nil {
		return "", false
	}
	for i := 0; ; i++ {
		n := strings.IndexByte(text[i:], ':')
		if n < 0 {
			return "", false
		}
		end := i + n
		start := end
		for start > i && isKeyByte(text[start-1]) {
			start--
		}
		if tag, ok := r.Match(text[start:end]); ok {
			return tag, true
		}
		i = end
	}
}

func isKeyByte(c byte) bool { return class(c) != separator || c == '_' || c == '-' || c == '.' }
