// Package distribution has the builder manifest of the tagout Collector, sample
// configurations and, behind the build tag distribution, the test of what is
// built. There is no code to import.
package distribution
