package otelproc

import (
	"maps"
	"sync/atomic"

	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/seed-00b494d3/tagout/redact"
)

// maxMemo bounds how many resources and scopes are remembered. A process has
// one resource and a scope for each instrumented package.
const maxMemo = 256

// A memo remembers what each resource and scope was redacted to under the
// current snapshot, so that items that shared one still share one: exporters
// group by it. It is replaced as a whole when the snapshot changes. The zero
// memo is ready and safe for concurrent use.
type memo struct{ p atomic.Pointer[memoized] }

// memoized is immutable. It does not keep its snapshot alive, which holds values
// that may have been withdrawn.
type memoized struct {
	snapshot  uint64
	resources map[*resource.Resource]*resource.Resource
	scopes    map[instrumentation.Scope]instrumentation.Scope
}

var noMemo = &memoized{}

// load returns what is remembered under the snapshot m.
func (c *memo) load(m *redact.Matcher) *memoized {
	if p := c.p.Load(); p != nil && p.snapshot == m.ID() {
		return p
	}
	return noMemo
}

func (w *walk) resource(r *resource.Resource) (*resource.Resource, bool) {
	if r == nil {
		return nil, false
	}
	m := w.ev.Matcher()
	known := w.r.memo.load(m)
	if out, ok := known.resources[r]; ok {
		return out, out != r
	}
	out := r
	set, a := w.set(r.Set())
	url, u := w.text(r.SchemaURL())
	if a || u {
		out = resource.NewWithAttributes(url, set.ToSlice()...)
	}
	next := &memoized{snapshot: m.ID(), scopes: known.scopes}
	if len(known.resources) < maxMemo {
		next.resources = maps.Clone(known.resources)
	}
	if next.resources == nil {
		next.resources = make(map[*resource.Resource]*resource.Resource)
	}
	next.resources[r] = out
	w.r.memo.p.Store(next)
	return out, out != r
}

func (w *walk) scope(s instrumentation.Scope) (instrumentation.Scope, bool) {
	m := w.ev.Matcher()
	known := w.r.memo.load(m)
	if out, ok := known.scopes[s]; ok {
		return out, out != s
	}
	name, a := w.text(s.Name)
	version, b := w.text(s.Version)
	url, c := w.text(s.SchemaURL)
	set, d := w.set(&s.Attributes)
	out := s
	if a || b || c || d {
		out = instrumentation.Scope{Name: name, Version: version, SchemaURL: url, Attributes: set}
	}
	next := &memoized{snapshot: m.ID(), resources: known.resources}
	if len(known.scopes) < maxMemo {
		next.scopes = maps.Clone(known.scopes)
	}
	if next.scopes == nil {
		next.scopes = make(map[instrumentation.Scope]instrumentation.Scope)
	}
	next.scopes[s] = out
	w.r.memo.p.Store(next)
	return out, out != s
}
