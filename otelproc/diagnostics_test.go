package otelproc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-00b494d3/tagout/redact"
)

type panickyError struct{}

func (panickyError) Error() string { panic(secret) }

// OTEL-11: errors that OpenTelemetry reports about itself.
func TestErrorHandler(t *testing.T) {
	var got error
	h := NewErrorHandler(otel.ErrorHandlerFunc(func(err error) { got = err }), matcher(t))
	clean := errors.New("fine")
	if h.Handle(clean); got != clean {
		t.Error("a clean error was replaced")
	}
	if h.Handle(nil); got != nil {
		t.Error("nil became", got)
	}
	for _, err := range []error{
		fmt.Errorf("post https://x?t=%s: %w", secret, context.Canceled),
		errors.Join(context.Canceled, errors.New(secret)),
	} {
		h.Handle(err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s", "%g", "%U"} {
			if strings.Contains(fmt.Sprintf(verb, got)+fmt.Sprintf(verb, struct{ e error }{got}), secret) {
				t.Errorf("%s leaks", verb)
			}
		}
		if j, _ := json.Marshal(got); strings.Contains(string(j), secret) {
			t.Error("JSON leaks")
		}
		if !errors.Is(got, context.Canceled) {
			t.Error("errors.Is no longer works")
		}
	}
	if h.Handle(panickyError{}); strings.Contains(got.Error(), secret) {
		t.Error(got)
	}
}

type stringer struct{ s string }

func (s stringer) String() string { return "s:" + s.s }

type panicker struct{}

func (panicker) MarshalLog() any { panic(secret) }

type pointer struct{ P *string }

// OTEL-11: what OpenTelemetry logs about itself; bound names and values too.
func TestLogger(t *testing.T) {
	var out []string
	base := funcr.NewJSON(func(s string) { out = append(out, s) }, funcr.Options{LogCaller: funcr.All, Verbosity: 8})
	src := &source{}
	empty, _ := redact.NewMatcher(nil)
	src.p.Store(empty)
	l := NewLogger(base, src).WithName("n-"+secret).WithValues("bound", secret, secret, 1)
	src.p.Store(matcher(t))
	s := secret
	l.V(4).Info("m "+secret, "s", secret, "err", errors.New(secret), "str", stringer{secret}, "set", attribute.NewSet(attribute.String("k", secret)),
		"map", map[string]any{"k": []string{secret}}, "ptr", pointer{&s}, "pm", panicker{}, "n", 3)
	l.WithCallDepth(0).Error(errors.New("dial "+secret), "m")
	all := strings.Join(out, "\n")
	if strings.Contains(all, secret) || len(out) != 2 {
		t.Errorf("leak: %s", all)
	}
	if !strings.Contains(out[0], `"n":3`) || !strings.Contains(out[0], "diagnostics_test.go") {
		t.Errorf("value kind or caller lost: %s", out[0])
	}
	if got := fmt.Sprintf("%+v %#v %g", l, l.GetSink(), l.GetSink()); strings.Contains(got, secret) {
		t.Error("formatting the logger leaks")
	}
	NewLogger(logr.Discard(), src).Info(secret)
}

// OTEL-17: nothing that leaves with a request carries a secret or its name.
func TestPropagator(t *testing.T) {
	m1, _ := baggage.NewMemberRaw("clean", "va lue")
	prop, _ := baggage.NewKeyValuePropertyRaw("p", secret)
	keyProp, _ := baggage.NewKeyProperty(secret)
	m2, _ := baggage.NewMemberRaw("user", "a "+secret, prop, keyProp)
	m3, _ := baggage.NewMemberRaw(secret, "v")
	b, err := baggage.New(m1, m2, m3)
	if err != nil {
		t.Fatal(err)
	}
	ctx := baggage.ContextWithBaggage(trace.ContextWithSpanContext(context.Background(),
		spanContext(traceState(t, "a=1,b="+secret))), b)
	p := NewTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}, custom{}), matcher(t))
	c := propagation.MapCarrier{}
	p.Inject(ctx, c)
	if s := fmt.Sprint(c); strings.Contains(s, secret) || strings.Contains(s, "db/password") {
		t.Errorf("leak: %v", c)
	}
	if c["tracestate"] != "a=1,b=[REDACTED]" || c["traceparent"] == "" || c["x-custom"] != "t=[REDACTED]" {
		t.Errorf("%v", c)
	}
	back, err := baggage.Parse(c["baggage"])
	if err != nil || back.Member("clean").Value() != "va lue" || back.Member("user").Value() != "a [REDACTED]" || back.Len() != 2 {
		t.Errorf("%v, %v", c["baggage"], err)
	}
	if got := p.Extract(context.Background(), c); baggage.FromContext(got).Len() != 2 || len(p.Fields()) != 4 {
		t.Error("Extract is not that of next")
	}
	// A context without secrets is injected as it would be.
	clean := baggage.ContextWithBaggage(context.Background(), mustBaggage(t, m1))
	want, got := propagation.MapCarrier{}, propagation.MapCarrier{}
	propagation.Baggage{}.Inject(clean, want)
	NewTextMapPropagator(propagation.Baggage{}, matcher(t)).Inject(clean, got)
	if got["baggage"] != want["baggage"] {
		t.Error(got, want)
	}
}

func mustBaggage(t *testing.T, m ...baggage.Member) baggage.Baggage {
	b, err := baggage.New(m...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// custom sets what no context carries.
type custom struct{}

func (custom) Inject(_ context.Context, c propagation.TextMapCarrier) {
	c.Set("x-custom", "t="+secret)
	c.Set("x-"+secret, "v")
}
func (custom) Extract(ctx context.Context, _ propagation.TextMapCarrier) context.Context { return ctx }
func (custom) Fields() []string                                                          { return []string{"x-custom"} }
