package zapredact

import (
	"fmt"
	"reflect"
)

// printedClean reports whether v shows nothing where it is printed instead of
// encoded. What fmt would not come back from counts as not clean.
func (w *walker) printedClean(v any) bool {
	text, ok := printed(v)
	return ok && w.ev.Clean(text)
}

func printed(v any) (text []byte, ok bool) {
	nodes := maxNodes
	if !finite(reflect.ValueOf(v), 0, &nodes) {
		return nil, false
	}
	return fmt.Appendf(nil, "%+v", v), true
}

const (
	maxDepth = 100
	maxNodes = 1 << 20
)

// finite reports whether fmt comes back from v, in reasonable time: it follows
// maps, slices and interfaces without end, and pointers at the top only.
func finite(v reflect.Value, depth int, nodes *int) bool {
	if *nodes--; *nodes < 0 || depth > maxDepth {
		return false
	}
	if v.IsValid() && v.CanInterface() {
		switch v.Interface().(type) {
		case fmt.Formatter, error, fmt.Stringer:
			return true // the verb asks its method
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return depth > 0 || finite(v.Elem(), depth+1, nodes)
	case reflect.Interface:
		return finite(v.Elem(), depth+1, nodes)
	case reflect.Struct:
		for i := range v.NumField() {
			if !finite(v.Field(i), depth+1, nodes) {
				return false
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !finite(it.Key(), depth+1, nodes) || !finite(it.Value(), depth+1, nodes) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); k <= reflect.Complex128 || k == reflect.String {
			return true
		}
		for i := range v.Len() {
			if !finite(v.Index(i), depth+1, nodes) {
				return false
			}
		}
	}
	return true
}
