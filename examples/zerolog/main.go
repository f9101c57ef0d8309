// Command zerolog is a small payment service that logs with
// github.com/rs/zerolog and makes the usual mistakes: it logs the DSN, the error
// that quotes it and the headers of a request. Its database password rotates
// every few seconds. Nothing of it is ever in the log.
//
//	go run ./examples/zerolog
//	curl -H 'Authorization: Bearer mine' http://127.0.0.1:8080/pay
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/rs/zerolog"

	"github.com/seed-00b494d3/tagout/examples/internal/rotation"
	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", *addr)
	if err == nil {
		err = run(ctx, l, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves on l until ctx ends.
func run(ctx context.Context, l net.Listener, out io.Writer) error {
	reg := secretsregistry.New()
	w := zerologredact.NewWriter(zerolog.SyncWriter(out), reg, zerologredact.WithKeyRules(keyrules.New()))
	db, err := rotation.Start(ctx, reg, 2*time.Second)
	if err != nil {
		return err
	}
	// Encoded once, and right under every later password: the writer sees it with
	// each event.
	logger := zerolog.New(w).With().Timestamp().Str("service", "payments").Str("dsn", db.DSN()).Logger()
	srv := &http.Server{Handler: handler(&logger, db), ErrorLog: log.New(logger, "", 0), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { srv.Close() })
	logger.Info().Stringer("addr", l.Addr()).Str("try", "curl http://"+l.Addr().String()+"/pay").Msg("listening")
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func handler(logger *zerolog.Logger, db *rotation.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay", func(w http.ResponseWriter, r *http.Request) {
		logger.Info().Str("path", r.URL.Path).Any("headers", r.Header).Msg("request")
		if err := db.Query(); err != nil {
			logger.Error().Err(err).Dict("db", zerolog.Dict().Str("dsn", db.DSN()).Int("tries", 1)).Msg("query failed")
			http.Error(w, "payment failed", http.StatusBadGateway) // the error stays here
			return
		}
		fmt.Fprintln(w, "paid")
	})
	return mux
}
