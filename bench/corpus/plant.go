package corpus

import "strings"

// Tag is what a secret is replaced by, by every engine alike.
func Tag(s Secret) string { return "[REDACTED:" + s.Name + "@v1]" }

// Plant returns the lines with a spelling of a secret added to one line in
// every, in turn, and what they must become.
func Plant(lines []string, secrets []Secret, patterns []Pattern, every int) (dirty, want []string) {
	dirty, want = make([]string, len(lines)), make([]string, len(lines))
	// A step that is coprime to the number of patterns meets all of them.
	step := 7919
	for len(patterns)%step == 0 {
		step++
	}
	for i, at := 0, 0; i < len(lines); i++ {
		if i%every != every/2 {
			dirty[i], want[i] = lines[i], lines[i]
			continue
		}
		p := patterns[at%len(patterns)]
		at += step
		half := len(lines[i]) / 2
		for half > 0 && lines[i][half-1] != ' ' && lines[i][half-1] != '"' { // not within a word or an escape
			half--
		}
		before, after := lines[i][:half]+` "`, `" `+lines[i][half:]
		if strings.HasSuffix(lines[i][:half], `\"`) {
			before, after = lines[i]+` "`, `" .`
		}
		dirty[i] = before + p.Text + after
		want[i] = before + Tag(secrets[p.Secret]) + after
	}
	return dirty, want
}
