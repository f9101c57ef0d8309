package main

import (
	"testing"

	"github.com/seed-00b494d3/tagout/examples/internal/servicetest"
)

// The service logs what it should not, and none of it comes out.
func TestService(t *testing.T) { servicetest.NothingComesOut(t, run) }
