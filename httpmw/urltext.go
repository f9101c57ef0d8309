package httpmw

import (
	"net/url"
	"strings"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// A walk of the texts of requests: known values go first, everywhere, so that a
// value that spans two parameters is found; then values under hidden names. Tags
// hold none of the bytes that separate parameters.

// maxNameEscapes keeps the work linear: names are decoded no more often.
const maxNameEscapes = 4

// redactQuery returns a raw query, or a form body, as it may be logged.
func redactQuery(ev redact.Event, keys *keyrules.Rules, raw string) string {
	if raw == "" {
		return ""
	}
	return hideParameters(keys, ev.String(raw))
}

// hideParameters hides values under hidden names in a query, a form or what follows
// in it: queries within a query (next=/a?token=x), and escaped any number of times
// (next=%2Fa%3Ftoken%3Dx). A hidden value goes on to the next "&" that is escaped as
// often as its "=", or less.
func hideParameters(keys *keyrules.Rules, q string) string {
	var b strings.Builder
	done := 0 // q[:done] is in b
	for name, i := 0, 0; i < len(q); {
		c, level, n := separator(q[i:])
		i += n
		if c == 0 {
			continue
		}
		if c != '=' {
			name = i
			continue
		}
		tag, ok := keys.Match(parameterName(q[name:i-n], level))
		name = i
		if !ok {
			continue
		}
		if end := i + valueLength(q[i:], level); end > i {
			if !isTag(q[i:end]) {
				b.WriteString(q[done:i])
				b.WriteString(tag)
				done = end
			}
			i = end
		}
	}
	if done == 0 {
		return q
	}
	b.WriteString(q[done:])
	return b.String()
}

// separator returns the byte that s begins with, and how often it is escaped, if it
// is one that separates parameters, and how far to go on.
func separator(s string) (c byte, level, n int) {
	n = 1
	c = s[0]
	if c == '%' {
		for level = 1; strings.HasPrefix(s[n:], "25"); level++ {
			n += 2
		}
		if len(s) < n+2 {
			return 0, 0, n
		}
		switch strings.ToLower(s[n : n+2]) {
		case "23":
			c = '#'
		case "26":
			c = '&'
		case "3b":
			c = ';'
		case "3d":
			c = '='
		case "3f":
			c = '?'
		default:
			return 0, 0, n
		}
		return c, level, n + 2
	}
	switch c {
	case '#', '&', ';', '=', '?':
		return c, 0, 1
	}
	return 0, 0, 1
}

func valueLength(s string, level int) int {
	for i := 0; i < len(s); {
		c, l, n := separator(s[i:])
		if (c == '&' || c == '#') && l <= level {
			return i
		}
		i += n
	}
	return len(s)
}

// parameterName decodes a name before an "=" that is escaped level times, and drops
// the index of names like token[0].
func parameterName(raw string, level int) string {
	for range min(level, maxNameEscapes) + 1 {
		if !strings.ContainsAny(raw, "%+") {
			break
		}
		s, err := url.QueryUnescape(raw)
		if err != nil {
			break
		}
		raw = s
	}
	if i := strings.LastIndexByte(raw, '['); i > 0 {
		if last := strings.TrimSuffix(raw[i+1:], "]"); last != "" && strings.Trim(last, "0123456789") != "" {
			return last // user[password]
		}
		return raw[:i]
	}
	return raw
}

// redactPath returns the escaped path of a request to a route as it may be
// logged. Segments that the route names as variables with a hidden name are
// hidden.
func redactPath(ev redact.Event, keys *keyrules.Rules, path, pattern string) string {
	text := ev.String(path)
	if _, ok := hidesVariable(keys, pattern); !ok {
		return text
	}
	if text != path {
		return ev.String(pattern) // tags contain slashes: segments are lost
	}
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		pattern = pattern[i:] // method and host
	}
	segs, vars := strings.Split(text, "/"), strings.Split(pattern, "/")
	for i, v := range vars {
		if i >= len(segs) {
			break
		}
		tag, ok := hidesVariable(keys, v)
		if !ok {
			continue
		}
		if strings.Contains(v, "...}") {
			segs = segs[:i+1]
		}
		segs[i] = tag
	}
	return strings.Join(segs, "/")
}

// hidesVariable reports whether a pattern has a variable of a hidden name, such
// as {token}, {token...} or {token:[a-z]+}.
func hidesVariable(keys *keyrules.Rules, pattern string) (tag string, ok bool) {
	for {
		_, rest, ok := strings.Cut(pattern, "{")
		if !ok {
			return "", false
		}
		end := strings.IndexAny(rest, ":.}")
		if end < 0 {
			return "", false
		}
		if tag, ok := keys.Match(rest[:end]); ok {
			return tag, true
		}
		pattern = rest[end:]
	}
}

// redactURL returns a whole URL, which may be malformed, as it may be logged:
// known values, hidden parameters of query and fragment, and the password of its
// userinfo.
func redactURL(ev redact.Event, keys *keyrules.Rules, raw string) string {
	return hideURL(keys, ev.String(raw))
}

func hideURL(keys *keyrules.Rules, s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i+1] + hideParameters(keys, s[i+1:])
	}
	return hideUserinfo(s)
}

// hideUserinfo hides the password of scheme://user:password@host. A password may
// hold bytes that should have been escaped, "/" and "@" included: what ends in
// the last "@" before the query goes, unless the colon can only be that of a port.
func hideUserinfo(s string) string {
	start := strings.Index(s, "://")
	if start < 0 {
		return s
	}
	start += len("://")
	auth := s[start:]
	if i := strings.IndexAny(auth, "?#"); i >= 0 {
		auth = auth[:i]
	}
	at := strings.LastIndexByte(auth, '@')
	if at < 0 || startsWithTag(auth) {
		return s
	}
	if _, p, ok := strings.Cut(auth, ":"); ok && startsWithTag(p) {
		return s // done already; the tag holds a slash
	}
	if slash := strings.IndexByte(auth, '/'); slash >= 0 && slash < at {
		// Either a path with "@" (host:port/a@b) or a password with "/".
		if host := auth[:slash]; !strings.Contains(host, "@") {
			if _, port, ok := strings.Cut(host, ":"); !ok || strings.Trim(port, "0123456789") == "" {
				return s
			}
		} else if j := strings.LastIndexByte(host, '@'); j >= 0 {
			at = j
		}
	}
	colon := strings.IndexByte(auth[:at], ':')
	if colon < 0 {
		return s
	}
	if p := auth[colon+1 : at]; p == "" || p == "***" {
		return s // "***" is how package http hides it
	}
	return s[:start+colon+1] + passwordTag + s[start+at:]
}

// startsWithTag reports whether a tag is all there is before an "@".
func startsWithTag(s string) bool {
	end := strings.IndexByte(s, ']')
	return strings.HasPrefix(s, "[REDACTED") && end >= 0 && strings.HasPrefix(s[end+1:], "@")
}
