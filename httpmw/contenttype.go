package httpmw

import "strings"

// defaultTypes are the media types that are text.
var defaultTypes = []string{
	"text/*", "+json", "+xml", "+yaml", "+text",
	"application/json", "application/jsonl", "application/x-ndjson", "application/ndjson", "application/json-seq",
	"application/xml", "application/yaml", "application/x-yaml", "application/toml",
	"application/javascript", "application/x-javascript", "application/ecmascript",
	"application/x-www-form-urlencoded", "multipart/form-data", "multipart/mixed",
	"application/graphql", "application/sql", "application/x-sh", "application/jwt",
	"application/x-pem-file", "application/pem-certificate-chain", "application/http",
	"application/openmetrics-text", "application/json5", "application/x-json", "application/csv", "application/typescript",
}

// typeSet matches media types. Read-only once made.
type typeSet struct {
	exact    map[string]bool
	prefixes []string // "text/"
	suffixes []string // "+json"
}

// newTypeSet takes types as "text/plain", "text/*", "+json" and "*/*". It panics
// on anything else.
func newTypeSet(patterns []string) *typeSet {
	s := &typeSet{exact: make(map[string]bool)}
	for _, p := range patterns {
		p = strings.ToLower(p)
		switch {
		case p == "*/*":
			s.prefixes = append(s.prefixes, "")
		case strings.HasPrefix(p, "+") && len(p) > 1:
			s.suffixes = append(s.suffixes, p)
		case strings.HasSuffix(p, "/*") && strings.Count(p, "*") == 1 && len(p) > 2:
			s.prefixes = append(s.prefixes, p[:len(p)-1])
		case strings.Count(p, "/") == 1 && !strings.ContainsAny(p, "* ;"):
			s.exact[p] = true
		default:
			panic("httpmw: media type pattern " + p)
		}
	}
	return s
}

// match reports whether a Content-Type is of the set. What does not even look
// like a media type is taken for text.
func (s *typeSet) match(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if !strings.Contains(media, "/") || s.exact[media] {
		return true
	}
	if strings.HasPrefix(media, "application/grpc") || strings.HasPrefix(media, "application/connect+") {
		return false // frames with lengths, whatever they carry
	}
	for _, p := range s.prefixes {
		if strings.HasPrefix(media, p) {
			return true
		}
	}
	for _, x := range s.suffixes {
		if strings.HasSuffix(media, x) {
			return true
		}
	}
	return false
}

// encoded reports whether a Content-Encoding value changes the bytes.
func encoded(values []string) bool {
	for _, v := range values {
		for v != "" {
			var e string
			e, v, _ = strings.Cut(v, ",")
			if e = strings.TrimSpace(e); e != "" && !strings.EqualFold(e, "identity") {
				return true
			}
		}
	}
	return false
}
