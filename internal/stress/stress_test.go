package stress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/httpmw"
	"github.com/seed-00b494d3/tagout/otelproc"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/slogredact"
	"github.com/seed-00b494d3/tagout/zapredact"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// stressStem begins every value, so that one search finds all versions.
const stressStem = "dotterel-stem-"

const db = "payments/db"

// A leakFinder is where the adapters write to.
type leakFinder struct {
	adapter string
	texts   atomic.Int64
	tags    atomic.Int64
	mu      sync.Mutex
	leak    string
}

func (f *leakFinder) Write(p []byte) (int, error) {
	f.texts.Add(1)
	if bytes.Contains(p, []byte("[REDACTED")) {
		f.tags.Add(1)
	}
	if bytes.Contains(p, []byte(stressStem)) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.leak == "" {
			f.leak = string(p)
		}
	}
	return len(p), nil
}

// A printer writes v in the ways of one adapter.
type printer struct {
	*leakFinder
	print func(v string)
}

// printers opens every adapter over src.
func printers(t *testing.T, src redact.Source) []printer {
	add := func(name string, open func(out io.Writer) func(v string)) printer {
		f := &leakFinder{adapter: name}
		return printer{f, open(f)}
	}
	return []printer{
		add("slogredact", func(out io.Writer) func(string) {
			root := slog.New(slogredact.NewHandler(slog.NewJSONHandler(out, nil), src))
			return func(v string) {
				root.Info("m "+v, "k", v)
				root.With("bound", v).WithGroup("g").Info("m", "err", fmt.Errorf("e %s", v))
			}
		}),
		add("zapredact", func(out io.Writer) func(string) {
			core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(out)), zap.DebugLevel)
			root := zap.New(core, zapredact.WrapCore(src))
			return func(v string) {
				root.Info("m "+v, zap.String("k", v))
				root.With(zap.String("bound", v)).Error("m", zap.Error(fmt.Errorf("e %s", v)))
			}
		}),
		add("zerologredact", func(out io.Writer) func(string) {
			root := zerolog.New(zerologredact.NewWriter(out, src))
			return func(v string) {
				root.Info().Str("k", v).Msg("m " + v)
				bound := root.With().Str("bound", v).Logger()
				bound.Error().Err(fmt.Errorf("e %s", v)).Msg("m")
			}
		}),
		add("redact.RecordWriter", func(out io.Writer) func(string) {
			w := redact.NewRecordWriter(out, src)
			return func(v string) { fmt.Fprintf(w, "password=%s\n", v) }
		}),
		add("redact.StreamWriter", func(out io.Writer) func(string) {
			return func(v string) {
				var all bytes.Buffer // a leak over two writes is one as well
				w := redact.NewStreamWriter(&all, src)
				io.WriteString(w, "a password="+v[:len(v)-3])
				runtime.Gosched()
				io.WriteString(w, v[len(v)-3:]+" and more\n")
				w.Close()
				out.Write(all.Bytes())
			}
		}),
		add("redact.NewReader", func(out io.Writer) func(string) {
			return func(v string) {
				all, _ := io.ReadAll(redact.NewReader(strings.NewReader("password="+v+"\n"), src))
				out.Write(all)
			}
		}),
		add("httpmw", func(out io.Writer) func(string) {
			l := slog.New(slog.NewTextHandler(out, nil))
			handler := httpmw.AccessLog(l, src, httpmw.AccessRequestHeaders("X-Key"))(httpmw.Recoverer(l, src)(httpmw.Guard(src)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				v := r.Header.Get("X-Key")
				if r.Method == http.MethodPost {
					panic("no connection with " + v)
				}
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("X-Upstream", v)
				io.WriteString(w, "connected with "+v)
			}))))
			refuse := roundTripper(func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dial %s: refused", r.URL) })
			client := httpmw.NewClient(&http.Client{Transport: httpmw.Transport(refuse, src, httpmw.TransportLog(l))}, src)
			errorLog := httpmw.ErrorLog(l, src)
			return func(v string) {
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					r := httptest.NewRequest(method, "/?q="+v, nil)
					r.Header.Set("X-Key", v)
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, r)
					fmt.Fprint(out, w.Header(), w.Body)
				}
				_, err := client.Get("http://db.example/?q=" + v)
				fmt.Fprint(out, err)
				errorLog.Print("tls: ", v)
			}
		}),
		add("otelproc", func(out io.Writer) func(string) {
			tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(otelproc.NewSpanExporter(spanText{out}, src)))
			lp := sdklog.NewLoggerProvider(sdklog.WithProcessor(otelproc.NewLogProcessor(sdklog.NewSimpleProcessor(logText{out}), src)))
			mx := otelproc.NewMetricExporter(metricText{out}, src)
			t.Cleanup(func() { tp.Shutdown(context.Background()); lp.Shutdown(context.Background()) })
			tracer, logger := tp.Tracer("stress"), lp.Logger("stress")
			return func(v string) {
				_, span := tracer.Start(context.Background(), "connect "+v, trace.WithAttributes(attribute.String("k", v)))
				span.AddEvent("e " + v)
				span.RecordError(errors.New("refused " + v))
				span.SetStatus(otelcodes.Error, v)
				span.End()
				var r log.Record
				r.SetBody(attribute.StringValue("m " + v))
				r.AddAttributes(attribute.String("k", v))
				logger.Emit(context.Background(), r)
				mx.Export(context.Background(), &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{
					Name: "m", Data: metricdata.Gauge[int64]{DataPoints: []metricdata.DataPoint[int64]{{Attributes: attribute.NewSet(attribute.String("k", v))}}},
				}}}}})
			}
		}),
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type spanText struct{ out io.Writer }

