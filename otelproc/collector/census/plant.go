package census

import (
	"fmt"
	"reflect"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"
)

// A planter walks pdata by the methods of its types: it makes one element of
// every slice and one of every alternative, and sets every text. It knows none of
// the types by name but those that hold text themselves, so that what a later
// pdata adds is planted too.
type planter struct {
	secret string
	only   string   // plant at this position alone; "": at all
	seen   []string // positions met
}

const clean = "nothing to see"

// text returns what to set at the position.
func (p *planter) text(path string) string {
	p.seen = append(p.seen, path)
	if p.only == "" || p.only == path {
		return "a " + p.secret
	}
	return clean
}

func (p *planter) walk(path string, v reflect.Value) {
	switch x := v.Interface().(type) {
	case pcommon.Map:
		p.attrs(path, x)
		return
	case pcommon.Value:
		p.value(path, x)
		return
	case pcommon.ByteSlice:
		x.FromRaw([]byte(p.text(path)))
		return
	case pcommon.StringSlice:
		// The first entry of a string table is empty by definition.
		x.FromRaw([]string{"", p.text(path)})
		return
	case pcommon.TraceState:
		key := "vendor"
		if p.text(path + " key"); p.only == path+" key" {
			key = p.secret
		}
		x.FromRaw("first=1," + key + "=" + strings.TrimPrefix(strings.ReplaceAll(p.text(path), " ", ""), "a"))
		return
	case pcommon.Resource:
		refs := entity.ResourceEntityRefs(x)
		p.walk(path+".EntityRefs", reflect.ValueOf(refs))
	case pcommon.UInt64Slice, pcommon.Int64Slice, pcommon.Int32Slice, pcommon.Float64Slice:
		return
	}
	if m := v.MethodByName("AppendEmpty"); m.IsValid() {
		p.elements(path, v, m)
		return
	}
	t := v.Type()
	for i := range t.NumMethod() {
		m := t.Method(i)
		f := v.Method(i)
		switch {
		case strings.HasPrefix(m.Name, "SetEmpty"): // an alternative; see elements
		case strings.HasPrefix(m.Name, "Set") && m.Type.NumIn() == 2 && m.Type.In(1).Kind() == reflect.String:
			f.Call([]reflect.Value{reflect.ValueOf(p.text(path + "." + m.Name[3:])).Convert(m.Type.In(1))})
		case strings.HasPrefix(m.Name, "Set"):
			p.mustHoldNoText(path, m)
		case m.Type.NumIn() == 1 && m.Type.NumOut() == 1 && isPdata(m.Type.Out(0)) && t.NumMethod() > 0 && !alternative(t, m.Name):
			p.walk(path+"."+m.Name, f.Call(nil)[0])
		}
	}
}

// elements appends an element to the slice v, or one for each alternative that
// the element type has.
func (p *planter) elements(path string, v, appendEmpty reflect.Value) {
	e := appendEmpty.Type().Out(0)
	var alternatives []string
	for i := range e.NumMethod() {
		if m := e.Method(i); strings.HasPrefix(m.Name, "SetEmpty") && m.Type.NumIn() == 1 {
			alternatives = append(alternatives, m.Name)
		}
	}
	if len(alternatives) == 0 || e == reflect.TypeFor[pcommon.Value]() {
		p.walk(path, appendEmpty.Call(nil)[0])
		return
	}
	for _, a := range alternatives {
		name := strings.TrimPrefix(a, "SetEmpty")
		elem := appendEmpty.Call(nil)[0]
		p.walk(path+"("+name+")", elem)
		p.walk(path+"("+name+")."+name, elem.MethodByName(a).Call(nil)[0])
	}
}

// alternative says whether the method returns one of several alternatives, which
// panics unless it was set.
func alternative(t reflect.Type, name string) bool {
	_, ok := t.MethodByName("SetEmpty" + name)
	return ok
}

func isPdata(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.PkgPath(), "go.opentelemetry.io/collector/pdata")
}

// mustHoldNoText panics at a setter that this package does not know.
func (p *planter) mustHoldNoText(path string, m reflect.Method) {
	if m.Type.NumIn() == 2 {
		in := m.Type.In(1)
		switch in.Kind() {
		case reflect.Bool, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64, reflect.Float64:
			return
		case reflect.Array: // identifiers
			if in.Elem().Kind() == reflect.Uint8 && in.Len() <= 16 {
				return
			}
		}
	}
	panic(fmt.Sprintf("census: %s.%s: a setter that this package does not know", path, m.Name))
}

func (p *planter) attrs(path string, m pcommon.Map) {
	m.PutStr("first", clean)
	m.PutInt(p.text(path+" key"), 1)
	p.value(path, m.PutEmpty("k"))
	s := m.PutEmptySlice("all")
	for range 6 {
		s.AppendEmpty()
	}
	p.kinds(path, s)
}

// value plants in v itself as a string; the other kinds only if that is the
// position asked for, or else they would be overwritten.
func (p *planter) value(path string, v pcommon.Value) {
	v.SetStr(p.text(path + " string"))
	for _, k := range kinds {
		full := path + " " + k.name
		p.seen = append(p.seen, full)
		if p.only == full {
			k.set(v, "a "+p.secret)
		}
	}
}

// kinds puts each kind into its own element, for the position "" that plants at
// all.
func (p *planter) kinds(_ string, s pcommon.Slice) {
	for i, k := range kinds {
		if p.only == "" {
			k.set(s.At(i), "a "+p.secret)
		} else {
			k.set(s.At(i), clean)
		}
	}
}

var kinds = []struct {
	name string
	set  func(v pcommon.Value, s string)
}{
	{"bytes", func(v pcommon.Value, s string) { v.SetEmptyBytes().FromRaw([]byte(s)) }},
	{"slice", func(v pcommon.Value, s string) {
		sl := v.SetEmptySlice()
		sl.AppendEmpty().SetInt(1)
		sl.AppendEmpty().SetStr(s)
	}},
	{"map value", func(v pcommon.Value, s string) { v.SetEmptyMap().PutStr("k", s) }},
	{"map key", func(v pcommon.Value, s string) { v.SetEmptyMap().PutInt(s, 1) }},
	{"nested", func(v pcommon.Value, s string) {
		m := v.SetEmptySlice().AppendEmpty().SetEmptyMap()
		m.PutEmptySlice("deep").AppendEmpty().SetEmptyBytes().FromRaw([]byte(s))
	}},
	{"encoded", func(v pcommon.Value, s string) { v.SetStr(encode(s)) }},
}
