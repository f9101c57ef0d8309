package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"runtime"
	"strings"
)

// A Secret is a name, a version and a value to be redacted.
//
// The value sits behind a closure, where neither fmt (which follows private
// pointers for unfitting verbs and ignores methods on unexported fields), nor
// an encoder, nor a reflection-based pretty printer can reach it. A Secret is
// an immutable handle: copies denote the same secret, and [Matcher.Update]
// tells secrets apart by that identity, not by name. The zero Secret is no
// secret and is refused wherever it is passed in.
type Secret struct {
	hidden
	open func() *secret
}

// secret is what a Secret denotes. It is never stored in a field that a
// formatter can walk to; see Secret.
type secret struct {
	name    string  // sanitised
	version string  // sanitised, at most maxVersionLen bytes
	value   []byte  // our own copy
	min     int     // 0: the matcher's default
	owner   *secret // of the value, if another: it must not be collected before
}

// maxVersionLen bounds a version as it is shown in a tag.
const maxVersionLen = 64

// NewSecret returns a secret of the given name, version and value.
//
// The value is copied. Bytes of name and version outside A-Za-z0-9._/- are
// spelled as "~" and two hexadecimal digits, so that two names never become
// one; a version is cut at 64 bytes. An empty version means that there is none,
// and is not shown.
func NewSecret(name, version string, value []byte) Secret {
	s := newSecret(name, version)
	s.value = append([]byte(nil), value...)
	return Secret{open: func() *secret { return s }}
}

// newSecret returns a secret without a value.
func newSecret(name, version string) *secret {
	s := &secret{name: sanitise(name), version: sanitise(version)}
	s.version = s.version[:min(len(s.version), maxVersionLen)]
	return s
}

// copy returns a secret with the same value.
func (s *secret) copy() *secret {
	c := *s
	c.owner = s
	return &c
}

// WithMinLength returns the same secret with its own minimum length in bytes,
// instead of the matcher's default of [DefaultMinLength]. The least that a
// Matcher accepts is [MinMinLength]. The result has an identity of its own.
func (s Secret) WithMinLength(n int) Secret {
	if s.open == nil {
		return s
	}
	c := s.open().copy()
	c.min = n
	return Secret{open: func() *secret { return c }}
}

// WithVersion returns the same name and value under another version. The
// result has an identity of its own.
func (s Secret) WithVersion(version string) Secret {
	if s.open == nil {
		return s
	}
	c := s.open().copy()
	c.version = newSecret("", version).version
	return Secret{open: func() *secret { return c }}
}

// IsZero reports whether s is the zero Secret, which holds nothing.
func (s Secret) IsZero() bool { return s.open == nil }

// Name returns the name as tags show it.
func (s Secret) Name() string {
	if s.open == nil {
		return ""
	}
	return s.open().name
}

// Version returns the version as tags show it, empty if there is none.
func (s Secret) Version() string {
	if s.open == nil {
		return ""
	}
	return s.open().version
}

// Len returns the length of the value in bytes.
func (s Secret) Len() int {
	if s.open == nil {
		return 0
	}
	return len(s.open().value)
}

// SameValue reports whether both secrets hold the same bytes. It takes the
// same time wherever they differ.
func (s Secret) SameValue(t Secret) bool {
	if s.open == nil || t.open == nil {
		return s.open == nil && t.open == nil
	}
	a, b := s.open(), t.open()
	equal := hmac.Equal(a.value, b.value)
	runtime.KeepAlive(a) // a guarded value goes with its secret
	runtime.KeepAlive(b)
	return equal
}

// fingerprintDomain separates fingerprints from every other use of a key.
const fingerprintDomain = "tagout/fingerprint/v1"

// Fingerprint returns HMAC-SHA-256(key, domain || name || value): a stable
// identity of the value that tells nothing to whoever lacks the key. Without a
// secret key a fingerprint in a log would be an oracle for guesses, so keys of
// less than 32 bytes panic. The zero Secret has no fingerprint: nil.
func (s Secret) Fingerprint(key []byte) []byte {
	if len(key) < 32 {
		panic("redact: fingerprint key shorter than 32 bytes")
	}
	if s.open == nil {
		return nil
	}
	sec := s.open()
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(fingerprintDomain))
	mac.Write([]byte{0})
	mac.Write([]byte(sec.name))
	mac.Write([]byte{0}) // not in the name alphabet: the boundary is unambiguous
	mac.Write(sec.value)
	runtime.KeepAlive(sec) // a guarded value goes with its secret
	return mac.Sum(nil)
}

const lowerhex = "0123456789abcdef"

// sanitise spells every byte outside the name alphabet as ~hh.
func sanitise(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if !nameByte[s[i]] {
			clean = false
			break
		}
	}
	if clean {
		return strings.Clone(s)
	}
	b := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); i++ {
		if c := s[i]; nameByte[c] {
			b = append(b, c)
		} else {
			b = append(b, '~', lowerhex[c>>4], lowerhex[c&15])
		}
	}
	return string(b)
}

// nameByte is the alphabet of names and versions.
var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' ||
			c == '.' || c == '_' || c == '/' || c == '-'
	}
	return
}()
