package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

var jsonValues = []string{
	`p"4&<w/+%r d\é9`, "kestrel-77-Moor/Lane", "8350192746", "first-line-of-it\nsecond\tline", `","admin":"yes`, `\\\\\\\\\\`, "{\"a\":\"bcdef\"}", "üüüüüü",
	`ends-with-1"`, `"begins-with-2`, `"both-sides-3"`, `"` + "`both'4$$$" + `"`,
}

// randomJSON builds a document with values in keys, strings, numbers and
// strings that are documents.
func randomJSON(r *rand.Rand, depth int) any {
	value := func() string { return jsonValues[r.IntN(len(jsonValues))] }
	switch r.IntN(9) {
	case 0, 1, 2:
		return "a " + value() + "z"
	case 3:
		return value()
	case 4:
		return json.Number("8350192746")
	case 5:
		return r.IntN(1000)
	case 6:
		if b, err := json.Marshal(randomJSON(r, depth-1)); err == nil && depth > 0 {
			return string(b)
		}
		return nil
	case 7:
		if depth <= 0 {
			return true
		}
		m := map[string]any{}
		for range r.IntN(4) {
			m[fmt.Sprint(value()[:r.IntN(4)], r.IntN(100), value())] = randomJSON(r, depth-1)
		}
		return m
	default:
		var list []any
		for range r.IntN(4) {
			list = append(list, randomJSON(r, depth-1))
		}
		return list
	}
}

// TestJSON redacts documents after they were encoded: they stay documents, and
// their decoded strings hold no value (REDACT-10).
func TestJSON(t *testing.T) {
	var secrets []redact.Secret
	for i, v := range jsonValues {
		secrets = append(secrets, secret(fmt.Sprint("json/", i), v))
	}
	m := matcher(t, secrets)
	ev := redact.NewSink(m, "test", redact.SinkJSON()).Event()
	r := rand.New(rand.NewPCG(15, 16))
	for range cases(5000) {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(r.IntN(2) == 0)
		if r.IntN(2) == 0 {
			enc.SetIndent("", "  ")
		}
		if err := enc.Encode(map[string]any{"doc": randomJSON(r, 2)}); err != nil {
			t.Fatal(err)
		}
		text := buf.Bytes()
		got := ev.AppendRecord(nil, text)
		if !json.Valid(got) {
			t.Fatalf("not JSON\ntext %s\ngot  %s", text, got)
		}
		if !bytes.HasSuffix(got, []byte("\n")) {
			t.Fatalf("the line end is lost: %q", got)
		}
		if again := ev.AppendRecord(nil, got); !bytes.Equal(again, got) {
			t.Fatalf("redacted twice\nonce  %s\ntwice %s", got, again)
		}
		var doc any
		dec := json.NewDecoder(bytes.NewReader(got))
		dec.UseNumber()
		if err := dec.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		for _, value := range jsonValues {
			v := value
			for depth := range 3 {
				if s := holds(doc, v); s != "" {
					t.Fatalf("%q, escaped %d times, is left in %q\ntext %s\ngot  %s", value, depth, s, text, got)
				}
				b, _ := json.Marshal(v)
				v = strings.Trim(string(b), `"`)
			}
		}
	}
}

// TestJSONNumbers: a number that is a secret becomes a quoted tag, and only
// with SinkJSON (REDACT-10).
func TestJSONNumbers(t *testing.T) {
	m := matcher(t, []redact.Secret{secret("pin", "8350192746"), secret("neg", "-1234567.5"), secret("exp", "1234567e10")})
	for _, c := range []struct{ text, want string }{
		{`{"n":8350192746}`, `{"n":"[REDACTED:pin@v1]"}`},
		{`{"n":8350192746,"s":"8350192746"}`, `{"n":"[REDACTED:pin@v1]","s":"[REDACTED:pin@v1]"}`},
		{`[8350192746]`, `["[REDACTED:pin@v1]"]`},
		{`8350192746`, `"[REDACTED:pin@v1]"`},
		{"8350192746\n", "\"[REDACTED:pin@v1]\"\n"},
		{`{"8350192746":1}`, `{"[REDACTED:pin@v1]":1}`},
		{`[-1234567.5]`, `["[REDACTED:neg@v1]"]`},
		{`[1234567e10]`, `["[REDACTED:exp@v1]"]`},
		{`{"n": 8350192746 , "m" : [ 8350192746 ] }`, `{"n": "[REDACTED:pin@v1]" , "m" : [ "[REDACTED:pin@v1]" ] }`},
	} {
		ev := redact.NewSink(m, "test", redact.SinkJSON()).Event()
		if got := string(ev.AppendRecord(nil, []byte(c.text))); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
	for _, text := range []string{`{"n":983501927461}`, `[8350192746.25,1e8350192746]`, `{"n":1.8350192746}`, `[-8350192746]`} {
		got := redact.NewSink(m, "test", redact.SinkJSON()).Event().AppendRecord(nil, []byte(text))
		if !json.Valid(got) || strings.Contains(string(got), "8350192746") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestJSONQuotes: a value that begins or ends with a quote leaves those around
// it (REDACT-10).
func TestJSONQuotes(t *testing.T) {
	m := matcher(t, []redact.Secret{secret("end", `abcd2345"`), secret("begin", `"efgh6789`), secret("both", `"ijkl1234"`)})
	for _, c := range []struct{ text, want string }{
		{`{"k":"abcd2345\"","n":1}`, `{"k":"[REDACTED:end@v1]","n":1}`},
		{`{"k":"x abcd2345\"\"","n":1}`, `{"k":"x [REDACTED:end@v1]","n":1}`},
		{`{"k":"\"efgh6789","n":1}`, `{"k":"[REDACTED:begin@v1]","n":1}`},
		{`{"k":"\"ijkl1234\"","n":1}`, `{"k":"[REDACTED:both@v1]","n":1}`},
		{`{"j":"{\"k\":\"abcd2345\\\"\",\"n\":1}"}`, `{"j":"{\"k\":\"[REDACTED:end@v1]\",\"n\":1}"}`},
		{`{"\"ijkl1234\"":1}`, `{"[REDACTED:both@v1]":1}`},
	} {
		for i, got := range []string{m.String(c.text), string(redact.NewSink(m, "test", redact.SinkJSON()).Event().AppendRecord(nil, []byte(c.text)))} {
			if got != c.want {
				t.Errorf("%d: %s\ngot  %s\nwant %s", i, c.text, got, c.want)
			}
		}
	}
	// The quotes of the text complete a value. Only who knows that the text is JSON
	// can leave them.
	for _, c := range []struct{ text, want string }{
		{`{"k":"abcd2345","n":1}`, `{"k":"[REDACTED:end@v1]","n":1}`},
		{`{"k":"x abcd2345"}`, `{"k":"x [REDACTED:end@v1]"}`},
		{`{"k":"ijkl1234"}`, `{"k":"[REDACTED:both@v1]"}`},
		{`{"efgh6789 x":"ijkl1234","n":1}`, `{"[REDACTED:begin@v1] x":"[REDACTED:both@v1]","n":1}`},
		{`["ijkl1234","ijkl1234"]`, `["[REDACTED:both@v1]","[REDACTED:both@v1]"]`},
	} {
		if got := string(redact.NewSink(m, "test", redact.SinkJSON()).Event().AppendRecord(nil, []byte(c.text))); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}
