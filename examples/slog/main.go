// Command slog is a small payment service that logs with log/slog and makes the
// usual mistakes: it logs the DSN, the error that quotes it and the headers of a
// request. Its database password rotates every few seconds. Nothing of it is
// ever in the log.
//
//	go run ./examples/slog
//	curl -H 'Authorization: Bearer mine' http://127.0.0.1:8080/pay
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/seed-00b494d3/tagout/examples/internal/rotation"
	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/slogredact"
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
	w := redact.NewRecordWriter(out, reg, redact.SinkJSON()) // the second line of defence
	logger := slog.New(slogredact.NewHandler(slog.NewJSONHandler(w, nil), reg, slogredact.WithKeyRules(keyrules.New())))

	db, err := rotation.Start(ctx, reg, 2*time.Second)
	if err != nil {
		return err
	}
	// Bound once, and right under every later password.
	logger = logger.With("service", "payments", "dsn", db.DSN())
	srv := &http.Server{
		Handler:           handler(logger, db),
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelError),
		ReadHeaderTimeout: 5 * time.Second,
	}
	context.AfterFunc(ctx, func() { srv.Close() })
	logger.Info("listening", "addr", l.Addr().String(), "try", "curl http://"+l.Addr().String()+"/pay")
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func handler(logger *slog.Logger, db *rotation.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay", func(w http.ResponseWriter, r *http.Request) {
		logger.Info("request", "path", r.URL.Path, "headers", r.Header)
		if err := db.Query(); err != nil {
			logger.Error("query failed", "err", err, slog.Group("db", "dsn", db.DSN(), "tries", 1))
			http.Error(w, "payment failed", http.StatusBadGateway) // the error stays here
			return
		}
		fmt.Fprintln(w, "paid")
	})
	return mux
}
