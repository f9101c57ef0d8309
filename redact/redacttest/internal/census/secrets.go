package census

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/rand/v2"
	"strings"
)

// A Secret is a made-up value that is awkward in its own way.
type Secret struct{ Name, Value string }

// Secrets returns the values of the census. They are made from a fixed seed
// where they are long, so that nothing in this repository looks like a key.
func Secrets() []Secret {
	r := rand.New(rand.NewPCG(20, 26))
	key := privateKey(r, 1217)
	return []Secret{
		{"password", `q7"Rk'&<Zy/+%4 w\d=é;Tü9$m`},
		{"PEM key", key},
		{"token", "tk_" + base62(r, 36)},
		{"DSN", "postgres://app:s-" + base62(r, 14) + "%40x@db-7.internal:5432/main?sslmode=require"},
		{"JSON document", document(r)},
		{"passphrase", "Nine otters sail at dawn,\nfour & twenty herons <wait>;\n\tthe tide \"turns\" at 6%\nand nobody counts ünder 3 moons"},
		{"8 bytes", "h8#kQ2~v"},
	}
}

func privateKey(r *rand.Rand, size int) string {
	der := make([]byte, size)
	for i := range der {
		der[i] = byte(r.Uint32())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func base62(r *rand.Rand, n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// document is what Google Cloud hands out for a service account.
func document(r *rand.Rand) string {
	id := make([]byte, 15)
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	doc := struct {
		Type         string `json:"type"`
		ProjectID    string `json:"project_id"`
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		ClientEmail  string `json:"client_email"`
		ClientID     string `json:"client_id"`
		AuthURI      string `json:"auth_uri"`
		TokenURI     string `json:"token_uri"`
	}{
		"service_account", "harbour-dev", strings.ToLower(base64.RawURLEncoding.EncodeToString(id)), privateKey(r, 609),
		"deployer@harbour-dev.iam.gserviceaccount.com", "104386619027745518832",
		"https://accounts.google.com/o/oauth2/auth", "https://oauth2.googleapis.com/token",
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // strings always encode
	}
	return string(b) + "\n"
}
