// Package stress tests the secrets cache and all adapters together. It is a
// package of its own so that whoever imports the cache gets no checksums of
// loggers that only this test needs.
package stress
