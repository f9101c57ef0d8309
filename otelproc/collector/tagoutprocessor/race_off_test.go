//go:build !race

package tagoutprocessor

const raceEnabled = false
