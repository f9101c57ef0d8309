package main

import (
	"fmt"
	"os"
	"os/signal"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tagout": main, "interrupts": interrupts})
}

// interrupts is a command that says how often it is interrupted.
func interrupts() {
	caught := make(chan os.Signal, 10)
	signal.Notify(caught, os.Interrupt)
	fmt.Println("ready")
	<-caught
	n := 1
	for after := time.After(500 * time.Millisecond); ; {
		select {
		case <-caught:
			n++
		case <-after:
			fmt.Printf("times %d.\n", n)
			os.Exit(9)
		}
	}
}

// The scripts name the promises of docs/behaviours/cli.md that they hold.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CANARY", "Zq7!mW2kd9Lx")
			return nil
		},
	})
}
