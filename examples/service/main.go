// Command service is a chi service that makes the mistakes by which secrets leak
// over HTTP, with everything of httpmw in place: access log, recoverer, guard,
// error log, client transport and status page. It logs with slog and zap, and gets
// its password from a secrets manager for development, where it rotates every few
// seconds.
//
//	go run ./examples/service
//	curl -i 'http://127.0.0.1:8080/debug?access_token=mine'
//	open http://127.0.0.1:8080/status
//
// With OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 it exports spans, for
// instance to a Collector of otelproc/collector/distribution.
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

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/httpmw"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/slogredact"
	"github.com/seed-00b494d3/tagout/zapredact"
)

const dbPath = "payments/db"

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", *addr)
	if err == nil {
		err = run(ctx, l, os.Stderr, 5*time.Second)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves on l until ctx ends. The password rotates every so often.
func run(ctx context.Context, l net.Listener, out io.Writer, every time.Duration) error {
	manager := devmock.New(devmock.WithPaths(dbPath))
	reg := secretsregistry.New()
	cache := secretsregistry.NewCache(manager, reg, secretsregistry.WithTTL(30*time.Second), secretsregistry.WithMaxStale(10*time.Minute))
	defer cache.Close()
	if err := cache.Start(ctx, dbPath); err != nil {
		return err
	}
	go rotate(ctx, manager, every)

	traces, err := newTraces(ctx, reg)
	if err != nil {
		return err
	}
	defer traces.Shutdown(context.WithoutCancel(ctx))

	s := newService(reg, cache, traces.Tracer("examples/service"), out)
	srv := &http.Server{
		Handler:           s.routes(),
		ErrorLog:          httpmw.ErrorLog(s.logger, reg),
		ReadHeaderTimeout: 5 * time.Second,
	}
	context.AfterFunc(ctx, func() { srv.Close() })
	s.logger.Info("listening", "addr", l.Addr().String(), "try", "curl -i http://"+l.Addr().String()+"/debug")
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// rotate does what an operator, or the manager itself, does.
func rotate(ctx context.Context, m *devmock.Manager, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.Rotate(dbPath)
		}
	}
}

type service struct {
	reg    *secretsregistry.Registry
	cache  *secretsregistry.Cache
	logger *slog.Logger
	audit  *zap.Logger // a part of the service that logs with zap
	tracer trace.Tracer
	client *httpmw.Client
	skips  httpmw.Skips
}

func newService(reg *secretsregistry.Registry, cache *secretsregistry.Cache, tracer trace.Tracer, out io.Writer) *service {
	logger := slog.New(slogredact.NewHandler(slog.NewJSONHandler(out, nil), reg))
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(out)), zap.InfoLevel)
	return &service{
		reg: reg, cache: cache, logger: logger,
		audit:  zap.New(core, zapredact.WrapCore(reg)),
		tracer: tracer,
		client: httpmw.NewClient(&http.Client{
			Transport: httpmw.Transport(nil, reg, httpmw.TransportLog(logger)),
			Timeout:   2 * time.Second,
		}, reg),
	}
}

func (s *service) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(
		httpmw.AccessLog(s.logger, s.reg, httpmw.AccessRequestHeaders("Authorization", "User-Agent"), httpmw.AccessRequestBody(1<<10)),
		httpmw.Recoverer(s.logger, s.reg),
		s.traced,
		middleware.Compress(5), // outside Guard: it compresses what is redacted
		httpmw.Guard(s.reg, httpmw.GuardSkips(&s.skips)),
	)
	r.Get("/debug", s.debug)
	r.Get("/panic", s.panics)
	r.Get("/stream", s.stream)
	r.Get("/call", s.call)
	r.Post("/echo", s.echo)
	r.Handle("/status", httpmw.StatusPage(httpmw.StatusSourceFunc(s.secrets), fromThisMachine, httpmw.StatusSkips(&s.skips)))
	return r
}

// fromThisMachine is enough for an example that listens on a loopback address, not
// for a service behind a proxy.
func fromThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}
