// Command gen writes docs/forms.md from a census of the engine.
package main

import (
	"bytes"
	"log"
	"os"

	"github.com/seed-00b494d3/tagout/redact/redacttest/internal/census"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FILE")
	}
	r, err := census.Run(census.Forms(), census.Secrets())
	if err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteMarkdown(&b); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
