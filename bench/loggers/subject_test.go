package loggers

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
	"github.com/seed-00b494d3/tagout/zapredact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// A logger writes one record with ten attributes, of which one is given, and two
// that are bound. All of it but the one attribute is clean.
type logger func(dsn string)

const (
	message   = "request served with a message of usual length"
	userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
	requestID = "b7b0a4f2-53a5-4e3f-8c1c-0d1f7a6a1c11"
)

var at = time.Unix(1700000000, 0).UTC()

func slogLogger(h slog.Handler) logger {
	l := slog.New(h).With("service", "payments", "zone", "eu-central-1b")
	return func(dsn string) {
		l.LogAttrs(context.Background(), slog.LevelInfo, message,
			slog.String("method", "GET"), slog.String("path", "/v1/payments/4711/refunds"), slog.Int("status", 200),
			slog.Duration("took", 1234*time.Microsecond), slog.String("dsn", dsn), slog.Bool("tls", true),
			slog.String("request_id", requestID), slog.Time("at", at), slog.Float64("load", 0.25), slog.String("user_agent", userAgent))
	}
}

func zapLogger(c zapcore.Core) logger {
	l := zap.New(c).With(zap.String("service", "payments"), zap.String("zone", "eu-central-1b"))
	return func(dsn string) {
		l.Info(message,
			zap.String("method", "GET"), zap.String("path", "/v1/payments/4711/refunds"), zap.Int("status", 200),
			zap.Duration("took", 1234*time.Microsecond), zap.String("dsn", dsn), zap.Bool("tls", true),
			zap.String("request_id", requestID), zap.Time("at", at), zap.Float64("load", 0.25), zap.String("user_agent", userAgent))
	}
}

func zerologLogger(w io.Writer) logger {
	l := zerolog.New(w).With().Timestamp().Str("service", "payments").Str("zone", "eu-central-1b").Logger()
	return func(dsn string) {
		l.Info().
			Str("method", "GET").Str("path", "/v1/payments/4711/refunds").Int("status", 200).
			Dur("took", 1234*time.Microsecond).Str("dsn", dsn).Bool("tls", true).
			Str("request_id", requestID).Time("at", at).Float64("load", 0.25).Str("user_agent", userAgent).Msg(message)
	}
}

func zapJSON(w io.Writer) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(w), zap.InfoLevel)
}

// A subject is one way to log, with and without redaction.
type subject struct {
	name     string
	bare     func(io.Writer) logger
	redacted func(io.Writer, set) logger
	ours     bool
	partial  bool // finds less than all: attributes, not messages or bound ones, or whole values only
}

// A set is what a redactor is told.
type set struct {
	secrets []corpus.Secret
	matcher *redact.Matcher
}

func newSet(t testing.TB, n int) set {
	s := set{secrets: corpus.Secrets(corpus.Mixed, n)}
	list := make([]redact.Secret, n)
	for i, c := range s.secrets {
		list[i] = redact.NewSecret(c.Name, "v1", []byte(c.Value))
	}
	var err error
	if s.matcher, err = redact.NewMatcher(list); err != nil {
		t.Fatal(err)
	}
	return s
}

func slogBare(w io.Writer) logger { return slogLogger(slog.NewJSONHandler(w, nil)) }
func zapBare(w io.Writer) logger  { return zapLogger(zapJSON(w)) }

var subjects = []subject{
	{"slog/tagout", slogBare, func(w io.Writer, s set) logger {
		return slogLogger(slogredact.NewHandler(slog.NewJSONHandler(w, nil), s.matcher))
	}, true, false},
	{"slog/masq-like, contained", slogBare, func(w io.Writer, s set) logger {
		return slogLogger(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: masqContained(s.secrets)}))
	}, false, false},
	{"slog/masq-like, whole values", slogBare, func(w io.Writer, s set) logger {
		return slogLogger(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: masqWhole(s.secrets)}))
	}, false, true},
	{"zap/tagout", zapBare, func(w io.Writer, s set) logger { return zapLogger(zapredact.NewCore(zapJSON(w), s.matcher)) }, true, false},
	{"zap/core, whole values", zapBare, func(w io.Writer, s set) logger { return zapLogger(wholeValueCore{zapJSON(w), byValue(s.secrets)}) }, false, true},
	{"zerolog/tagout", zerologLogger, func(w io.Writer, s set) logger { return zerologLogger(zerologredact.NewWriter(w, s.matcher)) }, true, false},
	{"zerolog/replace loop", zerologLogger, func(w io.Writer, s set) logger { return zerologLogger(newReplaceLoop(w, s.secrets)) }, false, false},
}
