package slogredact

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// rendering is what a handler writes for one value of KindAny.
type rendering struct {
	as Rendering

	json    []byte // a JSON text, with RenderingJSON and RenderingUnknown
	jsonStr string // what a JSON handler shows instead, as a string, if json is nil

	text  string // with RenderingText and RenderingUnknown
	bytes bool   // text came from a byte slice, which text handlers always quote
	deep  bool   // text is a placeholder: the original must not be rendered at all
}

func render(a any, as Rendering) rendering {
	r := rendering{as: as}
	if as != RenderingText {
		r.json, r.jsonStr = renderJSON(a)
	}
	if as != RenderingJSON {
		r.text, r.bytes = renderText(a)
		r.deep = r.text == depthTag
	}
	return r
}

func isJSONMarshaler(a any) bool { _, ok := a.(json.Marshaler); return ok }

// renderJSON does what slog.JSONHandler does, errors and panics included.
func renderJSON(a any) (out []byte, instead string) {
	defer func() {
		if r := recover(); r != nil {
			out, instead = nil, panicText(a, r)
		}
	}()
	if err, ok := a.(error); ok && !isJSONMarshaler(a) {
		return nil, err.Error()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		return nil, "!ERROR:" + err.Error()
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), ""
}

// renderText does what slog.TextHandler does, errors and panics included.
func renderText(a any) (text string, isBytes bool) {
	defer func() {
		if r := recover(); r != nil {
			text, isBytes = panicText(a, r), false
		}
	}()
	if m, ok := a.(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return "!ERROR:" + err.Error(), false
		}
		return string(b), false
	}
	v := reflect.ValueOf(a)
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return string(v.Bytes()), true
	}
	if !finite(a) {
		return depthTag, false
	}
	return fmt.Sprintf("%+v", a), false
}

func panicText(a, r any) string {
	if v := reflect.ValueOf(a); v.Kind() == reflect.Pointer && v.IsNil() {
		return "<nil>"
	}
	return fmt.Sprintf("!PANIC: %v", r)
}

const (
	depthTag = "[REDACTED:depth]"
	maxDepth = 100
	maxNodes = 1 << 20
)

// finite reports whether fmt comes back from a, in reasonable time: it follows
// maps, slices and interfaces without end, and pointers at the top only.
func finite(a any) bool {
	nodes := maxNodes
	return walkValue(reflect.ValueOf(a), 0, &nodes)
}

func walkValue(v reflect.Value, depth int, nodes *int) bool {
	if !v.IsValid() {
		return true
	}
	if *nodes--; *nodes < 0 || depth > maxDepth {
		return false
	}
	if v.CanInterface() {
		switch v.Interface().(type) {
		case fmt.Formatter, error, fmt.Stringer:
			return true // the verb asks its method
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return depth > 0 || walkValue(v.Elem(), depth+1, nodes)
	case reflect.Interface:
		return walkValue(v.Elem(), depth+1, nodes)
	case reflect.Struct:
		for i := range v.NumField() {
			if !walkValue(v.Field(i), depth+1, nodes) {
				return false
			}
		}
	case reflect.Map:
		if flat(v.Type().Key()) && flat(v.Type().Elem()) {
			return true
		}
		for it := v.MapRange(); it.Next(); {
			if !walkValue(it.Key(), depth+1, nodes) || !walkValue(it.Value(), depth+1, nodes) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		if flat(v.Type().Elem()) {
			return true
		}
		for i := range v.Len() {
			if !walkValue(v.Index(i), depth+1, nodes) {
				return false
			}
		}
	}
	return true
}

// flat reports whether values of type t hold no others.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		return false
	}
	return true
}
