package measure

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBestIsTheTimeOfOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, d := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 5 * time.Second} {
			if got := Quick.Best(func() { time.Sleep(d) }); got != d {
				t.Errorf("a call of %v: got %v", d, got)
			}
		}
	})
}

func TestBestStopsAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		Quick.Best(func() { time.Sleep(700 * time.Millisecond) })
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := 0
		median, p99, longest := Spread(1000, func() { i++; time.Sleep(time.Duration(i) * time.Microsecond) })
		if median != 501*time.Microsecond || p99 != 991*time.Microsecond || longest != time.Millisecond {
			t.Errorf("got %v, %v, %v", median, p99, longest)
		}
	})
}

var kept any

func TestAllocsAndHeap(t *testing.T) {
	allocs, size := Allocs(10, func() {
		for range 10 {
			kept = make([]byte, 1<<16)
		}
	})
	if allocs < 1 || allocs > 2 || size < 1<<16 || size > 1<<17 {
		t.Errorf("got %v allocations, %v bytes", allocs, size)
	}
	kept = nil
	if got, _ := Heap(func() any { return make([]byte, 10<<20) }); got < 10<<20 || got > 11<<20 {
		t.Errorf("10 MiB look like %d", got)
	}
}
