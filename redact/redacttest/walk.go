package redacttest

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

var base64s = map[string]*base64.Encoding{
	"standard base64": base64.RawStdEncoding,
	"URL base64":      base64.RawURLEncoding,
}

// walk follows v through everything but functions and says where it met the
// canary, and how.
func (l *leaks) walk(v any) (path, how string) {
	w := walker{leaks: l, seen: map[visit]bool{}}
	w.value(reflect.ValueOf(v), "value")
	return w.path, w.how
}

type visit struct {
	typ reflect.Type
	ptr unsafe.Pointer
	len int
}

type walker struct {
	leaks     *leaks
	seen      map[visit]bool
	path, how string
}

func (w *walker) value(v reflect.Value, path string) {
	if w.how != "" || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		w.text(v.String(), path)
	case reflect.Pointer:
		if !v.IsNil() && w.first(v, v.UnsafePointer(), 0) {
			w.value(v.Elem(), path+".*")
		}
	case reflect.Interface:
		w.value(v.Elem(), path)
	case reflect.Map:
		if v.IsNil() || !w.first(v, v.UnsafePointer(), 0) {
			return
		}
		for it := v.MapRange(); it.Next(); {
			w.value(it.Key(), path+"[key]")
			w.value(it.Value(), path+"[value]")
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.value(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		if v.Len() > 0 && w.first(v, v.UnsafePointer(), v.Len()) {
			w.list(v, path)
		}
	case reflect.Array:
		w.list(v, path)
	}
}

// first reports whether a place is met for the first time, so that rings end.
func (w *walker) first(v reflect.Value, p unsafe.Pointer, n int) bool {
	k := visit{v.Type(), p, n}
	if w.seen[k] {
		return false
	}
	w.seen[k] = true
	return true
}

// list looks at the elements of a slice or array. Numbers are also taken as the
// bytes that they are in memory: a value packed into words is a value.
func (w *walker) list(v reflect.Value, path string) {
	size := v.Type().Elem().Size()
	switch k := v.Type().Elem().Kind(); {
	case k >= reflect.Int && k <= reflect.Complex128:
		if v.Kind() == reflect.Slice {
			w.text(unsafe.String((*byte)(v.UnsafePointer()), uintptr(v.Len())*size), path)
		}
		var numbers strings.Builder
		for i := 0; i < v.Len() && k <= reflect.Uintptr; i++ {
			e := v.Index(i)
			if e.CanInt() {
				numbers.WriteString(strconv.FormatInt(e.Int(), 10) + " ")
			} else {
				numbers.WriteString(strconv.FormatUint(e.Uint(), 10) + " ")
			}
		}
		w.text(numbers.String(), path)
	default:
		for i := range v.Len() {
			w.value(v.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
	}
}

func (w *walker) text(s, path string) {
	if w.how != "" {
		return
	}
	if i := strings.Index(s, w.leaks.canary[:window]); i >= 0 {
		w.path, w.how = path, "raw"
	} else if how := w.leaks.in(s); how != "" {
		w.path, w.how = path, how
	}
}
