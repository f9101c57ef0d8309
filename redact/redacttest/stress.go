package redacttest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// stressWriters is how many goroutines write at once.
const stressWriters = 16

// Stress has 16 goroutines write the current version of a secret while it
// rotates, and fails the test if a version is ever shown. A version stays in
// force for as long as a goroutine may write it, as a registry's grace has it.
//
// open returns a function that writes v in every way that it wants to have
// tested, through the adapter over src and to w; it is called by all goroutines
// at once. Both are called before src knows more than one version. There are 300
// rotations, 200 with -short; the environment variable TAGOUT_STRESS asks for
// another number.
func Stress(t *testing.T, open func(w io.Writer, src redact.Source) (write func(v string))) {
	t.Helper()
	rotations := 300
	if testing.Short() {
		rotations = 200
	}
	if n, err := strconv.Atoi(os.Getenv("TAGOUT_STRESS")); err == nil { // 10000 before a release
		rotations = n
	}
	var r rotation
	r.Set(&redact.Matcher{})
	r.run(t, 1)
	var out leakCounter
	write := open(&out, &r)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range stressWriters {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				runtime.Gosched()
				write(r.take(g))
			}
		})
	}
	r.run(t, rotations)
	close(stop)
	wg.Wait()
	if out.leak != "" {
		t.Errorf("shown: %s", out.leak)
	}
	t.Logf("%d lines, %d rotations", out.lines, rotations)
}

// leakCounter counts lines, and keeps one that holds the common part of all
// versions.
type leakCounter struct {
	mu    sync.Mutex
	lines int
	leak  string
}

var stem = []byte("dotterel-stem-")

func (c *leakCounter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines++
	if c.leak == "" && bytes.Contains(p, stem) {
		c.leak = string(p)
	}
	return len(p), nil
}

// stressWindow is how many versions may be in force at once.
const stressWindow = 64

// rotation is a secret of many versions.
type rotation struct {
	Switch
	current atomic.Int64
	held    [stressWriters]atomic.Int64 // the oldest version that each goroutine may write
}

func version(i int64) string { return fmt.Sprintf("%s%06d", stem, i) }

// take returns the current version, which goroutine g then holds.
func (r *rotation) take(g int) string {
	v := r.current.Load()
	r.held[g].Store(v) // the one before was older or the same: nothing is dropped too early
	return version(v)
}

func (r *rotation) oldest() int64 {
	old := r.held[0].Load()
	for i := range r.held {
		old = min(old, r.held[i].Load())
	}
	return old
}

// run rotates n times.
func (r *rotation) run(t *testing.T, n int) {
	var live []redact.Secret // versions from first on
	first, m := int64(0), r.Matcher()
	for i := int64(1); i <= int64(n); i++ {
		s := redact.NewSecret("db", fmt.Sprint("v", i), []byte(version(i)))
		live = append(live, s)
		var gone []redact.Secret
		for len(live) > stressWindow && !t.Failed() {
			for first+1 < r.oldest() && len(live) > 1 {
				gone, live = append(gone, live[0]), live[1:]
				first++
			}
			runtime.Gosched()
		}
		var err error
		if m, err = m.Update([]redact.Secret{s}, gone); err != nil {
			t.Error(err)
			return
		}
		r.Set(m)
		r.current.Store(i)
	}
}
