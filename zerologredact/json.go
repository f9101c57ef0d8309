//go:build !binary_log

package zerologredact

func refuseBinary() {}
