package zapredact

import (
	"reflect"

	"go.uber.org/zap/zapcore"
)

var zapcorePath = reflect.TypeOf(zapcore.Entry{}).PkgPath()

// plain reports whether a core writes reflected values as JSON and does nothing
// else with them: zap's own cores and encoders, in any composition. A core that
// keeps fields, or forwards them to another system, may print them as fmt does,
// unexported fields and Stringers included. What is not known is not plain.
//
// Only types are read, and the fields in which zap's cores keep the next one.
func plain(c zapcore.Core) bool { return plainValue(reflect.ValueOf(c)) }

func plainValue(v reflect.Value) bool {
	if !v.IsValid() {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return plainValue(v.Elem())
	case reflect.Slice: // a Tee
		for i := range v.Len() {
			if !plainValue(v.Index(i)) {
				return false
			}
		}
		return v.Type().PkgPath() == zapcorePath
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[core]() {
			return true // looks for itself
		}
		if v.Type().PkgPath() != zapcorePath {
			return false
		}
		switch v.Type().Name() {
		case "ioCore":
			return ofZapcore(v.FieldByName("enc"))
		case "sampler", "hooked":
			return plainValue(v.FieldByName("Core"))
		case "levelFilterCore":
			return plainValue(v.FieldByName("core"))
		case "nopCore":
			return true
		}
	}
	return false
}

// ofZapcore reports whether an interface holds a type of package zapcore.
func ofZapcore(v reflect.Value) bool {
	if !v.IsValid() || v.Kind() != reflect.Interface || v.IsNil() {
		return false
	}
	t := v.Elem().Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == zapcorePath
}
