//go:build !race

package slogredact_test

const raceOn = false
