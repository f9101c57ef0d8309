//go:build !race

package zerologredact_test

const raceOn = false
