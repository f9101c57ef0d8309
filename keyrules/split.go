package keyrules

// splitKey is a key in lower case without separators, and where its words start.
type splitKey struct {
	text   []byte
	starts []bool // as long as text
}

// inlineKey is the length up to which the storage of a key stays on the stack.
const inlineKey = 128

func split[T string | []byte](s T) (k splitKey) {
	k.text, k.starts = splitInto(make([]byte, 0, len(s)), make([]bool, 0, len(s)), s)
	return k
}

// The classes of bytes. Bytes outside ASCII count as lower-case letters.
const (
	separator = iota
	digit
	lower
	upper
)

func class(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return digit
	case 'A' <= c && c <= 'Z':
		return upper
	case 'a' <= c && c <= 'z', c >= 0x80:
		return lower
	}
	return separator
}

// splitInto appends the letters and digits of s, and marks the first of each
// word: after a separator, where a digit meets a letter, at an upper-case letter
// after a lower-case one (apiKey), and at the last of several upper-case letters
// that a lower-case one follows (APIKey).
func splitInto[T string | []byte](text []byte, starts []bool, s T) ([]byte, []bool) {
	prev := separator
	for i := 0; i < len(s); i++ {
		c := class(s[i])
		if c == separator {
			prev = c
			continue
		}
		start := prev == separator ||
			(prev == digit) != (c == digit) ||
			prev == lower && c == upper ||
			prev == upper && c == upper && i+1 < len(s) && class(s[i+1]) == lower
		b := s[i]
		if c == upper {
			b += 'a' - 'A'
		}
		text, starts = append(text, b), append(starts, start)
		prev = c
	}
	return text, starts
}

// tail returns where the last word ends that says what the value is.
func (k *splitKey) tail() int {
	end := len(k.text)
	for end > 0 {
		i := end - 1
		for !k.starts[i] {
			i--
		}
		if i == 0 || class(k.text[i]) != digit && !qualifiers[string(k.text[i:end])] {
			break
		}
		end = i
	}
	return end
}
