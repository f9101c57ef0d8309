package redact

import "fmt"

// Errors carry names and lengths, never bytes of a value. [NewMatcher] and
// [Matcher.Update] join one for each secret that they refuse.

// A ShortSecretError refuses a value that is too short to be told from
// innocent text.
type ShortSecretError struct {
	Name string // of the secret
	Len  int    // of its value, in bytes
	Min  int    // the minimum in force for it, in bytes
}

func (e *ShortSecretError) Error() string {
	return fmt.Sprintf("redact: secret %q is too short to match: %d bytes, minimum %d", e.Name, e.Len, e.Min)
}

// A BlankSecretError refuses a value that is empty or all white space.
type BlankSecretError struct {
	Name string
	Len  int // in bytes
}

func (e *BlankSecretError) Error() string {
	return fmt.Sprintf("redact: secret %q is blank (%d bytes)", e.Name, e.Len)
}

// A LongSecretError refuses a value that would cost more memory than a matcher
// may take for one secret.
type LongSecretError struct {
	Name     string
	Len, Max int // in bytes
}

func (e *LongSecretError) Error() string {
	return fmt.Sprintf("redact: secret %q is too long to match: %d bytes, maximum %d", e.Name, e.Len, e.Max)
}

// A TagSecretError refuses a value that contains the opener of the tags:
// redacting it would cut tags, and redacting twice would not equal once.
type TagSecretError struct {
	Name string
}

func (e *TagSecretError) Error() string {
	return fmt.Sprintf("redact: secret %q contains the tag opener", e.Name)
}

// A MinLengthError refuses a minimum length below [MinMinLength]. Name is empty
// where the minimum was the matcher's default.
type MinLengthError struct {
	Name     string
	Min      int // asked for
	Smallest int // allowed
}

func (e *MinLengthError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("redact: minimum length %d is below %d", e.Min, e.Smallest)
	}
	return fmt.Sprintf("redact: secret %q: minimum length %d is below %d", e.Name, e.Min, e.Smallest)
}

// An UnnamedSecretError refuses a secret that has no name, the zero Secret
// included. Index is its place in the call.
type UnnamedSecretError struct {
	Index int
}

func (e *UnnamedSecretError) Error() string {
	return fmt.Sprintf("redact: secret at index %d has no name", e.Index)
}

// A GuardError says that guarded memory could not be had: see
// [WithGuardedMemory]. It wraps the system's error, or [errors.ErrUnsupported].
type GuardError struct {
	Op   string // the system call
	Size int    // asked for, in bytes
	Err  error
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("redact: guarded memory: %s of %d bytes: %v", e.Op, e.Size, e.Err)
}

// Unwrap returns e.Err.
func (e *GuardError) Unwrap() error { return e.Err }

// A TagFormatError refuses a tag format; see [WithTagFormat].
type TagFormatError struct {
	Open, Close string
	Reason      string
}

func (e *TagFormatError) Error() string {
	return fmt.Sprintf("redact: tag format %q, %q: %s", e.Open, e.Close, e.Reason)
}
