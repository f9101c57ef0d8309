package secretsregistry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// 27: a value that another goroutine has by another way may be printed until
// Put returns, and never by what begins after that. The window is as long as
// Put; docs/secrets.md has the figure.
func TestWindow(t *testing.T) {
	reg := secretsregistry.New()
	var began, done atomic.Int64 // the version whose Put has begun, and has returned
	began.Store(-1)
	done.Store(-1)
	value := func(n int64) string { return fmt.Sprintf("value-by-another-way-%06d", n) }
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var early atomic.Int64
	for range 4 {
		wg.Go(func() {
			w := make([]byte, 0, 100)
			for {
				select {
				case <-stop:
					return
				default:
				}
				in := done.Load() // in force before the text is looked at
				n := began.Load()
				if n < 0 {
					continue
				}
				clear := bytes.Contains(reg.Matcher().Append(w[:0], []byte("it is "+value(n))), []byte("value-by"))
				switch {
				case clear && n <= in:
					t.Errorf("version %d was printed after its Put had returned", n)
					return
				case clear:
					early.Add(1)
				}
				runtime.Gosched()
			}
		})
	}
	var longest, sum time.Duration
	const rotations = 200
	for n := range int64(rotations) {
		began.Store(n)
		runtime.Gosched()
		t0 := time.Now()
		put(t, reg, secret("db", fmt.Sprint("v", n), value(n)))
		took := time.Since(t0)
		done.Store(n)
		longest, sum = max(longest, took), sum+took
	}
	close(stop)
	wg.Wait()
	t.Logf("window: %v on average, %v at most; %d texts fell into one", sum/rotations, longest, early.Load())
}

// 38: a value whose bytes come in several writes, with rotations between them:
// whatever snapshot a write falls under, nothing comes out.
func TestChunksDuringRotation(t *testing.T) {
	const stem = "dotterel-stem-"
	value := func(n int) string { return fmt.Sprintf("%s%04d", stem, n) }
	b := newBench(t)
	n := 0
	rotate := func() string {
		n++
		b.mock.Set(db, map[string]string{"password": value(n)})
		b.Invalidate(db)
		pw, _ := b.get().Field("password")
		return pw
	}
	check := func(what, out, want string) {
		t.Helper()
		if out != want {
			t.Errorf("%s: %q, want %q", what, out, want)
		}
	}
	for cut := 1; cut < len(value(0)); cut++ {
		var out bytes.Buffer
		w := redact.NewStreamWriter(&out, b.reg) // open before the version is known
		io.WriteString(w, "user=app ")
		pw := rotate()
		first := n
		io.WriteString(w, "old="+pw[:cut])
		next := rotate() // the old one goes on being redacted
		io.WriteString(w, pw[cut:]+" new="+next[:cut])
		rotate()
		rotate() // and out of what the manager lists
		io.WriteString(w, next[cut:]+".\n")
		w.Close()
		check(fmt.Sprint("cut at ", cut), out.String(), fmt.Sprintf("user=app old=[REDACTED:payments/db/password@v%d] new=[REDACTED:payments/db/password@v%d].\n", first+1, first+2))
	}
	// Byte by byte, with a rotation at each.
	var out bytes.Buffer
	w := redact.NewStreamWriter(&out, b.reg)
	pw := rotate()
	first := n
	for i := range len(pw) {
		io.WriteString(w, pw[i:i+1])
		rotate()
	}
	w.Close()
	check("byte by byte", out.String(), fmt.Sprintf("[REDACTED:payments/db/password@v%d]", first+1))
}

// 35: the other places at which a program shows its variables.
func TestShownElsewhere(t *testing.T) {
	const canary = "canary-0123456789abcdef"
	reg := secretsregistry.New()
	c := secretsregistry.NewCache(static(canary), reg)
	defer c.Close()
	v, err := c.Get(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	p := secretsregistry.NewPayload(map[string]string{"password": canary}, "v1")
	all := map[string]any{"value": v, "payload": p, "cache": c, "registry": reg, "health": c.Health(), "list": reg.List(), "secret": secret("db", "v1", canary)}

	// expvar, as /debug/vars has it.
	vars := new(expvar.Map).Init()
	for name, x := range all {
		vars.Set(name, expvar.Func(func() any { return x }))
	}
	vars.Set("nested", expvar.Func(func() any { return all }))
	if s := vars.String(); strings.Contains(s, canary) || !json.Valid([]byte(s)) {
		t.Errorf("expvar: %s", s)
	}
	// Labels of profiles are strings: what makes one of a type of ours shows
	// nothing.
	for name, x := range all {
		pprof.Do(t.Context(), pprof.Labels(name, fmt.Sprint(x), name+"+", fmt.Sprintf("%+v %#v %s %q", x, x, x, x)), func(ctx context.Context) {
			pprof.ForLabels(ctx, func(k, label string) bool {
				if strings.Contains(label, canary) {
					t.Errorf("pprof label %s: %s", k, label)
				}
				return true
			})
			if name != "value" {
				return
			}
			var profile bytes.Buffer
			pprof.Lookup("goroutine").WriteTo(&profile, 1)
			if strings.Contains(profile.String(), canary) || !strings.Contains(profile.String(), "[REDACTED]") {
				t.Errorf("the profile of goroutines: %s", profile.String())
			}
		})
	}
	redacttest.CheckHidden(t, canary, v, p)
}

func static(password string) secretsregistry.Provider {
	return secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
		return secretsregistry.NewPayload(map[string]string{"password": password}, "v1"), nil
	})
}

// 35: a program that dies with one of our types in its hands: what the runtime
// prints, with the trace of all goroutines.
func TestShownByPanic(t *testing.T) {
	const canary = "canary-0123456789abcdef"
	if kind := os.Getenv("TAGOUT_PANIC"); kind != "" {
		c := secretsregistry.NewCache(static(canary), secretsregistry.New())
		v, _ := c.Get(t.Context(), db)
		switch kind {
		case "value":
			panic(v)
		case "cache":
			panic(c)
		case "payload":
			panic(secretsregistry.NewPayload(map[string]string{"password": canary}, "v1"))
		case "text":
			panic(fmt.Sprint("with ", v))
		case "error":
			panic(fmt.Errorf("with %v", v))
		}
		return
	}
	for _, kind := range []string{"value", "cache", "payload", "text", "error"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestShownByPanic$")
		cmd.Env = append(os.Environ(), "TAGOUT_PANIC="+kind, "GOTRACEBACK=all")
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("panic: ")) {
			t.Errorf("%s: %v, %s", kind, err, out)
		}
		if bytes.Contains(out, []byte(canary)) {
			t.Errorf("%s: %s", kind, out)
		}
	}
}
