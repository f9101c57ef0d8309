package census

import (
	"slices"
	"strings"
)

// Forms returns the list, family by family.
func Forms() []Form {
	return slices.Concat(plain, golang, jsonForms, urls, markup, base64Forms, other, shell, partial, beyond)
}

// one makes a form with one spelling.
func one(family, name, made string, encode func(string) string) Form {
	return Form{Family: family, Name: name, Made: made, Spell: func(v string) []Spelling {
		return []Spelling{{Text: encode(v)}}
	}}
}

// when restricts a form to values for which ok holds.
func when(ok func(string) bool, f Form) Form {
	spell := f.Spell
	f.Spell = func(v string) []Spelling {
		if !ok(v) {
			return nil
		}
		return spell(v)
	}
	return f
}

func contains(sub string) func(string) bool {
	return func(v string) bool { return strings.Contains(v, sub) }
}

// unquoted drops the quotes that an encoder puts around a value: they are not
// part of it.
func unquoted(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// eachRune replaces every rune.
func eachRune(v string, f func(rune) string) string {
	var b strings.Builder
	for _, r := range v {
		b.WriteString(f(r))
	}
	return b.String()
}

// eachByte replaces every byte.
func eachByte(v string, f func(byte) string) string {
	var b strings.Builder
	for i := range len(v) {
		b.WriteString(f(v[i]))
	}
	return b.String()
}

func letterOrDigit(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// mixedCase turns every second letter of the escapes that start with mark into
// a capital.
func mixedCase(s, mark string, digits int) string {
	var b []byte
	n := 0
	for i := 0; i < len(s); {
		if !strings.HasPrefix(s[i:], mark) || i+len(mark)+digits > len(s) {
			b = append(b, s[i])
			i++
			continue
		}
		b = append(b, mark...)
		for _, c := range []byte(s[i+len(mark) : i+len(mark)+digits]) {
			if 'a' <= c|0x20 && c|0x20 <= 'f' {
				c |= 0x20
				if n%2 == 0 {
					c &^= 0x20
				}
				n++
			}
			b = append(b, c)
		}
		i += len(mark) + digits
	}
	return string(b)
}
