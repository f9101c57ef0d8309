package otelproc

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// declared has the methods that the sources of this package declare, by type:
// reflection does not tell them from promoted ones.
var declared = func() map[string]map[string]bool {
	out := make(map[string]map[string]bool)
	for _, file := range []string{"span.go", "spanprocessor.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			panic(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil {
				continue
			}
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			name := "*otelproc." + star.X.(*ast.Ident).Name
			if out[name] == nil {
				out[name] = make(map[string]bool)
			}
			out[name][fn.Name.Name] = true
		}
	}
	return out
}()
