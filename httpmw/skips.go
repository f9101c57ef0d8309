package httpmw

import "sync/atomic"

// A Skip is a reason for which [Guard] passes a body on without redacting it.
type Skip uint8

const (
	// SkipEncoded: the body has a Content-Encoding.
	SkipEncoded Skip = iota
	// SkipRange: the body is a part of a larger one (206 Partial Content).
	SkipRange
	// SkipNoTransform: Cache-Control forbids to transform the body.
	SkipNoTransform
	// SkipType: the media type is not among those chosen by [GuardTypes].
	SkipType
	// SkipUpgrade: the connection has left HTTP: websockets, CONNECT.
	SkipUpgrade
	// SkipRefused: the body was not sent at all; see [GuardStrict].
	SkipRefused

	skipCount
)

var skipNames = [skipCount]string{"encoded", "range", "no-transform", "type", "upgrade", "refused"}

// String returns the reason in one word, fit for a metric label.
func (s Skip) String() string {
	if int(s) < len(skipNames) {
		return skipNames[s]
	}
	return "unknown"
}

// AllSkips lists the reasons.
func AllSkips() []Skip {
	all := make([]Skip, skipCount)
	for i := range all {
		all[i] = Skip(i)
	}
	return all
}

// Skips counts responses whose bodies went out unredacted, by reason. The zero
// value is ready. It is safe for concurrent use and must not be copied.
type Skips struct{ n [skipCount]atomic.Uint64 }

// Count returns how many responses were skipped for the reason.
func (s *Skips) Count(why Skip) uint64 {
	if s == nil || why >= skipCount {
		return 0
	}
	return s.n[why].Load()
}

func (s *Skips) add(why Skip) {
	if s != nil {
		s.n[why].Add(1)
	}
}
