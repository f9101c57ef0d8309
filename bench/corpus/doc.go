// Package corpus makes the secrets, the texts and the hostile inputs of the
// benchmarks. Everything comes from a seed: the same call gives the same bytes
// on every machine, and nothing here was ever a real secret.
package corpus

import "math/rand/v2"

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7a61676f7574)) }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

const (
	lower   = "abcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
	hexa    = "0123456789abcdef"
	base62  = digits + lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	radix64 = base62 + "+/"
	symbol  = `!#$%&*+-/:;<=>?@^_|~"\`
)

// letters appends n bytes of an alphabet.
func letters(r *rand.Rand, dst []byte, alphabet string, n int) []byte {
	for range n {
		dst = append(dst, alphabet[r.IntN(len(alphabet))])
	}
	return dst
}
