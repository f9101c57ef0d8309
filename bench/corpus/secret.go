package corpus

import (
	"fmt"
	"math/rand/v2"
)

// A Secret is made up: a name and a value.
type Secret struct{ Name, Value string }

// A Kind says what values of a set look like.
type Kind string

const (
	Tokens    Kind = "tokens"    // 32 to 44 characters of base62
	Passwords Kind = "passwords" // 8 to 16 characters, symbols among them
	JWTs      Kind = "jwts"      // with the header that they all share
	DSNs      Kind = "dsns"      // of a database, password inside
	PEMs      Kind = "pems"      // private keys of 27 lines
	Mixed     Kind = "mixed"     // 60 % tokens, 25 % passwords, 10 % JWTs, 4 % DSNs, 1 % PEM keys
)

// Kinds lists all kinds.
var Kinds = []Kind{Tokens, Passwords, JWTs, DSNs, PEMs, Mixed}

// Secrets returns n different secrets.
func Secrets(kind Kind, n int) []Secret {
	r := seeded(uint64(len(kind))*1e6 + uint64(kind[0]))
	seen := make(map[string]bool, n)
	out := make([]Secret, 0, n)
	for len(out) < n {
		k := kind
		if kind == Mixed {
			switch i := len(out) % 100; {
			case i == 50:
				k = PEMs
			case i%25 == 10:
				k = DSNs
			case i%10 == 5:
				k = JWTs
			case i%4 == 0:
				k = Passwords
			default:
				k = Tokens
			}
		}
		v := value(r, k)
		if seen[v] {
			continue
		}
		seen[v] = true
		out = append(out, Secret{Name: fmt.Sprintf("bench/%s/%d", k, len(out)), Value: v})
	}
	return out
}

func value(r *rand.Rand, kind Kind) string {
	switch kind {
	case Passwords:
		b := letters(r, nil, base62, 7+r.IntN(8))
		b = append(b, symbol[r.IntN(len(symbol))])
		b = letters(r, b, base62+symbol, 1)
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		for _, i := range []int{0, len(b) - 1} {
			if b[i] == '\\' || b[i] == '"' { // with the quotes around it an escape, which would rightly go with it
				b[i] = '_'
			}
		}
		return string(b)
	case JWTs:
		b := []byte("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI")
		b = append(letters(r, b, base62, 90), '.')
		return string(letters(r, b, base62+"-_", 43))
	case DSNs:
		return fmt.Sprintf("postgres://%s:%s@db-%d.internal.example:5432/%s?sslmode=require",
			letters(r, nil, lower, 6), letters(r, nil, base62, 20), r.IntN(100), letters(r, nil, lower, 8))
	case PEMs:
		b := []byte("-----BEGIN RSA PRIVATE KEY-----\n")
		for range 25 {
			b = append(letters(r, b, radix64, 64), '\n')
		}
		b = letters(r, b, radix64, 40)
		return string(append(b, "==\n-----END RSA PRIVATE KEY-----\n"...))
	default:
		return string(letters(r, nil, base62, 32+r.IntN(13)))
	}
}
