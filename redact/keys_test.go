package redact_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// openSSH builds an Ed25519 key in the format of PROTOCOL.key of OpenSSH, which
// the standard library does not write.
func openSSH(key ed25519.PrivateKey) []byte {
	field := func(dst, b []byte) []byte {
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(b))), b...)
	}
	public := field(field(nil, []byte("ssh-ed25519")), key[32:])
	private := make([]byte, 8) // check numbers
	rand.Read(private[:4])
	copy(private[4:], private[:4])
	private = field(append(private, public...), key)
	private = append(field(private, nil), 1, 2, 3)
	out := append([]byte("openssh-key-v1\x00"), field(field(field(nil, []byte("none")), []byte("none")), nil)...)
	out = binary.BigEndian.AppendUint32(out, 1)
	return field(field(out, public), private)
}

// A key that is cut is known by what comes after its algorithm, and two keys of
// one kind are not taken for each other (REDACT-15, REDACT-16).
func TestCutKeys(t *testing.T) {
	must := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for _, kind := range []struct {
		name, label string
		make        func() []byte
	}{
		{"Ed25519", "PRIVATE KEY", func() []byte {
			_, key, err := ed25519.GenerateKey(nil)
			must(nil, err)
			return must(x509.MarshalPKCS8PrivateKey(key))
		}},
		{"Ed25519 that begins as a sequence", "PRIVATE KEY", func() []byte {
			seed := make([]byte, ed25519.SeedSize)
			rand.Read(seed)
			seed[0], seed[1] = 0x30, 30
			return must(x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed)))
		}},
		{"EC", "PRIVATE KEY", func() []byte {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			must(nil, err)
			return must(x509.MarshalPKCS8PrivateKey(key))
		}},
		{"EC of SEC 1", "EC PRIVATE KEY", func() []byte {
			key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
			must(nil, err)
			return must(x509.MarshalECPrivateKey(key))
		}},
		{"RSA", "PRIVATE KEY", func() []byte {
			key, err := rsa.GenerateKey(rand.Reader, 1024)
			must(nil, err)
			return must(x509.MarshalPKCS8PrivateKey(key))
		}},
		{"RSA of PKCS #1", "RSA PRIVATE KEY", func() []byte {
			key, err := rsa.GenerateKey(rand.Reader, 1024)
			must(nil, err)
			return x509.MarshalPKCS1PrivateKey(key)
		}},
		{"OpenSSH", "OPENSSH PRIVATE KEY", func() []byte {
			_, key, err := ed25519.GenerateKey(nil)
			must(nil, err)
			return openSSH(key)
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			encode := func() string {
				return string(pem.EncodeToMemory(&pem.Block{Type: kind.label, Bytes: kind.make()}))
			}
			a, b := encode(), encode()
			// Numbers with a zero in front, or without, change lengths before them.
			for header := strings.IndexByte(a, '\n') + 8; len(a) != len(b) || a[:header] != b[:header]; {
				b = encode()
			}
			m := matcher(t, []redact.Secret{secret("key", a)})
			shared := 0
			for a[shared] == b[shared] {
				shared++
			}
			for n := 1; n < len(b); n++ {
				if got := m.String(b[:n]); got != b[:n] {
					t.Fatalf("another key, cut after %d bytes: %q", n, got)
				}
			}
			// Chance makes a character or two the same; a line end is one more, and
			// the bits of a digit that the algorithm shares with the number another.
			for n := shared + 12; n < len(a); n++ {
				if got := m.String(a[:n]); strings.Contains(got, a[shared:shared+12]) {
					t.Fatalf("cut after %d bytes: %q", n, got)
				}
				if got := m.String(a[:n] + "..."); strings.Contains(got, a[shared:shared+12]) {
					t.Fatalf("cut after %d bytes before dots: %q", n, got)
				}
			}
			// A first line alone, as it stands in a list of lines.
			line := strings.Split(a, "\n")[1]
			if got := m.String(fmt.Sprintf("[%s", line[:len(line)-1])); shared-len("-----BEGIN -----\n")-len(kind.label)+12 < len(line) && strings.Contains(got, line) {
				t.Errorf("a cut line: %q", got)
			}
		})
	}
}
