package redact

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// The innocent part of any bytes lies within them (REDACT-13).
func TestInnocentPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	docs := []string{`{"a":"kestrel77Moor","b":{"c\"\\":["x\\\"y77Ab19zz","\u0041"]}}`, "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\nQyNTUxOQAAACD\n", "DB_HOST=localhost\nDB_PASSWORD=Kx9;a: b", "postgres://u:p@h/x?y=1", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "eyJhbGciOi.eyJ", "\"quoted-value-9\"", "a://", "[[[[\"x77Ab19zz\"]]]]"}
	for i := range 10000 {
		d := []byte(docs[r.IntN(len(docs))])
		d = d[:r.IntN(len(d)+1)]
		for range r.IntN(4) {
			if len(d) > 0 {
				d[r.IntN(len(d))] = []byte("\"\\{}[]=:\n \x00\xff-;@?/%,u0")[r.IntN(21)]
			}
		}
		if n := innocentPrefix(d); n < 0 || n > len(d) {
			t.Fatalf("%d: %q: %d", i, d, n)
		}
		if i%20 == 0 {
			m, err := NewMatcher([]Secret{NewSecret("a", "", d)})
			if err == nil {
				m.String("x" + string(d))
			}
		}
	}
	for range 10000 {
		der := make([]byte, r.IntN(140))
		for i := range der {
			der[i] = []byte{0x30, 2, 3, 4, 0x82, 0x83, 0x84, 0x7f, 0xff, 0, 1, byte(r.IntN(256))}[r.IntN(12)]
		}
		if r.IntN(2) == 0 {
			der = append([]byte("openssh-key-v1\x00"), der...)
		}
		body := base64.StdEncoding.EncodeToString(der)
		if n := keyPrefix([]byte(body)); n < 0 || n > len(body) {
			t.Fatalf("%x %d", der, n)
		}
	}
}

// A length that is negative where an int has 32 bits (REDACT-13).
func TestHostileKey(t *testing.T) {
	der := append([]byte("openssh-key-v1\x00"), 0xff, 0xff, 0x00, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	body := "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END OPENSSH PRIVATE KEY-----\n"
	if _, err := NewMatcher([]Secret{NewSecret("a", "", []byte(body))}); err != nil {
		t.Fatal(err)
	}
}
