package rival

import "github.com/seed-00b494d3/tagout/redact"

// encoded returns every form but the value itself.
func encoded() []redact.Form {
	var out []redact.Form
	for _, f := range redact.Forms() {
		if f != redact.FormRaw {
			out = append(out, f)
		}
	}
	return out
}
