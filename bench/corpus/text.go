package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Style names a kind of text.
type Style string

const (
	JSON    Style = "json"    // one object per line, as slog and zap write them
	Logfmt  Style = "logfmt"  // key=value
	Plain   Style = "plain"   // time, level, prose
	Stacks  Style = "stacks"  // stack traces of Go and Java
	HTTP    Style = "http"    // dumps of requests and responses
	Escapes Style = "escapes" // JSON in JSON, percent-encoded queries, HTML
)

// Styles lists all styles.
var Styles = []Style{JSON, Logfmt, Plain, Stacks, HTTP, Escapes}

// Text returns about size bytes of clean text, whole lines. It holds none of
// the secrets of this package.
func Text(style Style, size int) string {
	r := seeded(uint64(style[0])<<8 | uint64(style[1]))
	var b strings.Builder
	b.Grow(size + 4096)
	for b.Len() < size {
		record(&b, r, style)
	}
	return b.String()
}

// Lines cuts a text into its lines, without the line ends.
func Lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// Bodies cuts a text into bodies of 1 MiB.
func Bodies(text string) []string {
	const size = 1 << 20
	var out []string
	for len(text) > size {
		out = append(out, text[:size])
		text = text[size:]
	}
	return append(out, text)
}

var (
	services = []string{"payments", "checkout", "inventory", "gateway", "auth", "search", "billing", "mailer"}
	levels   = []string{"INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"}
	methods  = []string{"GET", "GET", "POST", "PUT", "DELETE"}
	paths    = []string{"/api/v1/orders", "/api/v1/users/me", "/healthz", "/api/v2/search", "/static/app.js", "/api/v1/cart/items"}
	messages = []string{
		"request completed", "connection to upstream reset by peer, retrying", "cache miss", "user signed in",
		"slow query", "message published", "context deadline exceeded while waiting for a free connection",
		"configuration reloaded", "order accepted for processing", "certificate will expire soon",
	}
	agents = []string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
		"curl/8.5.0", "Go-http-client/2.0", "okhttp/4.12.0", "python-requests/2.32.3",
	}
)

func stamp(r *rand.Rand) string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d.%06dZ", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6))
}

func hexID(r *rand.Rand, n int) string { return string(letters(r, nil, hexa, n)) }

func uuid(r *rand.Rand) string {
	return hexID(r, 8) + "-" + hexID(r, 4) + "-4" + hexID(r, 3) + "-a" + hexID(r, 3) + "-" + hexID(r, 12)
}

func ip(r *rand.Rand) string {
	return fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
}

func record(b *strings.Builder, r *rand.Rand, style Style) {
	switch style {
	case JSON:
		fmt.Fprintf(b, `{"time":%q,"level":%q,"msg":%q,"service":%q,"method":%q,"path":"%s/%d","status":%d,"duration_ms":%d.%03d,"trace_id":%q,"span_id":%q,"request_id":%q,"remote":"%s:%d","user_agent":%q,"bytes":%d}`+"\n",
			stamp(r), pick(r, levels), pick(r, messages), pick(r, services), pick(r, methods), pick(r, paths), r.IntN(1e6), 200+r.IntN(304),
			r.IntN(2000), r.IntN(1000), hexID(r, 32), hexID(r, 16), uuid(r), ip(r), 1024+r.IntN(60000), pick(r, agents), r.IntN(1e5))
	case Logfmt:
		fmt.Fprintf(b, "time=%s level=%s msg=%q service=%s trace=%s user=%d remote=%s attempt=%d elapsed=%dms\n",
			stamp(r), strings.ToLower(pick(r, levels)), pick(r, messages), pick(r, services), hexID(r, 32), r.IntN(1e7), ip(r), r.IntN(5), r.IntN(3000))
	case Plain:
		fmt.Fprintf(b, "%s %-5s [%s-%d] %s: %s (order %d, customer %d, %d items, total %d.%02d EUR)\n",
			stamp(r), pick(r, levels), pick(r, services), r.IntN(16), pick(r, services), pick(r, messages), r.IntN(1e8), r.IntN(1e6), r.IntN(20), r.IntN(500), r.IntN(100))
	case Stacks:
		stack(b, r)
	case HTTP:
		exchange(b, r)
	case Escapes:
		escaped(b, r)
	default:
		panic("corpus: no style " + string(style))
	}
}

