package tagoutregistry

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// encoder writes attributes as key=value.
type encoder struct{}

func (encoder) Encode(it attribute.Iterator) string {
	var b strings.Builder
	for it.Next() {
		kv := it.Attribute()
		b.WriteString(string(kv.Key) + "=" + kv.Value.AsString() + " ")
	}
	return b.String()
}

func (encoder) ID() attribute.EncoderID { return attribute.EncoderID{} }
