package secretsregistry

import (
	"math"
	"strings"
	"unicode"

	"github.com/seed-00b494d3/tagout/redact"
)

// Reasons for which a field is not redacted although it is not public. They
// are the labels of [MetricUnredactable].
const (
	reasonShort       = "short"       // less than 4 bytes
	reasonWeak        = "weak"        // 4 to 7 bytes: redacted only next to its own key
	reasonBlank       = "blank"       // white space
	reasonPlaceholder = "placeholder" // "changeme"
	reasonPlain       = "plain"       // a boolean, a small number, a word of the dictionary
	reasonLimit       = "limit"       // a document of too many parts: the whole is redacted, and the first of them
)

const (
	maxDepth  = 4       // of documents in documents
	maxLeaves = 4096    // of one field
	maxNested = 1 << 20 // bytes of a field that is looked into
	maxName   = 4096    // bytes of the name of a part
)

// A needle is one text to redact, under a name below the path.
type needle struct {
	name  string
	value string
	min   int // 0: the default
}

// A refusal names a field that is not redacted, or only in part.
type refusal struct{ field, reason string }

// classify says what of the fields is to be redacted.
func classify(path string, fields map[string]string, rules map[string]FieldRule) (needles []needle, refused []refusal) {
	c := &classifier{seen: map[needle]bool{}}
	for _, field := range sortedKeys(fields) {
		c.left, c.over = maxLeaves, false
		name := strings.TrimPrefix(strings.Trim(path, "/")+"/"+field, "/")
		c.leaf(name, field, fields[field], rules[field], 0)
		if c.over {
			c.refuse(name, reasonLimit)
		}
	}
	return c.needles, c.refused
}

type classifier struct {
	needles []needle
	refused []refusal
	seen    map[needle]bool
	left    int
	over    bool // something was left out
}

// take counts one more part of a field, and reports whether it may have one.
func (c *classifier) take(name string) bool {
	if c.left--; c.left < 0 || len(name) > maxName {
		c.over = true
		return false
	}
	return true
}

func (c *classifier) add(name, value string, min int) {
	n := needle{name, value, min}
	if !c.seen[n] && strings.TrimSpace(value) != "" {
		c.seen[n] = true
		c.needles = append(c.needles, n)
	}
}

func (c *classifier) refuse(name, reason string) {
	c.refused = append(c.refused, refusal{name, reason})
}

// leaf classifies one string under its own key.
func (c *classifier) leaf(name, key, v string, rule FieldRule, depth int) {
	if !c.take(name) {
		return
	}
	trimmed := strings.TrimSpace(v)
	switch {
	case rule == FieldNever:
		return
	case trimmed == "":
		if v != "" {
			c.refuse(name, reasonBlank)
		}
		return
	case rule == FieldAlways:
		if len(v) < redact.MinMinLength {
			c.refuse(name, reasonShort)
			return
		}
		c.add(name, v, min(len(v), redact.DefaultMinLength))
		c.address(name, v)
		c.parts(name, v, depth)
		return
	case publicKeys[normalKey(key)] && !looksRandom(v):
		return
	case placeholders[strings.ToLower(trimmed)]:
		c.refuse(name, reasonPlaceholder)
		return
	case dictionary[strings.ToLower(trimmed)] || smallNumber(trimmed):
		c.refuse(name, reasonPlain)
		return
	case len(v) < redact.MinMinLength:
		c.refuse(name, reasonShort)
		return
	case len(v) < redact.DefaultMinLength:
		c.beside(name, key, v)
		c.refuse(name, reasonWeak)
		return
	}
	if c.address(name, v) {
		return
	}
	c.add(name, v, 0)
	c.parts(name, v, depth)
}

// beside redacts a short value where it stands next to its own key, and
// nowhere else.
func (c *classifier) beside(name, key, v string) {
	for _, s := range []string{key + "=" + v, key + ": " + v, key + ":" + v, key + `="` + v, key + "='" + v, `"` + key + `":"` + v, `"` + key + `": "` + v} {
		if len(s) >= redact.DefaultMinLength {
			c.add(name, s, 0)
		}
	}
}

// parts adds what stands inside a value: the leaves of documents, decoded
// base64, the lines of a text. What the engine finds of a value by itself, the
// body of a PEM block for one, is left to it.
func (c *classifier) parts(name, v string, depth int) {
	if depth >= maxDepth || len(v) > maxNested {
		return
	}
	switch {
	case c.document(name, v, depth):
	case strings.Contains(v, "-----BEGIN "):
	case c.encoded(name, v, depth):
	default:
		c.lines(name, v)
	}
}

// lines adds each line of a text that could be told from other text.
func (c *classifier) lines(name, v string) {
	lines := strings.Split(v, "\n")
	if len(lines) == 1 {
		return
	}
	for _, l := range lines {
		if l = strings.TrimSpace(l); len(l) >= redact.DefaultMinLength && strings.ContainsFunc(l, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			if !c.take(name) {
				return
			}
			c.add(name, l, 0)
		}
	}
}

func normalKey(k string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}, k)
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// publicKeys are the keys of the AWS RDS secret shape and their relatives.
var publicKeys = set("username", "user", "host", "hostname", "port", "engine", "dbname", "database", "region",
	"dbinstanceidentifier", "dbclusteridentifier", "scheme", "clientid", "email", "projectid", "type", "authuri", "tokenuri")

var placeholders = set("changeme", "change_me", "change-me", "replace_me", "replaceme", "replace-me", "todo", "xxxxxxxx", "placeholder", "<secret>", "your-password-here")

var dictionary = set("true", "false", "yes", "no", "on", "off", "null", "nil", "none", "default", "localhost", "127.0.0.1", "admin", "root", "postgres",
	"postgresql", "mysql", "mariadb", "mongodb", "redis", "oracle", "sqlserver", "username", "password", "user", "test", "guest", "master", "main",
	"enabled", "disabled", "production", "staging", "development")

// smallNumber reports whether s is a number of less than 6 digits: a port, a
// size, a year.
func smallNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.':
		default:
			return false
		}
	}
	return digits > 0 && digits < 6
}

// looksRandom reports whether a value under a public key is no name that a
// human chose, such as the user names that a manager makes up.
func looksRandom(s string) bool {
	if len(s) < 16 || strings.ContainsAny(s, " @.:") {
		return false
	}
	var n [256]int
	digits, letters := 0, 0
	for i := range len(s) {
		n[s[i]]++
		switch {
		case s[i] >= '0' && s[i] <= '9':
			digits++
		case s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z':
			letters++
		}
	}
	bits := 0.0
	for _, k := range n {
		if k > 0 {
			p := float64(k) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits >= 3.3 && digits >= 2 && letters >= 2
}
