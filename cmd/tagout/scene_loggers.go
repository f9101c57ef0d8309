package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/slogredact"
	"github.com/seed-00b494d3/tagout/zapredact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// An incident is what a service logs, secrets and all.
type incident struct {
	message string
	config  dbConfig
	err     error
}

type dbConfig struct {
	Host     string
	Password string
}

// A logging is one logger, with a relay's password bound to it, and what it takes
// to redact it: nothing else differs between the two columns.
type logging struct {
	title string
	bind  func(w io.Writer, relay string, src redact.Source) func(incident) // src is nil for the bare logger
}

var loggings = []logging{
	{"log/slog, behind slogredact.NewHandler", func(w io.Writer, relay string, src redact.Source) func(incident) {
		var h slog.Handler = slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})
		if src != nil {
			h = slogredact.NewHandler(h, src)
		}
		l := slog.New(h).With("relay", relay)
		return func(i incident) { l.Error(i.message, "config", i.config, "error", i.err) }
	}},
	{"go.uber.org/zap, behind zapredact.WrapCore", func(w io.Writer, relay string, src redact.Source) func(incident) {
		enc := zap.NewProductionEncoderConfig()
		enc.TimeKey = zapcore.OmitKey
		l := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), zapcore.AddSync(w), zap.InfoLevel))
		if src != nil {
			l = l.WithOptions(zapredact.WrapCore(src))
		}
		l = l.With(zap.String("relay", relay))
		return func(i incident) { l.Error(i.message, zap.Any("config", i.config), zap.Error(i.err)) }
	}},
	{"rs/zerolog, behind zerologredact.NewWriter", func(w io.Writer, relay string, src redact.Source) func(incident) {
		if src != nil {
			w = zerologredact.NewWriter(w, src)
		}
		l := zerolog.New(w).With().Str("relay", relay).Logger()
		return func(i incident) { l.Error().Interface("config", i.config).Err(i.err).Msg(i.message) }
	}},
	{"log, behind redact.NewRecordWriter", func(w io.Writer, relay string, src redact.Source) func(incident) {
		if src != nil {
			w = redact.NewRecordWriter(w, src, redact.SinkName("log"))
		}
		l := log.New(w, "relay="+relay+" ", log.Lmsgprefix)
		return func(i incident) { l.Printf("%s: config %q, %v", i.message, i.config, i.err) }
	}},
}

// sceneLoggers logs one incident through each logger, once as it is and once
// behind its adapter. The relay's password is bound before anyone registers it.
func sceneLoggers(st *stage) error {
	relay, err := st.manager.Fetch(context.Background(), "payments/relay")
	if err != nil {
		return err
	}
	bound, _ := relay.Field("password")
	st.plant(bound)
	before, after := make([]strings.Builder, len(loggings)), make([]strings.Builder, len(loggings))
	var log []func(incident)
	for i, l := range loggings {
		log = append(log, l.bind(&before[i], bound, nil), l.bind(&after[i], bound, st.Source()))
	}
	if _, err := st.fetch("payments/relay"); err != nil { // registers it
		return err
	}
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	pw, key := st.plant(db["password"]), st.plant(api["key"])
	st.plant(inside(fmt.Sprintf("%q", pw))) // as all four quote it
	for _, l := range log {
		l(incident{"cannot log in as app with " + pw, dbConfig{"db", pw}, errors.New("api key " + key + " is revoked")})
	}
	for i, l := range loggings {
		st.screen.label(l.title)
		if err := st.show(before[i].String(), after[i].String()); err != nil {
			return fmt.Errorf("%s: %w", l.title, err)
		}
	}
	return nil
}
