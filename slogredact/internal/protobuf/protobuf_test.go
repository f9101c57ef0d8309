// Package protobuf tests slogredact with protocol buffers. It is a package of its own
// so that whoever imports slogredact does not get these into the go.sum of a module.
package protobuf

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
)

const value = `kestrel"4471-moor`

// SLOG-5: protocol buffers, which JSON handlers write by their fields or MarshalJSON
// and text handlers by String.
func TestProtobuf(t *testing.T) {
	s, err := structpb.NewStruct(map[string]any{"dsn": value, "list": []any{value, 1}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v1", []byte(value))})
	if err != nil {
		t.Fatal(err)
	}
	for inner, newInner := range map[string]func(io.Writer) slog.Handler{
		"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
	} {
		for name, v := range map[string]any{"message": wrapperspb.String(value), "bytes": wrapperspb.Bytes([]byte(value)), "own JSON": s, "value": structpb.NewStringValue(value)} {
			var b bytes.Buffer
			l := slog.New(slogredact.NewHandler(newInner(&b), m))
			l.With("b", v).Info("m", "k", v)
			if strings.Contains(b.String(), "kestrel") || strings.Contains(b.String(), base64.StdEncoding.EncodeToString([]byte(value))[:8]) || strings.Count(b.String(), "[REDACTED:db@v1]") < 2 {
				t.Errorf("%s/%s: %s", inner, name, b.String())
			}
		}
	}
}
