package slogredact_test

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/slogredact"
)

// withoutTime makes the output of the examples the same every day.
var withoutTime = &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}}

func secrets(version, value string) *redact.Matcher {
	m, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("payments/db/password", version, []byte(value))})
	if err != nil {
		panic(err)
	}
	return m
}

func Example() {
	src := secrets("v7", "s3cr3t-Harbour")
	// The writer is the second line of defence, for what the handler adds.
	w := redact.NewRecordWriter(os.Stdout, src, redact.SinkJSON())
	logger := slog.New(slogredact.NewHandler(slog.NewJSONHandler(w, withoutTime), src))

	err := fmt.Errorf("dial postgres://app:%s@db: refused", "s3cr3t-Harbour")
	logger.Error("cannot start", "err", err, "attempt", 3)
	// Output:
	// {"level":"ERROR","msg":"cannot start","err":"dial postgres://app:[REDACTED:payments/db/password@v7]@db: refused","attempt":3}
}

// A secret that rotates is redacted in what was bound long before.
func Example_rotation() {
	var src redacttest.Switch // a secretsregistry.Registry, in a program
	src.Set(secrets("v1", "first-password"))
	logger := slog.New(slogredact.NewHandler(slog.NewTextHandler(os.Stdout, withoutTime), &src)).
		With("dsn", "app:second-password@db")
	logger.Info("not yet registered")
	src.Set(secrets("v2", "second-password"))
	logger.Info("registered")
	// Output:
	// level=INFO msg="not yet registered" dsn=app:second-password@db
	// level=INFO msg=registered dsn=app:[REDACTED:payments/db/password@v2]@db
}

// Key rules hide what nobody registered, by the name of the key.
func ExampleWithKeyRules() {
	logger := slog.New(slogredact.NewHandler(slog.NewTextHandler(os.Stdout, withoutTime), secrets("v1", "s3cr3t-Harbour"),
		slogredact.WithKeyRules(keyrules.New())))
	logger.Info("login", "user", "ann", "password", "tr0ub4dor", "token_count", 3)
	// Output:
	// level=INFO msg=login user=ann password=[REDACTED:key/password] token_count=3
}

// A logr.Logger goes through slog.
func Example_logr() {
	log := logr.FromSlogHandler(slogredact.NewHandler(slog.NewTextHandler(os.Stdout, withoutTime), secrets("v7", "s3cr3t-Harbour")))
	log.WithName("operator").WithValues("secret", "s3cr3t-Harbour").Info("reconciled")
	// Output:
	// level=INFO msg=reconciled secret=[REDACTED:payments/db/password@v7] logger=operator
}
