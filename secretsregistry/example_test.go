package secretsregistry_test

import (
	"context"
	"fmt"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
)

// A secret rotates; both versions are redacted, each under its own tag.
func Example() {
	reg := secretsregistry.New()
	reg.Put(redact.NewSecret("payments/db/password", "v6", []byte("correct-horse")))
	reg.Put(redact.NewSecret("payments/db/password", "v7", []byte("battery-staple")))
	fmt.Println(reg.Matcher().String("old correct-horse, new battery-staple"))
	for _, e := range reg.List() {
		fmt.Println(e.Name, e.Version, e.State)
	}
	// Output:
	// old [REDACTED:payments/db/password@v6], new [REDACTED:payments/db/password@v7]
	// payments/db/password v7 current
	// payments/db/password v6 previous
}

// A service reads its secrets through a cache; what it reads is redacted before
// it has it.
func ExampleCache() {
	mock := devmock.New()
	mock.Set("payments/db", map[string]string{"username": "app", "password": "correct-horse"})

	reg := secretsregistry.New()
	cache := secretsregistry.NewCache(mock, reg)
	defer cache.Close()
	if err := cache.Start(context.Background(), "payments/db"); err != nil {
		fmt.Println(err) // names what is missing
		return
	}
	v, _ := cache.Get(context.Background(), "payments/db")
	password, _ := v.Field("password")
	fmt.Println(reg.Matcher().String("dial app:"+password+"@db"), v.Version())
	fmt.Println(v)
	// Output:
	// dial app:[REDACTED:payments/db/password@v1]@db v1
	// [REDACTED]
}
