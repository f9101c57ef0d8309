// Package measure times functions. It knows nothing of what they do.
package measure

import (
	"runtime"
	"slices"
	"time"
)

// Effort is how long and how often to measure.
type Effort struct {
	Round  time.Duration // least length of a round
	Rounds int
	Limit  time.Duration // no further round after this
}

// Quick is for a look, Full for figures to keep.
var (
	Quick = Effort{Round: 10 * time.Millisecond, Rounds: 3, Limit: time.Second}
	Full  = Effort{Round: 100 * time.Millisecond, Rounds: 7, Limit: 4 * time.Second}
)

// Best returns the least time that one call of f took, on average over a
// round. The best round is the one that other programs disturbed least.
func (e Effort) Best(f func()) time.Duration {
	start := time.Now()
	n := 1
	var best time.Duration
	for round := 0; round < e.Rounds; {
		t := time.Now()
		for range n {
			f()
		}
		took := time.Since(t)
		if per := took / time.Duration(n); best == 0 || per < best {
			best = max(1, per)
		}
		if took < e.Round && time.Since(start) < e.Limit { // a round too short to count: more calls
			n = max(n*2, int(float64(n)*1.2*float64(e.Round)/float64(took+1)))
			n = min(n, 1<<24)
			if took*16 < e.Round {
				best = 0
			}
			continue
		}
		round++
		if time.Since(start) > e.Limit {
			break
		}
	}
	return best
}

// Rate returns how many bytes a second f handles, in GB/s, if one call handles
// size bytes.
func (e Effort) Rate(size int, f func()) float64 {
	return float64(size) / float64(e.Best(f).Nanoseconds())
}

// Nanoseconds returns the time of one of the n steps that f makes.
func (e Effort) Nanoseconds(n int, f func()) float64 {
	return float64(e.Best(f).Nanoseconds()) / float64(n)
}

// Allocs returns how many allocations and bytes each of the n steps of f costs.
func Allocs(n int, f func()) (allocs, size float64) {
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

// Heap returns how much the live heap grew by f, in bytes, and how long f took.
// What f made must stay reachable: f returns it.
func Heap(f func() any) (int, time.Duration) {
	before := live()
	t := time.Now()
	kept := f()
	took := time.Since(t)
	after := live()
	runtime.KeepAlive(kept)
	return max(0, after-before), took
}

func live() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// Quantiles returns the median, the 99th percentile and the longest of times,
// which it sorts.
func Quantiles(times []time.Duration) (median, p99, longest time.Duration) {
	slices.Sort(times)
	n := len(times)
	return times[n/2], times[n*99/100], times[n-1]
}

// Spread calls f n times and returns the Quantiles of the time of a call.
func Spread(n int, f func()) (median, p99, longest time.Duration) {
	times := make([]time.Duration, n)
	for i := range times {
		t := time.Now()
		f()
		times[i] = time.Since(t)
	}
	return Quantiles(times)
}

// Parallel returns how many bytes a second n goroutines handle together, in
// GB/s, if each call of f handles size bytes.
func (e Effort) Parallel(n, size int, f func()) float64 {
	best := e.Best(func() {
		done := make(chan struct{})
		for range n {
			go func() {
				for range 8 {
					f()
				}
				done <- struct{}{}
			}()
		}
		for range n {
			<-done
		}
	})
	return float64(size) * float64(n) * 8 / float64(best.Nanoseconds())
}
