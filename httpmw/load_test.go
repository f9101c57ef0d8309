package httpmw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// Set TAGOUT_LOAD=full for the whole load: 64 clients, bodies of 10 MiB, a stream of
// 1 GiB. Without it everything is an order of magnitude smaller.
func fullLoad() bool { return os.Getenv("TAGOUT_LOAD") == "full" }

// A plan is a body of a given size with secrets at random offsets. It is the same
// for the same seed, so that both ends can make it.
type plan struct {
	rng  *rand.Rand
	left int
	end  string
}

func newPlan(seed uint64, size int) *plan {
	return &plan{rng: rand.New(rand.NewPCG(seed, 1)), left: size, end: ";end"}
}

// spellings of the canary, all of them found as a whole.
var spellings = []string{canary, url.QueryEscape(canary), url.PathEscape(canary), strings.Trim(strconv.Quote(canary), `"`)}

// filler holds no byte that a spelling of the canary could continue with.
var filler = []byte(strings.Repeat("the slow river took its time and ran on. ", 512))

// next returns the next piece as it is written and as it must arrive.
func (p *plan) next() (raw, want []byte) {
	if p.left <= 0 {
		end := p.end
		p.end = ""
		return []byte(end), []byte(end)
	}
	n := min(1+p.rng.IntN(len(filler)-1), p.left)
	p.left -= n
	text := filler[:n]
	if p.rng.IntN(3) > 0 {
		return text, text
	}
	s := spellings[p.rng.IntN(len(spellings))]
	raw = append(append(append([]byte{}, text...), "; "...), s...)
	raw = append(raw, "; "...)
	want = append(append([]byte{}, text...), "; [REDACTED]; "...)
	return raw, want
}

// write sends a plan in writes of random sizes, flushing now and then.
func (p *plan) write(w http.ResponseWriter, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 2))
	flush := http.NewResponseController(w).Flush
	for {
		raw, _ := p.next()
		if len(raw) == 0 {
			return nil
		}
		for len(raw) > 0 {
			n := min(len(raw), 1+rng.IntN(8<<10))
			if rng.IntN(8) == 0 {
				n = min(len(raw), 1+rng.IntN(16))
			}
			if _, err := w.Write(raw[:n]); err != nil {
				return err
			}
			raw = raw[n:]
			if rng.IntN(16) == 0 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
}

// check reads a body and compares it with what must arrive, without keeping it.
func (p *plan) check(r io.Reader) error {
	var pos int64
	buf := make([]byte, 64<<10)
	for {
		_, want := p.next()
		if len(want) == 0 {
			n, err := r.Read(buf)
			if n != 0 || err != io.EOF {
				return fmt.Errorf("after the end: %d bytes, %v", n, err)
			}
			return nil
		}
		for len(want) > 0 {
			n := min(len(want), len(buf))
			if _, err := io.ReadFull(r, buf[:n]); err != nil {
				return fmt.Errorf("at %d: %w", pos, err)
			}
			if !bytes.Equal(buf[:n], want[:n]) {
				return fmt.Errorf("at %d: got %.200q, want %.200q", pos, buf[:n], want[:n])
			}
			pos += int64(n)
			want = want[n:]
		}
	}
}

// loadHandler serves /json and /stream behind the whole stack. note is called now
// and then while a body is on its way.
func loadHandler(t testing.TB, log io.Writer, note func()) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /json/{seed}", func(w http.ResponseWriter, r *http.Request) {
		seed, _ := strconv.ParseUint(r.PathValue("seed"), 10, 64)
		b, _ := json.Marshal(map[string]any{"seed": seed, "dsn": "postgres://app:" + canary + "@db/x", "ok": true})
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Note", canary)
		if seed%2 == 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		}
		cut := int(seed) % len(b)
		w.Write(b[:cut])
		w.Write(b[cut:])
	})
	mux.HandleFunc("GET /stream/{seed}/{size}", func(w http.ResponseWriter, r *http.Request) {
		seed, _ := strconv.ParseUint(r.PathValue("seed"), 10, 64)
		size, _ := strconv.Atoi(r.PathValue("size"))
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Trailer", "X-End")
		if err := newPlan(seed, size).write(w, seed); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-End", canary)
		note()
	})
	l := slog.New(slog.NewJSONHandler(log, nil))
	m := matcher(t)
	return chain(AccessLog(l, m), Recoverer(l, m), Guard(m))(mux)
}

// leakWriter fails on a log that holds the canary, without keeping it.
type leakWriter struct {
	t     testing.TB
	lines atomic.Int64
}

func (l *leakWriter) Write(p []byte) (int, error) {
	l.lines.Add(1)
	for _, s := range spellings {
		if bytes.Contains(p, []byte(s)) {
			l.t.Errorf("log leaks: %s", p)
		}
	}
	return len(p), nil
}

