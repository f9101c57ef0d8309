//go:build race

package slogredact_test

// raceOn: sync.Pool drops items at random then, which counts as allocations.
const raceOn = true
