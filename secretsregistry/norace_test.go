//go:build !race

package secretsregistry_test

const raceEnabled = false