func stack(b *strings.Builder, r *rand.Rand) {
	if r.IntN(2) == 0 {
		fmt.Fprintf(b, "panic: runtime error: index out of range [%d] with length %d\n\ngoroutine %d [running]:\n", r.IntN(20), r.IntN(20), r.IntN(5000))
		for range 4 + r.IntN(12) {
			fmt.Fprintf(b, "example.com/%s/internal/%s.(*Server).handle%s(0xc%09x, {0x%x, 0x%x})\n\t/src/%s/internal/%s/server.go:%d +0x%x\n",
				pick(r, services), pick(r, services), pick(r, methods), r.IntN(1<<36), r.IntN(1<<24), r.IntN(64), pick(r, services), pick(r, services), r.IntN(900), r.IntN(4096))
		}
		return
	}
	fmt.Fprintf(b, "java.lang.IllegalStateException: %s\n", pick(r, messages))
	for range 6 + r.IntN(20) {
		fmt.Fprintf(b, "\tat com.example.%s.service.OrderController$$EnhancerBySpringCGLIB$$%s.invoke(OrderController.java:%d)\n", pick(r, services), hexID(r, 8), r.IntN(700))
	}
}

func exchange(b *strings.Builder, r *rand.Rand) {
	fmt.Fprintf(b, "%s %s/%d?page=%d&sort=created HTTP/1.1\r\nHost: %s.internal.example\r\nUser-Agent: %s\r\nAccept: application/json, text/plain;q=0.9, */*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nX-Request-Id: %s\r\nTraceparent: 00-%s-%s-01\r\nCookie: theme=dark; lang=en-GB; consent=%d\r\n\r\n",
		pick(r, methods), pick(r, paths), r.IntN(1e6), r.IntN(50), pick(r, services), pick(r, agents), uuid(r), hexID(r, 32), hexID(r, 16), r.IntN(1e9))
	fmt.Fprintf(b, "HTTP/1.1 %d OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: Tue, 24 Nov 2026 %02d:%02d:%02d GMT\r\nEtag: W/\"%s\"\r\nVary: Accept-Encoding\r\n\r\n",
		200+r.IntN(5), r.IntN(24), r.IntN(60), r.IntN(60), hexID(r, 20))
	for range 3 + r.IntN(5) {
		record(b, r, JSON)
	}
}

func escaped(b *strings.Builder, r *rand.Rand) {
	var in strings.Builder
	switch r.IntN(4) {
	case 0: // JSON in JSON
		record(&in, r, JSON)
		fmt.Fprintf(b, `{"time":%q,"level":"ERROR","msg":"upstream answered","body":"%s"}`+"\n", stamp(r), inside(in.String()))
	case 1: // the same once more, a stack in it
		stack(&in, r)
		fmt.Fprintf(b, `{"time":%q,"event":"{\"error\":\"%s\",\"id\":\"%s\"}"}`+"\n", stamp(r), inside(inside(in.String())), uuid(r))
	case 2: // percent-encoded
		fmt.Fprintf(b, "%s GET /login?next=%%2Fcallback%%3Fstate%%3D%s%%26redirect_uri%%3Dhttps%%253A%%252F%%252F%s.example%%252Fdone%%26scope%%3Dopenid%%2520email HTTP/1.1 302\n", stamp(r), uuid(r), pick(r, services))
	default: // HTML and XML
		fmt.Fprintf(b, "<error code=&quot;%d&quot; at=&#34;%s&#34;>%s &amp;lt;%s&amp;gt; &lt;id&gt;%s&lt;/id&gt; \\u003cb\\u003e%d\\u003c/b\\u003e</error>\n", r.IntN(600), stamp(r), pick(r, messages), pick(r, services), uuid(r), r.IntN(1e6))
	}
}
