//go:build !binary_log

package zerologredact_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// leakCounter counts lines that hold the common part of all versions.
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

// window is how many versions may be in force at once.
const window = 64

// rotation is a secret of many versions. A version stays in force for as long
// as a goroutine holds it, as a registry's grace has it.
type rotation struct {
	redacttest.Switch
	current atomic.Int64
	held    [16]atomic.Int64 // the oldest version that each goroutine may log
}

func version(i int64) string { return fmt.Sprintf("dotterel-stem-%06d", i) }

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
		for len(live) > window && !t.Failed() {
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

// ZERO-13: sixteen goroutines log, through bound loggers too, while a secret
// rotates. No version is ever shown.
func TestStress(t *testing.T) {
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
	root := zerolog.New(zerologredact.NewWriter(zerolog.MultiLevelWriter(&out, zerolog.ConsoleWriter{Out: &out}), &r))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				runtime.Gosched()
				v := r.take(g)
				bound := root.With().Str("bound", v).Logger()
				root.Info().Str("k", v).Msg("m " + v)
				bound.Error().Err(fmt.Errorf("e %s", v)).Msg("m")
				bound.Warn().Interface("s", struct{ V string }{v}).Bytes("b", []byte(v)).Msg(v)
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
