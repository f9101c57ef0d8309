package sources

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seed-00b494d3/tagout/redact"
)

// Passwords returns the credentials in a URL or a DSN, as written and
// percent-decoded, without duplicates; nil if there are none.
//
//	scheme://user:PASSWORD@host/…      of any scheme
//	https://TOKEN@host/…               where there is no password
//	…?password=PASSWORD&sslpassword=…  in a query
//	user:PASSWORD@tcp(host)/…          as Go's MySQL driver writes it
//	host=… password='PASSWORD'         as libpq writes it
//	Server=…;Password=PASSWORD;…       as ODBC and ADO write it
//
// Where an unescaped @ in a password makes two readings possible, it returns
// both.
func Passwords(value string) []string {
	var found []string
	add := func(p string) {
		for _, p := range []string{p, unescape(p)} {
			if strings.TrimSpace(p) != "" && !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
	}
	value = strings.TrimSpace(value)
	value = strings.TrimPrefix(value, "jdbc:")
	scheme, rest, isURL := strings.Cut(value, "://")
	if isURL && isScheme(scheme) {
		authority := rest
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			authority = rest[:end]
		}
		web := strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
		userinfo(authority, web, add)
		// A password with an unescaped slash, question mark or number sign.
		if before, _, ok := strings.Cut(rest, "@"); ok && len(before) > len(authority) && strings.Contains(authority, ":") {
			userinfo(rest[:strings.LastIndexByte(rest, '@')+1], web, add)
		}
		if _, query, ok := strings.Cut(rest, "?"); ok {
			query, _, _ = strings.Cut(query, "#")
			pairs(query, "&;", add)
		}
		if _, props, ok := strings.Cut(rest, ";"); ok { // as SQL Server's JDBC URLs have it
			pairs(props, ";", add)
		}
		return found
	}
	if strings.ContainsAny(value, "\n\r") {
		return nil // a key or a document
	}
	// user:password@tcp(host:3306)/db
	if open := strings.LastIndexByte(value, '('); open > 0 {
		if at := strings.LastIndexByte(value[:open], '@'); at > 0 && isScheme(value[at+1:open]) {
			userinfo(value[:at+1], false, add)
		}
	}
	if strings.Contains(value, ";") {
		pairs(value, ";", add)
	} else if strings.Contains(value, "=") {
		keywords(value, add)
	}
	return found
}

// needed drops what is only a spelling of another: a Matcher that knows "p@ss"
// finds "p%40ss" by itself, and two values would make two names in each tag.
func needed(found []string) []string {
	return slices.DeleteFunc(slices.Clone(found), func(p string) bool {
		plain := unescape(p)
		if plain == p || !slices.Contains(found, plain) {
			return false
		}
		s := redact.NewSecret("x", "", []byte(plain)).WithMinLength(redact.MinMinLength)
		m, err := redact.NewMatcher([]redact.Secret{s}, redact.WithTagStyle(redact.TagConstant))
		return err == nil && m.String(p) == "[REDACTED]"
	})
}

// userinfo adds the password of what stands before the last @.
func userinfo(authority string, userAlone bool, add func(string)) {
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return
	}
	user, password, ok := strings.Cut(authority[:at], ":")
	switch {
	case ok && password != "":
		add(password)
		if userAlone && (password == "x-oauth-basic" || password == "x") {
			add(user) // the token stands in the place of the user
		}
	case userAlone:
		add(user)
	}
}

// pairs adds the values of password keys in key=value pairs.
func pairs(s, separators string, add func(string)) {
	for _, pair := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		k, v, _ := strings.Cut(pair, "=")
		if passwordKey(k) {
			v = strings.TrimSpace(v)
			add(v)
			if len(v) > 2 && (v[0] == '\'' || v[0] == '"' || v[0] == '{') {
				add(v[1 : len(v)-1])
			}
		}
	}
}

// keywords adds the values of password keys in libpq's "key = 'value' ...".
func keywords(s string, add func(string)) {
	for s != "" {
		k, rest, ok := strings.Cut(s, "=")
		if !ok {
			return
		}
		rest = strings.TrimLeft(rest, " \t")
		var b strings.Builder
		quoted := strings.HasPrefix(rest, "'")
		i := 0
		if quoted {
			i = 1
		}
		for ; i < len(rest); i++ {
			c := rest[i]
			if c == '\\' && i+1 < len(rest) {
				i++
				b.WriteByte(rest[i])
				continue
			}
			if quoted && c == '\'' || !quoted && (c == ' ' || c == '\t') {
				break
			}
			b.WriteByte(c)
		}
		if passwordKey(k) {
			add(b.String())
		}
		s = strings.TrimLeft(rest[min(i, len(rest)):], "' \t")
	}
}

var passwordKeys = [...]string{
	"password", "passwd", "pwd", "pass", "sslpassword", "token", "accesstoken", "authtoken", "apikey", "secret",
	"clientsecret", "accountkey", "sharedaccesskey", "sharedaccesssignature", "sig", "accesskey", "secretkey",
}

func passwordKey(k string) bool {
	k = strings.ToLower(strings.TrimSpace(k))
	k = strings.NewReplacer("_", "", "-", "", " ", "").Replace(k)
	return slices.Contains(passwordKeys[:], k)
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !('0' <= c && c <= '9') && c != '+' && c != '-' && c != '.' && c != ':') {
			return false
		}
	}
	return s != ""
}

// unescape returns s percent-decoded, or s itself where that fails.
func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
