package httpmw

import (
	"mime"
	"net/textproto"
	"strings"

	"github.com/seed-00b494d3/tagout/keyrules"
)

// hideFields hides the values under hidden names in a body, which may be cut: fields
// of forms of both kinds, and of JSON.
func hideFields(keys *keyrules.Rules, contentType, text string) string {
	media, _, _ := strings.Cut(contentType, ";") // whatever follows
	media = strings.ToLower(strings.TrimSpace(media))
	switch {
	case media == "application/x-www-form-urlencoded":
		return hideParameters(keys, text)
	case media == "multipart/form-data":
		if _, params, _ := mime.ParseMediaType(contentType); params["boundary"] != "" {
			return hideParts(keys, params["boundary"], text)
		}
	case strings.Contains(media, "json"):
		return string(keys.AppendJSON(nil, []byte(text)))
	}
	return text
}

// hideParts hides the parts of a multipart form whose name is hidden.
func hideParts(keys *keyrules.Rules, boundary, text string) string {
	delimiter := "--" + boundary
	parts := strings.Split(text, delimiter)
	for i, p := range parts {
		header, body, ok := strings.Cut(p, "\r\n\r\n")
		if !ok || body == "" || i == 0 {
			continue
		}
		if tag, ok := keys.Match(parameterName(partName(header), 0)); ok && !isTag(strings.TrimSuffix(body, "\r\n")) {
			if strings.HasSuffix(body, "\r\n") {
				tag += "\r\n"
			}
			parts[i] = header + "\r\n\r\n" + tag
		}
	}
	return strings.Join(parts, delimiter)
}

// partName returns the name of a part, and what it can find of it if the header is
// malformed.
func partName(header string) string {
	for line := range strings.SplitSeq(header, "\r\n") {
		key, value, _ := strings.Cut(line, ":")
		if textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(key)) != "Content-Disposition" {
			continue
		}
		if _, params, err := mime.ParseMediaType(value); err == nil {
			return params["name"]
		}
		_, name, _ := strings.Cut(value, "name=")
		name, _, _ = strings.Cut(name, ";")
		return strings.Trim(name, `" `)
	}
	return ""
}
