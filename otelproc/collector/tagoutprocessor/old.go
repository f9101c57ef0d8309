package tagoutprocessor

import (
	"reflect"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// OTLP had the scopes of a resource in another field until 2021. pdata still
// reads and writes it, but has no method for it. Requests by gRPC and as
// protobuf are migrated when they are read; JSON to the OTLP receiver and
// what other receivers read by ptrace.ProtoUnmarshaler and its like are not, and
// would go through a processor unseen. So each resource is asked whether it holds
// such a field, and one that does is migrated here, as pdata does it: what is in
// the old place moves to the new one if that is empty, and is dropped otherwise.

// An oldField is where a type of pdata keeps what has no method.
type oldField struct {
	known bool // the layout of the type is the one that this code was made for
	orig  int
	index int // of the old field, -1 if there is none any more
}

var (
	oldSpans   = oldFieldOf[ptrace.ResourceSpans]()
	oldLogs    = oldFieldOf[plog.ResourceLogs]()
	oldMetrics = oldFieldOf[pmetric.ResourceMetrics]()
)

func oldFieldOf[T any]() oldField {
	f := oldField{index: -1}
	t := reflect.TypeFor[T]()
	orig, ok := t.FieldByName("orig")
	if !ok || orig.Type.Kind() != reflect.Pointer || orig.Type.Elem().Kind() != reflect.Struct {
		return f
	}
	f.known, f.orig = true, orig.Index[0]
	for i := range orig.Type.Elem().NumField() {
		if field := orig.Type.Elem().Field(i); strings.HasPrefix(field.Name, "Deprecated") {
			f.index = i
			f.known = field.Type.Kind() == reflect.Slice
		}
	}
	return f
}

// in says whether v, a struct of pdata, holds something there. What this code
// does not know is taken for it: migrating needlessly loses nothing.
func (f oldField) in(v any) bool {
	if !f.known {
		return true
	}
	return f.index >= 0 && reflect.ValueOf(v).Field(f.orig).Elem().Field(f.index).Len() > 0
}

// The functions below panic if pdata cannot read what it has written itself; the
// batch is dropped then, as with any failure in here.

func migrateSpans(rs ptrace.ResourceSpans) {
	one, read := ptrace.NewTraces(), ptraceotlp.NewExportRequest()
	rs.MoveTo(one.ResourceSpans().AppendEmpty())
	b, err := ptraceotlp.NewExportRequestFromTraces(one).MarshalProto()
	if err == nil {
		err = read.UnmarshalProto(b)
	}
	if err != nil {
		panic(err)
	}
	read.Traces().ResourceSpans().At(0).MoveTo(rs)
}

func migrateLogs(rl plog.ResourceLogs) {
	one, read := plog.NewLogs(), plogotlp.NewExportRequest()
	rl.MoveTo(one.ResourceLogs().AppendEmpty())
	b, err := plogotlp.NewExportRequestFromLogs(one).MarshalProto()
	if err == nil {
		err = read.UnmarshalProto(b)
	}
	if err != nil {
		panic(err)
	}
	read.Logs().ResourceLogs().At(0).MoveTo(rl)
}

func migrateMetrics(rm pmetric.ResourceMetrics) {
	one, read := pmetric.NewMetrics(), pmetricotlp.NewExportRequest()
	rm.MoveTo(one.ResourceMetrics().AppendEmpty())
	b, err := pmetricotlp.NewExportRequestFromMetrics(one).MarshalProto()
	if err == nil {
		err = read.UnmarshalProto(b)
	}
	if err != nil {
		panic(err)
	}
	read.Metrics().ResourceMetrics().At(0).MoveTo(rm)
}
