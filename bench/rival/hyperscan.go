//go:build hyperscan && cgo

package rival

/*
#cgo LDFLAGS: -lhs
#include <stdint.h>
#include <stdlib.h>
#include <hs/hs.h>

typedef struct {
	unsigned id;
	unsigned long long to;
} hit;

typedef struct {
	hit *hits;
	size_t n, room;
} hits;

static int collect(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx) {
	hits *h = ctx;
	if (h->n == h->room) {
		h->room = h->room ? 2 * h->room : 64;
		h->hits = realloc(h->hits, h->room * sizeof(hit));
	}
	h->hits[h->n].id = id;
	h->hits[h->n].to = to;
	h->n++;
	return 0;
}

static int scan(const hs_database_t *db, const char *text, unsigned length, hs_scratch_t *scratch, hits *h) {
	h->n = 0;
	return hs_scan(db, text, length, 0, scratch, collect, h);
}
*/
import "C"

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

func init() { extra = append(extra, hyperscan) }

// hyperscan is Intel's library through cgo, compiled for literals. It reports
// ends; a literal's length gives the start. A scratch space serves one call at
// a time, so they are pooled.
var hyperscan = Engine{
	Name:    "Hyperscan (C++, cgo)",
	PerByte: 64,
	Build: func(j Job) (Redactor, error) {
		n := len(j.Patterns)
		texts, tags := j.texts(), j.tags()
		exprs, flags := make([]*C.char, n), make([]C.unsigned, n)
		ids, lens := make([]C.unsigned, n), make([]C.size_t, n)
		for i, t := range texts {
			exprs[i] = C.CString(t)
			ids[i], lens[i] = C.unsigned(i), C.size_t(len(t))
		}
		defer func() {
			for _, e := range exprs {
				C.free(unsafe.Pointer(e))
			}
		}()
		var db *C.hs_database_t
		var cerr *C.hs_compile_error_t
		if rc := C.hs_compile_lit_multi(&exprs[0], &flags[0], &ids[0], &lens[0], C.unsigned(n), C.HS_MODE_BLOCK, nil, &db, &cerr); rc != C.HS_SUCCESS {
			defer C.hs_free_compile_error(cerr)
			return Redactor{}, fmt.Errorf("hyperscan: %s", C.GoString(cerr.message))
		}
		var scratch *C.hs_scratch_t
		if rc := C.hs_alloc_scratch(db, &scratch); rc != C.HS_SUCCESS {
			return Redactor{}, fmt.Errorf("hyperscan: scratch: error %d", rc)
		}
		type state struct {
			scratch *C.hs_scratch_t
			hits    *C.hits
		}
		var mu sync.Mutex
		var all []state
		pool := sync.Pool{New: func() any {
			st := state{hits: (*C.hits)(C.calloc(1, C.size_t(unsafe.Sizeof(C.hits{}))))}
			mu.Lock()
			defer mu.Unlock()
			if rc := C.hs_clone_scratch(scratch, &st.scratch); rc != C.HS_SUCCESS {
				panic(fmt.Sprintf("hyperscan: clone scratch: error %d", rc))
			}
			all = append(all, st)
			return &st
		}}
		var size, scratchSize C.size_t
		C.hs_database_size(db, &size)
		C.hs_scratch_size(scratch, &scratchSize)
		return Redactor{
			Outside: int(size + scratchSize),
			Redact: func(s string) string {
				if len(s) == 0 {
					return s
				}
				st := pool.Get().(*state)
				defer pool.Put(st)
				rc := C.scan(db, (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.unsigned(len(s)), st.scratch, st.hits)
				runtime.KeepAlive(s)
				if rc != C.HS_SUCCESS {
					panic(fmt.Sprintf("hyperscan: scan: error %d", rc))
				}
				if st.hits.n == 0 {
					return s
				}
				spans := make([]span, st.hits.n)
				for i, h := range unsafe.Slice(st.hits.hits, st.hits.n) {
					spans[i] = span{int(h.to) - len(texts[h.id]), int(h.to), int(h.id)}
				}
				slices.SortFunc(spans, func(a, b span) int {
					return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
				})
				return splice(s, spans, tags)
			},
			Close: func() {
				for _, st := range all {
					C.hs_free_scratch(st.scratch)
					C.free(unsafe.Pointer(st.hits.hits))
					C.free(unsafe.Pointer(st.hits))
				}
				C.hs_free_scratch(scratch)
				C.hs_free_database(db)
			},
		}, nil
	},
}
