package redact_test

import (
	"encoding/base64"
	"fmt"

	"github.com/seed-00b494d3/tagout/redact"
)

func Example() {
	password := `Zq7!mW2"kd9$Lx`
	matcher, err := redact.NewMatcher([]redact.Secret{
		redact.NewSecret("payments/db/password", "v7", []byte(password)),
	})
	if err != nil {
		panic(err) // a value too short to be told from innocent text, for instance
	}
	fmt.Println(matcher.String("login failed for app:" + password))
	fmt.Println(matcher.String(`{"dsn":"postgres://app:Zq7%21mW2%22kd9%24Lx@db/main"}`))
	fmt.Println(matcher.String("Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("app:"+password))))
	// Output:
	// login failed for app:[REDACTED:payments/db/password@v7]
	// {"dsn":"postgres://app:[REDACTED:payments/db/password@v7]@db/main"}
	// Authorization: Basic YXBwO[REDACTED:payments/db/password@v7]
}
