package slogredact

import (
	"log/slog"
	"reflect"
)

// frozen is a bound value of KindAny as it was when it was bound. Bound values
// are rendered again when the snapshot changes, on whatever goroutine logs then:
// reading through their pointers at that time would be a data race with the
// program, and show a later state than a bare handler does.
type frozen struct {
	open func() (slog.Value, rendering)
}

// freezeAttrs returns a copy of as in which LogValuers are resolved and values
// behind pointers rendered, once.
func freezeAttrs(as []slog.Attr, cfg *config) []slog.Attr {
	out := make([]slog.Attr, len(as))
	for i, a := range as {
		a.Value = freeze(a.Value.Resolve(), cfg)
		out[i] = a
	}
	return out
}

func freeze(v slog.Value, cfg *config) slog.Value {
	switch v.Kind() {
	case slog.KindGroup:
		return slog.GroupValue(freezeAttrs(v.Group(), cfg)...)
	case slog.KindAny:
		return freezeAny(v, cfg)
	}
	return v
}

func freezeAny(v slog.Value, cfg *config) slog.Value {
	switch a := v.Any().(type) {
	case nil:
		return v
	case error:
		if cfg.rules == nil || !isJSONMarshaler(a) {
			return v // errors do not change
		}
	case *slog.Source:
		if a == nil {
			return v
		}
		c := *a
		return slog.AnyValue(&c)
	}
	if t := reflect.TypeOf(v.Any()); flat(t) && t.Kind() != reflect.Pointer {
		return v // held by the interface itself
	}
	r := render(v.Any(), cfg.render)
	return slog.AnyValue(&frozen{open: func() (slog.Value, rendering) { return v, r }})
}
