//go:build race

package zerologredact_test

// raceOn: sync.Pool drops items at random then, which counts as allocations.
const raceOn = true
