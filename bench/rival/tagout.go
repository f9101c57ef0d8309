package rival

import (
	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/redact"
)

// Tagout is this project's engine. It is given the secrets and makes the forms
// itself; text behind escapes is decoded in either case.
var Tagout = Engine{
	Name:    "tagout",
	PerByte: 64,
	Build: func(j Job) (Redactor, error) {
		m, err := Matcher(j)
		if err != nil {
			return Redactor{}, err
		}
		return Redactor{Redact: m.String}, nil
	},
}

// Matcher returns the matcher of a job.
func Matcher(j Job) (*redact.Matcher, error) {
	var opts []redact.Option
	if !j.Forms {
		opts = append(opts, redact.WithoutForms(encoded()...))
	}
	return redact.NewMatcher(Secrets(j.Secrets), opts...)
}

// Secrets returns secrets as the engine takes them.
func Secrets(from []corpus.Secret) []redact.Secret {
	out := make([]redact.Secret, len(from))
	for i, s := range from {
		out[i] = redact.NewSecret(s.Name, "v1", []byte(s.Value))
	}
	return out
}
