package httpmw

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
)

// rawHeaders copies the chosen headers of h, values joined by ", ".
func rawHeaders(h http.Header, chosen []string) []slog.Attr {
	var out []slog.Attr
	for _, k := range chosen {
		if vs := h[k]; len(vs) > 0 {
			out = append(out, slog.String(k, strings.Join(vs, ", ")))
		}
	}
	return out
}

// headerGroup redacts what rawHeaders returned.
func (c *accessConfig) headerGroup(ev redact.Event, headers []slog.Attr) slog.Value {
	out := make([]slog.Attr, len(headers))
	for i, a := range headers {
		out[i] = slog.String(a.Key, redactHeaderValue(ev, c.keys, a.Key, a.Value.String()))
	}
	return slog.GroupValue(out...)
}

// urlHeaders hold URLs, whose parameters have names of their own.
var urlHeaders = []string{
	"Content-Location", "Link", "Location", "Origin", "Referer", "Refresh",
	"X-Forwarded-Uri", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url",
}

func redactHeaderValue(ev redact.Event, keys *keyrules.Rules, key, v string) string {
	if tag, ok := keys.Match(key); ok {
		if s := ev.String(v); isTag(s) {
			return s
		}
		return tag
	}
	if slices.Contains(urlHeaders, key) {
		return redactURL(ev, keys, v)
	}
	return ev.String(v)
}
