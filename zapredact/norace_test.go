//go:build !race

package zapredact_test

const raceOn = false
