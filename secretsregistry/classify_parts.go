package secretsregistry

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/redact"
	"gopkg.in/yaml.v3"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// document classifies the leaves of a JSON or YAML document and reports whether
// v is one.
func (c *classifier) document(name, v string, depth int) bool {
	t := strings.TrimSpace(v)
	var doc any
	switch {
	case strings.HasPrefix(t, "{") || strings.HasPrefix(t, "["):
		d := json.NewDecoder(strings.NewReader(t))
		d.UseNumber()
		if d.Decode(&doc) != nil {
			return false
		}
		if _, err := d.Token(); err != io.EOF {
			return false
		}
	case strings.Contains(t, "\n") && strings.Contains(t, ": ") && !strings.Contains(t, "-----BEGIN") || strings.HasPrefix(t, "---\n"):
		// Aliases are not followed: a small document could become a huge one.
		var n yaml.Node
		if yaml.Unmarshal([]byte(t), &n) != nil || len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode {
			return false
		}
		c.yamlNode(name, "", &n, depth+1)
		return true
	default:
		return false
	}
	c.tree(name, "", doc, depth+1)
	return true
}

// tree walks a decoded document, as far as its names are not too long.
func (c *classifier) tree(name, key string, v any, depth int) {
	if c.left < 0 || len(name) > maxName {
		c.over = true
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			c.tree(name+"/"+k, k, v[k], depth)
		}
	case []any:
		for i, x := range v {
			c.tree(fmt.Sprintf("%s/%d", name, i), key, x, depth)
		}
	case string:
		c.nested(name, key, v, depth)
	case json.Number:
		if !smallNumber(v.String()) {
			c.nested(name, key, v.String(), depth)
		}
	}
}

func (c *classifier) yamlNode(name, key string, n *yaml.Node, depth int) {
	if c.left < 0 || len(name) > maxName {
		c.over = true
		return
	}
	switch n.Kind {
	case yaml.DocumentNode, yaml.SequenceNode:
		for _, x := range n.Content {
			c.yamlNode(name, key, x, depth)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i].Value
			c.yamlNode(name+"/"+k, k, n.Content[i+1], depth)
		}
	case yaml.ScalarNode:
		c.nested(name, key, n.Value, depth)
	}
}

// nested is leaf for a string of a document: what cannot be redacted there is
// redacted with the document as a whole, and is not worth a report.
func (c *classifier) nested(name, key, v string, depth int) {
	refused := len(c.refused)
	c.leaf(name, key, v, FieldAuto, depth)
	c.refused = c.refused[:refused]
}

var base64s = []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding}

// encoded classifies printable text in base64 and reports whether v is that.
func (c *classifier) encoded(name, v string, depth int) bool {
	t := strings.Join(strings.Fields(v), "")
	if len(t) < 12 {
		return false
	}
	for _, e := range base64s {
		b, err := e.DecodeString(t)
		if err != nil || len(b) < redact.DefaultMinLength || !printable(b) {
			continue
		}
		c.nested(name, "", string(b), depth+1)
		return true
	}
	return false
}

func printable(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }) < 0
}

// address finds the credentials in a URL or a connection string, and reports
// whether there are any: host and database are public then, and v as a whole is
// no needle.
func (c *classifier) address(name, v string) bool {
	if strings.ContainsAny(strings.TrimSpace(v), "\n\r{") {
		return false
	}
	scheme, rest, ok := strings.Cut(v, "://")
	if !ok || strings.ContainsAny(scheme, " \"'=@/") {
		return c.keyword(name, v) || c.mysql(name, v)
	}
	authority := rest
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		// A password may hold these bytes unescaped: then the last @ is behind.
		if at := strings.LastIndexByte(rest, '@'); at < i || strings.ContainsAny(rest[i:at], " ") {
			authority = authority[:i]
		}
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return false // a webhook address, say: all of it is secret
	}
	info := authority[:at]
	user, pass, has := strings.Cut(info, ":")
	if !has {
		pass = user // a token in the place of the user
	}
	if pass == "" {
		return false
	}
	c.credential(name, pass, info+"@")
	if u, err := url.PathUnescape(pass); err == nil && u != pass {
		c.credential(name, u, "")
	}
	if _, query, ok := strings.Cut(rest[at:], "?"); ok {
		for pair := range strings.SplitSeq(query, "&") {
			if k, val, _ := strings.Cut(pair, "="); secretWord(k) {
				c.credential(name, val, pair)
				if u, err := url.QueryUnescape(val); err == nil && u != val {
					c.credential(name, u, "")
				}
			}
		}
	}
	return true
}

// keyword finds passwords in "host=db password=…" and "Server=db;Pwd=…;".
func (c *classifier) keyword(name, v string) bool {
	found := false
	lower := asciiLower(v)
	for _, k := range []string{"password=", "pwd=", "accountkey=", "sharedaccesskey="} {
		for from := 0; ; {
			i := strings.Index(lower[from:], k)
			if i < 0 {
				break
			}
			i += from
			from = i + len(k)
			if i > 0 && !strings.ContainsRune(" ;\t", rune(v[i-1])) {
				continue
			}
			pass := v[from:]
			switch {
			case strings.HasPrefix(pass, "'"), strings.HasPrefix(pass, `"`):
				q := pass[:1]
				pass, _, _ = strings.Cut(pass[1:], q)
			case strings.Contains(v, ";"):
				pass, _, _ = strings.Cut(pass, ";")
			default:
				pass, _, _ = strings.Cut(pass, " ")
			}
			if pass != "" {
				c.credential(name, pass, v[i:from]+pass)
				found = true
			}
		}
	}
	return found
}

// asciiLower is v with its ASCII letters in lower case, byte for byte:
// strings.ToLower changes the length of some texts.
func asciiLower(v string) string {
	b := []byte(v)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// mysql finds the password of "user:password@tcp(host)/db".
func (c *classifier) mysql(name, v string) bool {
	at := max(strings.LastIndex(v, "@tcp("), strings.LastIndex(v, "@unix("), strings.LastIndex(v, "@/"))
	if at < 0 {
		return false
	}
	_, pass, ok := strings.Cut(v[:at], ":")
	if !ok || pass == "" {
		return false
	}
	c.credential(name, pass, v[:at+1])
	return true
}

// credential adds a password; a short one only in the text around it.
func (c *classifier) credential(name, pass, around string) {
	switch {
	case len(pass) >= redact.DefaultMinLength:
		c.add(name, pass, 0)
	case len(around) >= redact.DefaultMinLength:
		c.add(name, around, 0)
		c.refuse(name, reasonWeak)
	default:
		c.refuse(name, reasonShort)
	}
}

func secretWord(k string) bool {
	switch normalKey(k) {
	case "password", "passwd", "pwd", "token", "accesstoken", "apikey", "secret", "sig", "signature", "sslpassword", "key":
		return true
	}
	return false
}
