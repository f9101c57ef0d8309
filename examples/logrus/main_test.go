package main

import "os"

func Example() {
	if err := run(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// {"dsn":"app:[REDACTED:payments/db/password@v7]@db","error":"dial: \"[REDACTED:payments/db/password@v7]\"","level":"error","msg":"cannot start"}
	// level=warning msg="trying again" dsn="app:[REDACTED:payments/db/password@v7]@db"
	// giving up: [REDACTED:payments/db/password@v7]
}
