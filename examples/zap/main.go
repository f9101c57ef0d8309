// Command zap is a small payment service that logs with go.uber.org/zap and makes
// the usual mistakes: it logs the DSN, the error that quotes it and the headers
// of a request. Its database password rotates every few seconds. Nothing of it
// is ever in the log.
//
//	go run ./examples/zap
//	curl -H 'Authorization: Bearer mine' http://127.0.0.1:8080/pay
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/examples/internal/rotation"
	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/zapredact"
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
	ws := zapredact.NewWriteSyncer(zapcore.Lock(zapcore.AddSync(out)), reg, redact.SinkJSON()) // the second line of defence
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), ws, zap.InfoLevel)
	logger := zap.New(core, zap.AddCaller(), zap.AddStacktrace(zap.DPanicLevel), zap.ErrorOutput(ws),
		zapredact.WrapCore(reg, zapredact.WithKeyRules(keyrules.New())))

	db, err := rotation.Start(ctx, reg, 2*time.Second)
	if err != nil {
		return err
	}
	// Bound once, and right under every later password.
	logger = logger.With(zap.String("service", "payments"), zap.String("dsn", db.DSN()))
	errorLog, err := zap.NewStdLogAt(logger, zap.ErrorLevel)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler(logger, db), ErrorLog: errorLog, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { srv.Close() })
	logger.Info("listening", zap.Stringer("addr", l.Addr()), zap.String("try", "curl http://"+l.Addr().String()+"/pay"))
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func handler(logger *zap.Logger, db *rotation.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay", func(w http.ResponseWriter, r *http.Request) {
		logger.Info("request", zap.String("path", r.URL.Path), zap.Any("headers", r.Header))
		if err := db.Query(); err != nil {
			logger.Error("query failed", zap.Error(err), zap.Dict("db", zap.String("dsn", db.DSN()), zap.Int("tries", 1)))
			http.Error(w, "payment failed", http.StatusBadGateway) // the error stays here
			return
		}
		fmt.Fprintln(w, "paid")
	})
	return mux
}
