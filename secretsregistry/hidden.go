package secretsregistry

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// hidden is embedded by every type that leads to a value: whatever prints or
// encodes such a type gets one constant. Where fmt ignores methods (unexported
// fields of a foreign struct) the closure behind which the type keeps its state
// is what protects it.
type hidden struct{}

const hiddenText = "[REDACTED]"

var errHidden = errors.New("secretsregistry: a type that holds secrets cannot be decoded into")

// Format implements fmt.Formatter for every verb.
func (hidden) Format(s fmt.State, _ rune) { io.WriteString(s, hiddenText) }

// GoString implements fmt.GoStringer.
func (hidden) GoString() string { return hiddenText }

// LogValue implements slog.LogValuer.
func (hidden) LogValue() slog.Value { return slog.StringValue(hiddenText) }

// MarshalJSON implements json.Marshaler.
func (hidden) MarshalJSON() ([]byte, error) { return []byte(`"` + hiddenText + `"`), nil }

// MarshalText implements encoding.TextMarshaler.
func (hidden) MarshalText() ([]byte, error) { return []byte(hiddenText), nil }

// GobEncode implements gob.GobEncoder.
func (hidden) GobEncode() ([]byte, error) { return []byte(hiddenText), nil }

// GobDecode implements gob.GobDecoder and fails.
func (hidden) GobDecode([]byte) error { return errHidden }
