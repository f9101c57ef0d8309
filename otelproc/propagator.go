package otelproc

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

// NewTextMapPropagator returns a propagator that injects no secret: baggage and
// trace state travel to whoever is called, other companies included. It panics
// if next or src is nil.
//
// Inject gives next a context whose baggage and trace state are redacted, and
// redacts once more what next sets on the carrier; an entry whose key holds a
// secret is left out. As it goes to a remote peer, the tag is the constant one
// and the rule for cut values is off, whatever the options say. Extract is that
// of next.
func NewTextMapPropagator(next propagation.TextMapPropagator, src redact.Source, opts ...Option) propagation.TextMapPropagator {
	if next == nil {
		panic("otelproc: nil TextMapPropagator")
	}
	r := newRedactor(src, "otel/baggage", redact.TagConstant, opts)
	r.sink = redact.NewSink(src, "otel/baggage", redact.SinkTagStyle(redact.TagConstant), redact.SinkNoCut())
	return &propagator{TextMapPropagator: next, redactor: r}
}

type propagator struct {
	propagation.TextMapPropagator
	*redactor
}

func (p *propagator) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	w := p.begin()
	defer p.end(w)
	if b, dirty := w.baggage(baggage.FromContext(ctx)); dirty {
		ctx = baggage.ContextWithBaggage(ctx, b)
	}
	if sc, dirty := w.spanContext(trace.SpanContextFromContext(ctx)); dirty {
		ctx = trace.ContextWithSpanContext(ctx, sc)
	}
	p.TextMapPropagator.Inject(ctx, &guardedCarrier{TextMapCarrier: carrier, w: w})
}

// baggage leaves out what cannot carry a tag: members and properties whose key
// holds a secret, and all if the outcome is not valid.
func (w *walk) baggage(b baggage.Baggage) (baggage.Baggage, bool) {
	if b.Len() == 0 {
		return b, false
	}
	var members []baggage.Member
	dirty := false
	for _, m := range b.Members() {
		if _, d := w.text(m.Key()); d {
			dirty = true
			continue
		}
		value, d := w.text(m.Value())
		props, pd := w.properties(m.Properties())
		if d || pd {
			dirty = true
			clean, err := baggage.NewMemberRaw(m.Key(), value, props...)
			if err != nil {
				continue
			}
			m = clean
		}
		members = append(members, m)
	}
	if !dirty {
		return b, false
	}
	out, err := baggage.New(members...)
	if err != nil {
		return baggage.Baggage{}, true
	}
	return out, true
}

func (w *walk) properties(in []baggage.Property) ([]baggage.Property, bool) {
	var out []baggage.Property
	dirty := false
	for _, p := range in {
		if _, d := w.text(p.Key()); d {
			dirty = true
			continue
		}
		if value, ok := p.Value(); ok {
			if value, d := w.text(value); d {
				dirty = true
				clean, err := baggage.NewKeyValuePropertyRaw(p.Key(), value)
				if err != nil {
					continue
				}
				p = clean
			}
		}
		out = append(out, p)
	}
	return out, dirty
}

// A guardedCarrier lives for one Inject.
type guardedCarrier struct {
	propagation.TextMapCarrier
	w *walk
}

func (c *guardedCarrier) Set(key, value string) {
	if _, dirty := c.w.text(key); dirty {
		return
	}
	value, _ = c.w.text(value)
	c.TextMapCarrier.Set(key, value)
}
