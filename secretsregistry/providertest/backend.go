// Package providertest is the conformance suite for secret providers. Every
// provider of this project passes it against its fake and, where there is one,
// against a real server: the same checks show that the fake is equal.
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, func(t *testing.T) *providertest.Backend {
//			srv := newFake(t)
//			return &providertest.Backend{Provider: New(srv.URL), Set: srv.set, ...}
//		})
//	}
package providertest

import (
	"testing"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A Backend is a provider together with the means to change what it reads. A
// new one is made for every check. A nil function says that the backend cannot
// do that; the checks that need it are skipped, with the reason printed.
type Backend struct {
	Provider secretsregistry.Provider

	// Path is a path that the backend accepts, "conformance/db" if empty. The
	// checks also use Path + "2".
	Path string

	// Single says that a path holds one text, which the provider gives as the
	// field "value".
	Single bool

	// NoVersions says that the manager has no versions of its own.
	NoVersions bool

	// Set stores fields as the current version of a path. Required.
	Set func(t testing.TB, path string, fields map[string]string)
	// Delete deletes the current version so that a read finds nothing.
	Delete func(t testing.TB, path string)
	// SetPending stages fields without making them current.
	SetPending func(t testing.TB, path string, fields map[string]string)
	// Previous says that the version before the current one is delivered.
	Previous bool
	// Deny makes reads of path fail for lack of permission, even after a new
	// login.
	Deny func(t testing.TB, path string)
	// Break makes every request fail in the given way until it is called with
	// FaultNone. A backend that cannot do one returns false.
	Break func(t testing.TB, f Fault) bool
	// Requests returns how many requests for values have reached the manager,
	// those for logins, older versions and listings left out.
	Requests func() int
}

// A Fault is a way in which a manager fails.
type Fault uint8

const (
	FaultNone      Fault = iota
	FaultError           // an answer that says that something is wrong: 500, unavailable
	FaultThrottle        // 429 or what the manager has in its place
	FaultHang            // no answer at all
	FaultReset           // the connection is cut
	FaultTruncated       // the answer is cut in the middle of a value
	FaultGarbage         // an answer that cannot be understood and contains Canary
	FaultEmpty           // a success without data
)

var faultNames = [...]string{"none", "error", "throttle", "hang", "reset", "truncated", "garbage", "empty"}

func (f Fault) String() string { return faultNames[f] }

// Canary is a value that faults put into their answers; no error may contain
// it.
const Canary = "canary-7d1f0c2b9e8a4653"
