package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Hostile input is a set of secrets and a text that is made to be slow
// with it. Want is what the text becomes: the text itself where it holds no
// secret, empty where which of several tags is right is a matter of taste.
type Hostile struct {
	Name    string
	Secrets []Secret
	Text    string
	Want    string
}

// HostileInputs returns all hostile inputs, with texts of about size bytes and
// sets of up to n secrets.
func HostileInputs(n, size int) []Hostile {
	r := seeded(13)
	const prefix = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ" // 40 bytes
	shared := make([]Secret, n)
	for i := range shared {
		shared[i] = Secret{Name: fmt.Sprintf("bench/shared/%d", i), Value: prefix + string(letters(r, nil, base62, 24))}
	}
	tokens := Secrets(Tokens, n)
	vendor := make([]Secret, n)
	for i := range vendor {
		vendor[i] = Secret{Name: fmt.Sprintf("bench/vendor/%d", i), Value: "sk_live_" + string(letters(r, nil, base62, 24))}
	}
	var runs, ends []Secret
	for k := 12; k < 12+min(n, 53); k++ {
		runs = append(runs, Secret{Name: fmt.Sprintf("bench/run/%d", k), Value: strings.Repeat("a", k)})
		ends = append(ends, Secret{Name: fmt.Sprintf("bench/end/%d", k), Value: strings.Repeat("a", k) + "b" + string(base62[k%62])})
	}
	const first = "the first line that all notes begin with\n"
	notes := make([]Secret, min(n, 500))
	for i := range notes {
		notes[i] = Secret{Name: fmt.Sprintf("bench/note/%d", i), Value: first + string(letters(r, nil, base62, 24)) + "\n" + string(letters(r, nil, base62, 24))}
	}
	clean := func(name string, secrets []Secret, text string) Hostile {
		text += " ." // the end of a text is no cut secret
		return Hostile{Name: name, Secrets: secrets, Text: text, Want: text}
	}
	repeat := func(unit string) string { return strings.Repeat(unit, size/len(unit)+1) }
	var full, tags strings.Builder
	for i := 0; full.Len() < size; i++ {
		s := tokens[i%len(tokens)]
		full.WriteString(s.Value + "\n")
		tags.WriteString(Tag(s) + "\n")
	}
	out := []Hostile{
		clean("a 40-byte prefix that all share, repeated", shared, repeat(prefix)),
		clean("the same prefix, other tails", shared, tails(r, prefix, 24, size)),
		clean("sk_live_ and other tails", vendor, tails(r, "sk_live_", 24, size)),
		{Name: "secrets a...a, text all a", Secrets: runs, Text: strings.Repeat("a", size)},
		clean("secrets a...a, text a x 11 + b", runs, repeat("aaaaaaaaaaab")),
		clean("secrets a...ab?, text all a", ends, strings.Repeat("a", size)),
		clean("every secret, last character wrong", tokens, wrong(tokens, size)),
		{Name: "every secret as it is", Secrets: tokens, Text: full.String(), Want: tags.String()},
		clean("a first line that all share, repeated", notes, repeat(first)),
		clean("all backslashes", tokens, repeat(`\`)),
		clean("percent signs escaped again and again", tokens, repeat("%25")),
		clean("ampersands escaped again and again", tokens, repeat("&amp;amp;amp;#38;")),
		clean("escaped backslashes before u", tokens, repeat(`\u005cu005c`)),
		clean("openers of tags", tokens, repeat("[REDACTED:")),
		clean("tags of the set", tokens, tags.String()),
	}
	return out
}

// tails returns lines of a prefix and n random characters.
func tails(r *rand.Rand, prefix string, n, size int) string {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(prefix)
		b.Write(letters(r, nil, base62, n))
		b.WriteByte('\n')
	}
	return b.String()
}

// wrong returns the secrets, one per line, with their last byte replaced.
func wrong(secrets []Secret, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		v := secrets[i%len(secrets)].Value
		b.WriteString(v[:len(v)-1])
		b.WriteString("#\n")
	}
	return b.String()
}
