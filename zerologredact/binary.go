//go:build binary_log

package zerologredact

func refuseBinary() {
	panic("zerologredact: built with the tag binary_log: events are CBOR, which a writer cannot redact")
}
