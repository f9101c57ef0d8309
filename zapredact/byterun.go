package zapredact

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"go.uber.org/zap/zapcore"
)

// byteRun is a run of integers of the size of bytes in an array. One by one they
// tell nothing, but a run may be a secret, as of zap.Uint8s or a []rune, so it is
// looked at as a whole, in the text that an encoder makes of it.
type byteRun struct {
	text []byte // a JSON array without its end
	next []func(zapcore.ArrayEncoder)
}

func (e *arrayEncoder) signed(v int64, next func(zapcore.ArrayEncoder)) {
	switch {
	case 0 <= v && v <= math.MaxUint8:
		e.hold(uint8(v), next)
	case e.number(func() string { return strconv.FormatInt(v, 10) }):
		next(e.next)
	}
}

func (e *arrayEncoder) unsigned(v uint64, next func(zapcore.ArrayEncoder)) {
	switch {
	case v <= math.MaxUint8:
		e.hold(uint8(v), next)
	case e.number(func() string { return strconv.FormatUint(v, 10) }):
		next(e.next)
	}
}

func (e *arrayEncoder) hold(v uint8, next func(zapcore.ArrayEncoder)) {
	sep := byte(',')
	if len(e.held.next) == 0 {
		sep = '['
	}
	e.held.text = strconv.AppendUint(append(e.held.text, sep), uint64(v), 10)
	e.held.next = append(e.held.next, next)
}

// flush appends what is held, redacted if need be.
func (e *arrayEncoder) flush() {
	run := e.held
	e.held = byteRun{}
	if len(run.next) == 0 {
		return
	}
	text := append(run.text, ']')
	if e.w.ev.Clean(text) {
		e.w.trace.note(false, "")
		for _, next := range run.next {
			next(e.next)
		}
		return
	}
	out := e.w.ev.AppendRecord(nil, text)
	e.w.trace.note(true, string(out))
	var shown []any
	if json.Unmarshal(out, &shown) != nil {
		e.next.AppendString(string(bytes.Trim(out, `"`))) // no array is left: one tag for all
	}
	for _, v := range shown {
		switch v := v.(type) {
		case float64:
			e.next.AppendInt64(int64(v))
		case string:
			e.next.AppendString(v)
		}
	}
}
