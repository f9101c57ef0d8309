package census

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// kinds make values of the kinds that are stored as secrets, from a seed.
var kinds = []struct {
	name string
	make func(r *rand.Rand) string
}{
	{"password", func(r *rand.Rand) string { return pick(r, 12+r.IntN(20), everyRune) }},
	{"password of signs", func(r *rand.Rand) string { return pick(r, 12+r.IntN(20), []rune("\"'\\`$%&<>/+=^!|(){}[]#~;:, aZ0é")) }},
	{"password in double quotes", func(r *rand.Rand) string { return `"` + pick(r, 14+r.IntN(8), everyRune) + `"` }},
	{"password in single quotes", func(r *rand.Rand) string { return `'` + pick(r, 14+r.IntN(8), everyRune) + `'` }},
	{"password before a sign", func(r *rand.Rand) string {
		return pick(r, 14+r.IntN(8), everyRune) + pick(r, 1, []rune("\"'\\`$%&<^=+!|"))
	}},
	{"password after a sign", func(r *rand.Rand) string {
		return pick(r, 1, []rune("\"'\\`$%&<^=+!|")) + pick(r, 14+r.IntN(8), everyRune)
	}},
	{"password like an escape", func(r *rand.Rand) string {
		parts := []string{`\n`, `\u0041`, "%41", "&amp;", "&#65;", `\x41`, "=41", `\\`, `\"`, "%%", "&lt", "%u0041", `\101`}
		return pick(r, 6, everyRune) + parts[r.IntN(len(parts))] + pick(r, 6, everyRune) + parts[r.IntN(len(parts))] + pick(r, 2, everyRune)
	}},
	{"words", func(r *rand.Rand) string {
		return fmt.Sprintf("%s staple, %s horse & %s", base62(r, 4), base62(r, 5), base62(r, 6))
	}},
	{"not ASCII", func(r *rand.Rand) string {
		return pick(r, 10+r.IntN(12), []rune("éüßñçøåÆЖщ中文字🔑🗝ab\"&1"))
	}},
	{"token", func(r *rand.Rand) string { return "tk_live_" + base62(r, 24+r.IntN(20)) }},
	{"base64", func(r *rand.Rand) string { return base64.StdEncoding.EncodeToString([]byte(base62(r, 16+r.IntN(24)))) }},
	{"hexadecimal", func(r *rand.Rand) string { return hex.EncodeToString([]byte(base62(r, 16))) }},
	{"JWT", func(r *rand.Rand) string {
		e := base64.RawURLEncoding
		return e.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + e.EncodeToString([]byte(`{"sub":"`+base62(r, 8)+`"}`)) + "." + e.EncodeToString([]byte(base62(r, 32)))
	}},
	{"DSN", func(r *rand.Rand) string {
		return "mysql://app:" + base62(r, 8) + "%2F" + base62(r, 5) + "@tcp(db-" + strconv.Itoa(r.IntN(9)) + ".internal:3306)/main?tls=true&loc=UTC"
	}},
	{"Ed25519 key", func(r *rand.Rand) string {
		seed := make([]byte, ed25519.SeedSize)
		fill(r, seed)
		return pemOf(ed25519.NewKeyFromSeed(seed))
	}},
	{"EC key", func(r *rand.Rand) string {
		seed := make([]byte, 32)
		fill(r, seed)
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
		if err != nil {
			panic(err) // less than the order, but for one in 2^32
		}
		return pemOf(key)
	}},
	{"long key", func(r *rand.Rand) string { return privateKey(r, 600+r.IntN(600)) }},
	{"key without a last line end", func(r *rand.Rand) string { return strings.TrimSpace(privateKey(r, 100+r.IntN(600))) }},
	{"document", document},
	{"small document", func(r *rand.Rand) string {
		b, err := json.Marshal(map[string]any{"username": "app-" + base62(r, 4), "password": pick(r, 16, everyRune), "port": 5432})
		if err != nil {
			panic(err) // strings always encode
		}
		return string(b)
	}},
	{"lines", func(r *rand.Rand) string {
		return pick(r, 14, everyRune) + "\n" + pick(r, 20, everyRune) + "\n" + pick(r, 11, everyRune)
	}},
}

var everyRune = []rune("abcdefghijkmnopqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~é€")

func pick(r *rand.Rand, n int, from []rune) string {
	var b strings.Builder
	for range n {
		b.WriteRune(from[r.IntN(len(from))])
	}
	return b.String()
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func pemOf(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // keys of the standard library always encode
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// REDACT-20: what is published of seven values holds for others of their kinds.
// CENSUS_VALUES sets how many of each kind are tried.
func TestOtherValues(t *testing.T) {
	n := 1
	if s := os.Getenv("CENSUS_VALUES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	forms := slices.DeleteFunc(Forms(), func(f Form) bool { return f.Family == beyondList && os.Getenv("CENSUS_BEYOND") == "" })
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tried, masked := 0, 0
			for i := range n {
				v := k.make(rand.New(rand.NewPCG(uint64(i), 7)))
				if !utf8.ValidString(v) {
					t.Fatal("a value that is no text")
				}
				for _, f := range forms {
					if c := measure(t, f, v); c.Applies() {
						tried++
						if c.Full() {
							masked++
						} else {
							t.Errorf("seed %d: %s, %s: %d of %d masked of %q, not: %s", i, f.Family, f.Name, c.Masked, c.Tried, v[:min(len(v), 200)], c.Failure)
						}
					}
				}
			}
			t.Logf("%d of %d", masked, tried)
		})
	}
}

func measure(t *testing.T, f Form, v string) Cell {
	registered := v
	if f.Register != nil {
		registered = f.Register(v)
	}
	m, err := matcher(registered)
	if err != nil {
		t.Fatal(err)
	}
	return Measure(f, v, m)
}
