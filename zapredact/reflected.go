package zapredact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"go.uber.org/zap/zapcore"
)

// reflectField redacts a field of zap.Reflect. JSON keeps its shape.
func (w *walker) reflectField(f *zapcore.Field) bool {
	shown, bad, changed := w.reflected(f.Interface)
	if bad != "" {
		*f = zapcore.Field{Key: f.Key + "Error", Type: zapcore.StringType, String: bad}
	} else {
		f.Interface = shown
	}
	return changed
}

// reflected returns what to show for v: v itself if that is clean, a JSON text,
// or, in bad, the text of an error that its rendering ends in.
func (w *walker) reflected(v any) (shown any, bad string, changed bool) {
	if f, ok := v.(*frozen); ok {
		r := f.open()
		if r.bad != "" {
			return nil, w.text(r.bad), true
		}
		out, changed := w.json(r.json)
		printed := !r.finite || !w.ev.Clean(r.printed)
		w.trace.note(printed, "")
		return json.RawMessage(out), "", changed || printed
	}
	if v == nil || scalar(reflect.TypeOf(v)) && !w.cfg.numbers {
		return v, "", false
	}
	j, bad := marshal(v)
	if bad != "" {
		if r := w.text(bad); r != bad || !w.plain && !w.printedClean(v) {
			return nil, r, true
		}
		return v, "", false // zap meets the same error and shows it
	}
	if out, changed := w.json(j); changed || !w.plain && !w.printedClean(v) {
		return json.RawMessage(out), "", true
	}
	return v, "", false
}

// json redacts a JSON text, as itself if there is nothing to redact.
func (w *walker) json(j []byte) ([]byte, bool) {
	out := j
	if !w.ev.Clean(j) {
		out = w.ev.AppendRecord(nil, j)
	}
	if w.cfg.rules != nil {
		out = w.cfg.rules.AppendJSON(nil, out)
	}
	changed := !bytes.Equal(out, j)
	if w.trace != nil {
		w.trace.note(changed, string(out))
	}
	return out, changed
}

// scalar reports whether values of type t are rendered without text.
func scalar(t reflect.Type) bool {
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 && t.NumMethod() == 0
}

// marshal renders v as zap's encoders do by default.
func marshal(v any) (out []byte, bad string) {
	defer func() {
		if r := recover(); r != nil {
			out, bad = nil, fmt.Sprintf("PANIC=%v", r)
		}
	}()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err.Error()
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), ""
}
