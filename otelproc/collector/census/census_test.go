package census

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// COL-2: every text field that pdata has is planted. The fields are found behind
// the methods, by reflection over the data itself: a field that no method of
// today reaches fails here.
func TestEveryFieldPlanted(t *testing.T) {
	for _, signal := range Signals {
		d := Plant(signal, "")
		texts := map[string]bool{}
		fields("", reflect.ValueOf(d), texts, 0)
		for path, planted := range texts {
			if !planted {
				t.Errorf("%s: no position plants %s", signal, path)
			}
		}
		if len(texts) < 15 {
			t.Errorf("%s: only %d text fields found", signal, len(texts))
		}
	}
}

// fields notes which text fields exist, without indexes, and whether one of
// their instances holds the secret.
func fields(path string, v reflect.Value, out map[string]bool, depth int) {
	if depth > 60 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		out[path] = out[path] || strings.Contains(v.String(), Secret)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			out[path] = out[path] || strings.Contains(string(v.Bytes()), Secret)
			return
		}
		if v.Len() == 0 && v.Type().Elem().Kind() == reflect.String {
			out[path] = out[path] || false
		}
		for i := range v.Len() {
			sub := path
			if strings.HasPrefix(path, "AnyValue") && v.Type().Elem().Name() == "AnyValue" {
				sub = "AnyValue"
			}
			fields(sub, v.Index(i), out, depth+1)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			e := v.Elem()
			name := path
			if v.Kind() == reflect.Interface {
				name += "(" + strings.TrimPrefix(e.Type().String(), "*internal.") + ")"
			}
			fields(name, e, out, depth+1)
		}
	case reflect.Struct:
		if v.Type().Name() == "AnyValue" && path != "AnyValue" {
			// A value: it must hold the secret somewhere, and what values are made
			// of is looked at once for all of them.
			inside := map[string]bool{}
			fields("AnyValue", v, inside, depth+1)
			for p, planted := range inside {
				out[p] = out[p] || planted
				out[path] = out[path] || planted
			}
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch f.Name {
			case "state":
				continue
			case "DeprecatedScopeSpans", "DeprecatedScopeLogs", "DeprecatedScopeMetrics": // no method reaches them; see COL-16
				continue
			}
			sub := path + "." + f.Name
			if v.Type().Name() == "AnyValue" || strings.HasPrefix(path, "AnyValue") && f.Type.Name() == "AnyValue" {
				sub = "AnyValue"
			}
			fields(sub, v.Field(i), out, depth+1)
		}
	}
}

// COL-2: each position plants one secret, and what is planted leaks if nobody
// looks.
func TestPositionsPlant(t *testing.T) {
	for _, signal := range Signals {
		ps := Positions(signal)
		if len(ps) < 20 || len(slices.Compact(slices.Sorted(slices.Values(ps)))) != len(ps) {
			t.Errorf("%s: %d positions", signal, len(ps))
		}
		b, err := Marshal(Plant(signal, "none"))
		if err != nil || Leaks(b) {
			t.Errorf("%s: something is planted at no position: %v", signal, err)
		}
		for _, pos := range ps {
			if b, err := Marshal(Plant(signal, pos)); err != nil || !Leaks(b) {
				t.Errorf("%s: nothing is planted at %q: %v", signal, pos, err)
			}
		}
		t.Logf("%s: %d positions", signal, len(ps))
	}
}

func ExamplePositions() {
	for _, p := range Positions("logs") {
		if strings.Contains(p, "Body") {
			fmt.Println(p)
		}
	}
	// Output:
	// .ResourceLogs.ScopeLogs.LogRecords.Body string
	// .ResourceLogs.ScopeLogs.LogRecords.Body bytes
	// .ResourceLogs.ScopeLogs.LogRecords.Body slice
	// .ResourceLogs.ScopeLogs.LogRecords.Body map value
	// .ResourceLogs.ScopeLogs.LogRecords.Body map key
	// .ResourceLogs.ScopeLogs.LogRecords.Body nested
	// .ResourceLogs.ScopeLogs.LogRecords.Body encoded
}
