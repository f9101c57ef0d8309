package otelproc

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// resourceMetrics returns in itself if it is clean, and otherwise a copy of what
// had to change.
func (w *walk) resourceMetrics(in *metricdata.ResourceMetrics) (*metricdata.ResourceMetrics, bool) {
	res, r := w.resource(in.Resource)
	scopes, s := each(w, in.ScopeMetrics, (*walk).scopeMetrics)
	if !r && !s {
		return in, false
	}
	return &metricdata.ResourceMetrics{Resource: res, ScopeMetrics: scopes}, true
}

// each applies f to the elements of in, and copies in before the first change.
func each[T any](w *walk, in []T, f func(*walk, *T) bool) ([]T, bool) {
	out, dirty := in, false
	for i := range in {
		e := in[i]
		if !f(w, &e) {
			continue
		}
		if !dirty {
			out, dirty = slices.Clone(in), true
		}
		out[i] = e
	}
	return out, dirty
}

func (w *walk) scopeMetrics(s *metricdata.ScopeMetrics) bool {
	var a, b bool
	s.Scope, a = w.scope(s.Scope)
	s.Metrics, b = each(w, s.Metrics, (*walk).metric)
	return a || b
}

func (w *walk) metric(m *metricdata.Metrics) bool {
	var a, b, c, d bool
	m.Name, a = w.text(m.Name)
	m.Description, b = w.text(m.Description)
	m.Unit, c = w.text(m.Unit)
	m.Data, d = w.aggregation(m.Data)
	return a || b || c || d
}

// aggregation drops the data of a kind that this package does not know.
func (w *walk) aggregation(in metricdata.Aggregation) (metricdata.Aggregation, bool) {
	switch a := in.(type) {
	case nil:
		return nil, false
	case metricdata.Gauge[int64]:
		return gauge(w, in, a)
	case metricdata.Gauge[float64]:
		return gauge(w, in, a)
	case metricdata.Sum[int64]:
		return sum(w, in, a)
	case metricdata.Sum[float64]:
		return sum(w, in, a)
	case metricdata.Histogram[int64]:
		return histogram(w, in, a)
	case metricdata.Histogram[float64]:
		return histogram(w, in, a)
	case metricdata.ExponentialHistogram[int64]:
		return exponential(w, in, a)
	case metricdata.ExponentialHistogram[float64]:
		return exponential(w, in, a)
	case metricdata.Summary:
		out, dirty := each(w, a.DataPoints, func(w *walk, p *metricdata.SummaryDataPoint) bool {
			return w.setIn(&p.Attributes)
		})
		if !dirty {
			return in, false
		}
		return metricdata.Summary{DataPoints: out}, true
	}
	return nil, true
}

// The functions below return in, already an interface, if there is nothing to
// change: making one again would allocate.

type number interface{ int64 | float64 }

func gauge[N number](w *walk, in metricdata.Aggregation, a metricdata.Gauge[N]) (metricdata.Aggregation, bool) {
	out, dirty := each(w, a.DataPoints, dataPoint[N])
	if !dirty {
		return in, false
	}
	a.DataPoints = out
	return a, true
}

func sum[N number](w *walk, in metricdata.Aggregation, a metricdata.Sum[N]) (metricdata.Aggregation, bool) {
	out, dirty := each(w, a.DataPoints, dataPoint[N])
	if !dirty {
		return in, false
	}
	a.DataPoints = out
	return a, true
}

func histogram[N number](w *walk, in metricdata.Aggregation, a metricdata.Histogram[N]) (metricdata.Aggregation, bool) {
	out, dirty := each(w, a.DataPoints, func(w *walk, p *metricdata.HistogramDataPoint[N]) bool {
		attrs := w.setIn(&p.Attributes)
		return exemplars(w, &p.Exemplars) || attrs
	})
	if !dirty {
		return in, false
	}
	a.DataPoints = out
	return a, true
}

func exponential[N number](w *walk, in metricdata.Aggregation, a metricdata.ExponentialHistogram[N]) (metricdata.Aggregation, bool) {
	out, dirty := each(w, a.DataPoints, func(w *walk, p *metricdata.ExponentialHistogramDataPoint[N]) bool {
		attrs := w.setIn(&p.Attributes)
		return exemplars(w, &p.Exemplars) || attrs
	})
	if !dirty {
		return in, false
	}
	a.DataPoints = out
	return a, true
}

func dataPoint[N number](w *walk, p *metricdata.DataPoint[N]) bool {
	attrs := w.setIn(&p.Attributes)
	return exemplars(w, &p.Exemplars) || attrs
}

// exemplars replaces *p if it must. Views do not filter what exemplars carry.
func exemplars[N number](w *walk, p *[]metricdata.Exemplar[N]) bool {
	out, dirty := each(w, *p, func(w *walk, e *metricdata.Exemplar[N]) bool {
		var d bool
		e.FilteredAttributes, d = w.attrs(e.FilteredAttributes)
		return d
	})
	*p = out
	return dirty
}

func (w *walk) setIn(p *attribute.Set) bool {
	out, dirty := w.set(p)
	*p = out
	return dirty
}