// HTTP-61: many clients at once, small JSON and long streams: every byte is the right
// one, nothing leaks, memory stays bounded.
func TestLoad(t *testing.T) {
	clients, rounds, size, limit := 16, 4, 512<<10, uint64(192<<20)
	if fullLoad() {
		clients, rounds, size, limit = 64, 24, 10<<20, 512<<20
	}
	protocols(t, func(t *testing.T, start func(http.Handler) *httptest.Server) {
		log := &leakWriter{t: t}
		var peak atomic.Uint64
		s := start(loadHandler(t, log, func() {
			var ms runtime.MemStats
			runtime.ReadMemStats(&ms)
			for old := peak.Load(); ms.HeapAlloc > old && !peak.CompareAndSwap(old, ms.HeapAlloc); old = peak.Load() {
			}
		}))
		s.Client().Timeout = 0 // a loaded machine is not a failure
		var wg sync.WaitGroup
		var bytesRead atomic.Int64
		for c := range clients {
			wg.Go(func() {
				for i := range rounds {
					seed := uint64(c*rounds + i)
					if i%8 == 3 {
						resp, err := s.Client().Get(fmt.Sprintf("%s/stream/%d/%d?q=%s", s.URL, seed, size, url.QueryEscape(canary)))
						if err != nil {
							t.Error(err)
							return
						}
						if err := newPlan(seed, size).check(resp.Body); err != nil {
							t.Errorf("stream %d: %v", seed, err)
						}
						resp.Body.Close()
						if resp.Trailer.Get("X-End") != "[REDACTED]" {
							t.Errorf("stream %d: trailer %q", seed, resp.Trailer)
						}
						bytesRead.Add(int64(size))
						continue
					}
					resp, err := s.Client().Get(fmt.Sprintf("%s/json/%d?q=%s", s.URL, seed, url.QueryEscape(canary)))
					if err != nil {
						t.Error(err)
						return
					}
					b, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					want := fmt.Sprintf(`{"dsn":"postgres://app:[REDACTED]@db/x","ok":true,"seed":%d}`, seed)
					if err != nil || string(b) != want || resp.Header.Get("X-Note") != "[REDACTED]" {
						t.Errorf("json %d: %v %q", seed, err, b)
					}
				}
			})
		}
		wg.Wait()
		s.Close()
		if got, want := log.lines.Load(), int64(clients*rounds); got != want {
			t.Errorf("%d log lines for %d requests", got, want)
		}
		if peak.Load() > limit {
			t.Errorf("heap grew to %d MiB", peak.Load()>>20)
		}
		t.Logf("%d requests, %d MiB streamed, heap at most %d MiB", clients*rounds, bytesRead.Load()>>20, peak.Load()>>20)
	})
}

// HTTP-62: a long stream through Guard and a body log needs as much memory at its end
// as at its beginning.
func TestConstantMemory(t *testing.T) {
	size := 32 << 20
	if fullLoad() {
		size = 1 << 30
	}
	m := matcher(t)
	chunk := append(bytes.Repeat([]byte("clean text without a secret, "), 1200), canary...)
	live := func() uint64 {
		runtime.GC()
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		return ms.HeapAlloc
	}
	h := chain(AccessLog(slog.New(slog.DiscardHandler), m, AccessResponseBody(1000)), Guard(m))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		var first uint64
		for n := 0; n < size; n += len(chunk) {
			w.Write(chunk)
			if n > size/8 && first == 0 {
				first = live()
			}
		}
		if last := live(); last > first+2<<20 {
			t.Errorf("%d KiB live at the start, %d KiB at the end", first>>10, last>>10)
		}
	}))
	h.ServeHTTP(plainWriter{w: io.Discard, h: http.Header{}}, httptest.NewRequest("GET", "/", nil))
}

// HTTP-63: secrets are rotated while bodies stream; a value is covered from the write
// after its registration on.
func TestRotationDuringStreams(t *testing.T) {
	values := []string{"rotated-secret-0001-aa", "rotated-secret-0002-bb", "rotated-secret-0003-cc"}
	var current atomic.Pointer[redact.Matcher]
	set := func(n int) {
		var secrets []redact.Secret
		for i := range n + 1 {
			secrets = append(secrets, redact.NewSecret("r", fmt.Sprint("v", i), []byte(values[i])))
		}
		m, err := redact.NewMatcher(secrets)
		if err != nil {
			t.Fatal(err)
		}
		current.Store(m)
	}
	set(0)
	s := startServer(t, Guard(sourceFunc(current.Load))(handlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for i, v := range values {
			set(i)
			for c := range len(v) {
				io.WriteString(w, v[c:c+1])
				w.(http.Flusher).Flush()
			}
			io.WriteString(w, ";")
		}
	})), "HTTP/1.1")
	if a := get(t, s, "/"); a.body != "[REDACTED];[REDACTED];[REDACTED];" {
		t.Errorf("%q", a.body)
	}
}
