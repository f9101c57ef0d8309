package rival

import "github.com/wasilibs/go-re2"

func init() { extra = append(extra, re2Alternation) }

// re2Alternation is the same alternation in RE2, compiled to WebAssembly.
var re2Alternation = Engine{
	Name:    "wasilibs/go-re2 alternation",
	PerByte: 200,
	MaxSize: 50_000, // its automaton runs out of memory, and it says so for every text
	Build: func(j Job) (Redactor, error) {
		expr, tags := alternatives(j)
		re, err := re2.Compile(expr)
		if err != nil {
			return Redactor{}, err
		}
		return Redactor{Redact: func(s string) string {
			if !re.MatchString(s) {
				return s
			}
			return re.ReplaceAllStringFunc(s, func(m string) string { return tags[m] })
		}}, nil
	},
}
