package redact_test

import (
	"io"
	"strings"
	"testing"
	"unsafe"

	"github.com/seed-00b494d3/tagout/redact"
)

var cleanTexts = map[string]string{
	"empty":          "",
	"short":          "ok",
	"words":          "request done in 12ms",
	"JSON line":      `{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"request","path":"\/a\/b?x=%20y","status":200}` + "\n",
	"escapes":        `"\u0041\n\\" %41%zz &amp;&#65; =3D \x41 $$ ''`,
	"not text":       "\x00\xff\xfe\x80 \xc3\x28",
	"colours":        "\x1b[31mred\x1b[0m ke\x1b[1mst.",
	"a dump":         "00000000  41 42 43\n",
	"prefix":         "sk_live_ kestrel-77-Moo kestrel-77 eyJhbGciOi",
	"megabyte":       strings.Repeat("the quick brown fox jumps over the lazy dog\n", 1<<20/44),
	"other base64":   "a2VzdHJlbC03OC1Nb29y b64==",
	"looks like tag": "[REDACTED:other@v1] [REDACTED [REDACTED:",
}

func cleanMatcher(t testing.TB) *redact.Matcher {
	return matcher(t, append(many("kestrel-77-", 1000), secret("a", "kestrel-77-Moor/Lane"), secret("b", "first-line-of-it\nsecond-line-of-it")))
}

// TestCleanIsIdentical: text without a secret is the same string, without
// allocation (REDACT-2).
func TestCleanIsIdentical(t *testing.T) {
	m := cleanMatcher(t)
	ev := redact.NewSink(m, "test").Event()
	for name, text := range cleanTexts {
		for _, f := range []func(string) string{m.String, ev.String} {
			got := f(text)
			if got != text || len(text) > 0 && unsafe.StringData(got) != unsafe.StringData(text) {
				t.Errorf("%s: not the same string", name)
			}
		}
	}
}

func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	m := cleanMatcher(t)
	ev := redact.NewSink(m, "test", redact.SinkJSON()).Event()
	dst := make([]byte, 0, 2<<20)
	var batch redact.Batch
	for name, text := range cleanTexts {
		src := []byte(text)
		record := redact.NewRecordWriter(io.Discard, m)
		str := redact.NewStreamWriter(io.Discard, m)
		for call, f := range map[string]func(){
			"Matcher.String":     func() { m.String(text) },
			"Matcher.Append":     func() { dst = m.Append(dst[:0], src) },
			"Event.String":       func() { ev.String(text) },
			"Event.Append":       func() { dst = ev.Append(dst[:0], src) },
			"Event.AppendRecord": func() { dst = ev.AppendRecord(dst[:0], src) },
			"Event.Record":       func() { ev.Record(src, func() []byte { return dst[:0] }) },
			"Event.Clean":        func() { ev.Clean(src) },
			"Batch.Clean":        func() { batch.Reset(ev); batch.Add(text); batch.Add(text); batch.Clean() },
			"RecordWriter.Write": func() { record.Write(src) },
			"StreamWriter.Write": func() { str.Write(src) },
		} {
			if copiesStrings && (strings.HasSuffix(call, ".String") || call == "Batch.Clean") {
				continue
			}
			if n := testing.AllocsPerRun(10, f); n > 0 {
				t.Errorf("%s of %s: %v allocations", call, name, n)
			}
		}
	}
	sink := redact.NewSink(m, "test")
	if n := testing.AllocsPerRun(100, func() { sink.Event() }); n > 0 {
		t.Errorf("Sink.Event: %v allocations", n)
	}
}
