package keyrules_test

import (
	"fmt"

	"github.com/seed-00b494d3/tagout/keyrules"
)

func Example() {
	rules := keyrules.New(
		keyrules.Add("otp"),           // besides the defaults
		keyrules.Except("csrf_token"), // shown although it ends in "token"
	)
	for _, key := range []string{"db_password", "X-Api-Key", "otp", "csrf_token", "token_count", "cache_key"} {
		tag, _ := rules.Match(key)
		fmt.Printf("%s %q\n", key, tag)
	}
	// Output:
	// db_password "[REDACTED:key/password]"
	// X-Api-Key "[REDACTED:key/api_key]"
	// otp "[REDACTED:key/otp]"
	// csrf_token ""
	// token_count ""
	// cache_key ""
}
