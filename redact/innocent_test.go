package redact_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"go/build"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// thousand makes 1,000 secrets of the kinds that a vault holds.
func thousand(t testing.TB) []redact.Secret {
	r := rand.New(rand.NewPCG(11, 12))
	text := func(alphabet string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(b)
	}
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const printable = base62 + "!#$%&()*+,-./:;<=>?@[]^_{|}~ "
	word := func() string { return words[r.IntN(len(words))] }
	kinds := []struct {
		n    int
		make func(i int) string
	}{
		{200, func(i int) string { return []string{"sk_live_", "ghp_", "xoxb-", "AKIA", ""}[i%5] + text(base62, 24) }},
		{150, func(int) string { return text("0123456789abcdef", 32) }},
		{100, func(int) string { return strings.TrimSpace(text(printable, 16)) + "x" }},
		{100, func(int) string { return text(base62, 8) }},
		{100, func(i int) string {
			return fmt.Sprintf("postgres://app%d:%s@db-%d.internal:5432/main?sslmode=require", i, text(base62, 16), i)
		}},
		{100, func(int) string {
			return text("0123456789abcdef", 8) + "-" + text("0123456789abcdef", 4) + "-4" + text("0123456789abcdef", 3) + "-a" + text("0123456789abcdef", 3) + "-" + text("0123456789abcdef", 12)
		}},
		{60, func(int) string {
			return "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+text(base62, 12)+`","iat":1767323045}`)) + "." + text(base62+"-_", 43)
		}},
		{60, func(int) string { return word() + " " + word() + " " + word() + " " + word() + " " + word() }},
		{40, func(int) string {
			return word() + " " + word() + " " + word() + ",\n" + word() + " " + word() + " " + word() + "\n"
		}},
		{40, func(int) string { return base64.StdEncoding.EncodeToString([]byte(text(printable, 32))) }},
		{24, func(i int) string { return privateKey(t, i) }},
		{20, func(i int) string { return serviceAccount(t, r, privateKey(t, i)) }},
		{6, func(int) string { return fmt.Sprintf("\"%s\"\n", text(printable, 20)) }},
	}
	var secrets []redact.Secret
	for k, kind := range kinds {
		for i := range kind.n {
			secrets = append(secrets, redact.NewSecret(fmt.Sprintf("kind-%d/%d", k, i), "v1", []byte(kind.make(i))))
		}
	}
	if len(secrets) != 1000 {
		t.Fatalf("%d secrets", len(secrets))
	}
	return secrets
}

// privateKey makes a real key: its first bytes are those of all its kind.
func privateKey(t testing.TB, i int) string {
	var key any
	var err error
	seed := bytes.Repeat([]byte{byte(i), 7}, 16)
	switch i % 3 {
	case 0:
		key = ed25519.NewKeyFromSeed(seed)
	case 1:
		key, err = ecdsa.GenerateKey(elliptic.P256(), nil)
	default:
		if key, err = ecdsa.GenerateKey(elliptic.P384(), nil); i == 2 {
			key, err = rsa.GenerateKey(nil, 2048)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func serviceAccount(t testing.TB, r *rand.Rand, key string) string {
	doc, err := json.MarshalIndent(map[string]string{
		"type": "service_account", "project_id": "my-project", "private_key_id": fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
		"private_key": key, "client_email": fmt.Sprintf("svc-%d@my-project.iam.gserviceaccount.com", r.IntN(1000)), "client_id": fmt.Sprint(r.Uint64()),
		"auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
		"auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs", "universe_domain": "googleapis.com",
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc) + "\n"
}

var words = strings.Fields(`otter heron walrus gannet kestrel badger curlew plover stoat marten dunlin pipit osprey linnet brambling
	wheatear redshank turnstone whimbrel goosander shoveler pochard smew teal garganey wigeon fieldfare redwing siskin twite`)

// innocent checks texts for false positives: whole, where values could span
// lines, and line by line, where every line end could cut a value.
type innocent struct {
	ev           redact.Event
	lines, bytes int
}

func (in *innocent) check(t *testing.T, name string, text []byte) {
	in.lines += bytes.Count(text, []byte("\n"))
	in.bytes += len(text)
	clean := in.ev.Clean(text)
	for line := range bytes.Lines(text) {
		clean = clean && in.ev.Clean(bytes.TrimSuffix(line, []byte("\n")))
	}
	if clean {
		return
	}
	n := 0
	report := func(text []byte) {
		for m := range in.ev.Matcher().Find(text) {
			if n++; n <= 3 {
				t.Errorf("%s: %q taken for %s (%s, cut %v)", name, text[m.Start:m.End], m.Name, m.Form, m.Cut)
			}
		}
	}
	report(text)
	for line := range bytes.Lines(text) {
		report(bytes.TrimSuffix(line, []byte("\n")))
	}
	if n == 0 {
		t.Errorf("%s: not clean, but Find has nothing", name)
	}
}

// TestInnocent redacts nothing in a million lines of text without secrets, with
// 1,000 registered (REDACT-15). With TAGOUT_FULL=1 it reads all there is, which
// takes minutes; otherwise a sample of it.
func TestInnocent(t *testing.T) {
	full := os.Getenv("TAGOUT_FULL") != ""
	logLines, budget := 40_000, 12<<20
	if full {
		logLines, budget = 1_000_000, 512<<20
	} else if raceEnabled || testing.Short() {
		logLines, budget = 4_000, 1<<20
	}
	in := &innocent{ev: redact.NewSink(matcher(t, thousand(t)), "test").Event()}
	t.Run("generated logs", func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 14))
		for n := 0; n < logLines && !t.Failed(); n += 1000 {
			var b bytes.Buffer
			for range 1000 {
				logLine(&b, r)
			}
			in.check(t, fmt.Sprint("lines from ", n), b.Bytes())
		}
	})
	for _, root := range innocentRoots() {
		t.Run(root, func(t *testing.T) {
			if _, err := os.Stat(root); err != nil {
				t.Skip(err)
			}
			in.tree(t, root, budget)
		})
	}
	t.Logf("%d lines, %d MB", in.lines, in.bytes>>20)
	if full && in.lines < 1_000_000 {
		t.Errorf("only %d lines", in.lines)
	}
}

// innocentRoots are folders of text that nobody here made.
func innocentRoots() []string {
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		cache = filepath.Join(build.Default.GOPATH, "pkg", "mod")
	}
	return []string{filepath.Join(build.Default.GOROOT, "src"), filepath.Join(build.Default.GOROOT, "doc"), "/usr/share/doc", "/usr/share/perl", "/usr/lib/python3", "/etc", cache}
}

// tree reads text files up to a budget of bytes.
func (in *innocent) tree(t *testing.T, root string, budget int) {
	// Stop early where a bug shows everywhere.
	filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if t.Failed() || budget <= 0 {
			return fs.SkipAll
		}
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > 4<<20 {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return nil // not readable, or not text
		}
		budget -= len(text)
		in.check(t, name, text)
		return nil
	})
}

// logLine writes one line of the kinds that services log.
func logLine(b *bytes.Buffer, r *rand.Rand) {
	id := make([]byte, 16)
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	trace := hex.EncodeToString(id)
	switch r.IntN(8) {
	case 0:
		fmt.Fprintf(b, `{"time":"2026-01-02T03:04:%02dZ","level":"INFO","msg":"request","trace_id":"%s","path":"/v1/%s/%d","status":%d,"bytes":%d}`, r.IntN(60), trace, words[r.IntN(len(words))], r.IntN(1e6), 200+r.IntN(300), r.IntN(1e7))
	case 1:
		fmt.Fprintf(b, "time=2026-01-02T03:04:05.%03dZ level=warn msg=\"slow query\" took=%dms sql=\"SELECT * FROM %s WHERE id = '%x'\"", r.IntN(1000), r.IntN(5000), words[r.IntN(len(words))], id)
	case 2:
		fmt.Fprintf(b, `10.%d.%d.%d - - [02/Jan/2026:03:04:05 +0000] "GET /%s?q=%%22%s%%20%s%%22&n=%d HTTP/1.1" 200 %d "-" "Mozilla/5.0 (X11; Linux x86_64)"`, r.IntN(256), r.IntN(256), r.IntN(256), words[r.IntN(len(words))], words[r.IntN(len(words))], words[r.IntN(len(words))], r.IntN(100), r.IntN(1e5))
	case 3:
		fmt.Fprintf(b, "Authorization: Bearer %s.%s.%s", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)), base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+trace+`"}`)), base64.RawURLEncoding.EncodeToString(id))
	case 4:
		fmt.Fprintf(b, "E0102 03:04:05.%06d %7d main.go:%d] dial postgres://app@db-%d.internal:5432/main: connection refused (%s)", r.IntN(1e6), r.IntN(1e6), r.IntN(900), r.IntN(100), base64.StdEncoding.EncodeToString(id))
	case 5:
		fmt.Fprintf(b, "goroutine %d [running]:\\nmain.%s(0x%x, 0x%x)\\n\\t/app/%s.go:%d +0x%x", r.IntN(1e5), words[r.IntN(len(words))], r.Uint64(), r.Uint64(), words[r.IntN(len(words))], r.IntN(900), r.IntN(4096))
	case 6:
		fmt.Fprintf(b, "seen %s near a %s: %s...", words[r.IntN(len(words))], words[r.IntN(len(words))], words[r.IntN(len(words))])
	default:
		fmt.Fprintf(b, `{"body":"{\"type\":\"service_account\",\"id\":\"%s\",\"key\":\"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\"}"}`, trace)
	}
	b.WriteByte('\n')
}
