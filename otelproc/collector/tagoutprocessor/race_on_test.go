//go:build race

package tagoutprocessor

const raceEnabled = true
