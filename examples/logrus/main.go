// Command logrus shows how a logger without an adapter is covered: by a record
// writer as its output. logrus writes each entry in one call, as the log package
// does, which is what a record is.
//
//	go run .
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/sirupsen/logrus"

	"github.com/seed-00b494d3/tagout/redact"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	// In a service this is a secretsregistry.Registry, filled by its cache.
	src, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("payments/db/password", "v7", []byte(`s3cr3t "Harbour"`))})
	if err != nil {
		return err
	}

	l := logrus.New()
	l.SetFormatter(&logrus.JSONFormatter{DisableTimestamp: true})
	l.SetOutput(redact.NewRecordWriter(out, src, redact.SinkJSON()))
	l.WithField("dsn", `app:s3cr3t "Harbour"@db`).WithError(fmt.Errorf("dial: %q", `s3cr3t "Harbour"`)).Error("cannot start")

	l.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableColors: true})
	l.SetOutput(redact.NewRecordWriter(out, src))
	l.WithField("dsn", `app:s3cr3t "Harbour"@db`).Warn("trying again")

	std := log.New(redact.NewRecordWriter(out, src), "", 0)
	std.Printf("giving up: %s", `s3cr3t "Harbour"`)
	return nil
}