func (x spanText) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Fprint(x.out, s.Name(), s.Attributes(), s.Events(), s.Status())
	}
	return nil
}
func (spanText) Shutdown(context.Context) error { return nil }

type logText struct{ out io.Writer }

func (x logText) Export(_ context.Context, records []sdklog.Record) error {
	for _, r := range records {
		var attrs []string
		r.WalkAttributes(func(kv attribute.KeyValue) bool { attrs = append(attrs, kv.Value.String()); return true })
		fmt.Fprint(x.out, r.Body().String(), attrs)
	}
	return nil
}
func (logText) Shutdown(context.Context) error   { return nil }
func (logText) ForceFlush(context.Context) error { return nil }

type metricText struct{ out io.Writer }

func (x metricText) Export(_ context.Context, rm *metricdata.ResourceMetrics) error {
	for _, p := range rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints {
		fmt.Fprint(x.out, p.Attributes.Encoded(attribute.DefaultEncoder()))
	}
	return nil
}
func (metricText) Temporality(metric.InstrumentKind) metricdata.Temporality {
	return metricdata.CumulativeTemporality
}
func (metricText) Aggregation(metric.InstrumentKind) metric.Aggregation { return nil }
func (metricText) ForceFlush(context.Context) error                     { return nil }
func (metricText) Shutdown(context.Context) error                       { return nil }

// CACHE-25: 16 goroutines print whatever Get returns at the instant at which it
// returns, through every adapter, while the secret rotates; hooks print as well.
// No version is ever shown. TAGOUT_STRESS asks for a number of rotations.
//
// Time is simulated, an hour from one rotation to the next, so that versions
// leave the registry after their grace as in a long life. All goroutines wake at
// the same instants, and then run side by side.
func TestStressThroughEveryAdapter(t *testing.T) {
	rotations := 200
	if testing.Short() {
		rotations = 50
	}
	if n, err := strconv.Atoi(os.Getenv("TAGOUT_STRESS")); err == nil {
		rotations = n
	}
	synctest.Test(t, func(t *testing.T) {
		m := devmock.New()
		reg := secretsregistry.New(secretsregistry.WithGrace(secretsregistry.MinGrace))
		var mu sync.Mutex
		printed := map[string]bool{}
		cache := secretsregistry.NewCache(m, reg, secretsregistry.WithTTL(time.Hour), secretsregistry.WithMaxStale(12*time.Hour))
		defer cache.Close()
		all := printers(t, reg)
		show := func(v *secretsregistry.Value, adapter int) {
			pw, ok := v.Field("password")
			if !ok {
				return // the old value of a hook, ended
			}
			all[adapter%len(all)].print(pw) // one: the next would print later
			mu.Lock()
			printed[pw] = true
			mu.Unlock()
		}
		rotate := func(n int) {
			m.Set(db, map[string]string{"username": "app", "password": fmt.Sprintf("%s%06d", stressStem, n)})
		}
		told := 0
		cache.OnRotate(db, func(old, new *secretsregistry.Value) {
			show(new, told)
			show(old, told+1)
			told++
		})
		rotate(0)

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() {
				for n := g; ctx.Err() == nil; {
					for range 2 {
						v, err := cache.Get(ctx, db)
						if err != nil {
							if ctx.Err() == nil && secretsregistry.ClassOf(err) != secretsregistry.ClassTransient {
								t.Error(err)
							}
							break
						}
						show(v, n)
						n++
					}
					time.Sleep(time.Hour / time.Duration(1+g%2))
				}
			})
		}
		for n := range rotations {
			time.Sleep(time.Hour)
			switch n % 10 {
			case 3:
				m.Script(devmock.Slow(devmock.FaultNone, time.Second), devmock.Slow(devmock.FaultNone, 2*time.Second))
			case 5:
				m.Script(devmock.FaultUnavailable, devmock.FaultNone, devmock.FaultPanic)
			case 7:
				m.Stage(db, map[string]string{"password": fmt.Sprintf("%s%06d", stressStem, n+1)})
			}
			rotate(n + 1) // the watch tells
			if n%2 == 0 {
				cache.Invalidate(db)
			}
		}
		time.Sleep(time.Hour)
		cancel()
		wg.Wait()
		synctest.Wait()

		for _, p := range all {
			if p.leak != "" {
				t.Errorf("%s shows %s", p.adapter, p.leak)
			}
			if p.tags.Load() < int64(rotations) {
				t.Errorf("%s: %d texts, %d with a tag", p.adapter, p.texts.Load(), p.tags.Load())
			}
		}
		if len(printed) < rotations*9/10 {
			t.Errorf("%d versions were printed, of %d", len(printed), rotations+1)
		}
		for _, p := range all {
			t.Logf("%s: %d texts, %d with a tag", p.adapter, p.texts.Load(), p.tags.Load())
		}
		t.Logf("%d rotations, %d versions printed, %d needles at the end", rotations, len(printed), reg.Matcher().Len())
	})
}
