package httpmw

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// routePattern returns the pattern that net/http or chi matched. It is known once
// the handler has run. chi keeps it in the context, where it survives copies of
// the request that were made on the way.
func routePattern(r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	if rc := chi.RouteContext(r.Context()); rc != nil {
		return rc.RoutePattern()
	}
	return ""
}
